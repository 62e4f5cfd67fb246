import type { SipRequest } from '../sip/message/message.ts';
import type { ClientHandlers, ClientTransaction, Flow } from '../sip/stack.ts';
import { NOTHING_TRIED, sendAgainOutside } from './send-again.ts';
import type { Switchboard } from './switchboard.ts';

/**
 * Sends a request outside a dialog to one far end, and again with what it lacked when that can be mended (credentials, a longer
 * session interval). Whoever asked hears of the last attempt alone, which has a CSeq of its own; a CANCEL is of that one.
 */
export function sendMended(
  { stack, trunks }: Pick<Switchboard, 'stack' | 'trunks'>,
  request: SipRequest,
  to: Flow,
  handlers: ClientHandlers,
): ClientTransaction {
  let cancelled = false;
  const attempt = (now: SipRequest, tried: ReadonlySet<number>): ClientTransaction => {
    let superseded = false;
    const unless = (tell: () => void): void => {
      if (!superseded) tell();
    };
    return stack.sendRequest(now, to, {
      onResponse: (response, flow) => {
        const again = response.status < 300 || cancelled ? undefined : sendAgainOutside(trunks, now, response, tried);
        if (again === undefined) return handlers.onResponse(response, flow);
        superseded = true;
        latest = attempt(again, new Set([...tried, response.status]));
      },
      onTimeout: () => unless(() => handlers.onTimeout()),
      onTransportError: (error) => unless(() => handlers.onTransportError(error)),
      onEnd: () => unless(() => handlers.onEnd?.()),
    });
  };
  const first = attempt(request, NOTHING_TRIED);
  let latest = first;
  return {
    ...first,
    cancel(headers) {
      cancelled = true;
      return latest.cancel(headers);
    },
  };
}
