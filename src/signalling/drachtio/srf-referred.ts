import { replyOnce, type SrfDialog, type SrfRequest, type SrfResponse } from '../../drachtio/drachtio-srf.ts';
import { requestInside } from '../../drachtio/request-inside.ts';
import { parseNameAddress } from '../../sip/message/name-address.ts';
import { reasonPhrase } from '../../sip/message/reason-phrase.ts';
import type { ReferredCall } from '../signalling.ts';

type Listener = (referred: ReferredCall) => void;

/** The REFERs of a far end within a dialog (RFC 3515): each is refused, or taken and told how its call goes. */
export interface Referred {
  received(req: SrfRequest, res: SrfResponse): void;
}

/** `Call-ID;to-tag=…;from-tag=…` (RFC 3891 section 6.1): nothing else is passed on. */
const REPLACES = /^[^\s;,"<>]+(?:;(?:to-tag|from-tag)=[^\s;,"<>]+){2}(?:;early-only)?$/;

interface ReferTo {
  readonly uri: string;
  readonly replaces: string | undefined;
}

/** @returns the status that refuses it when it names nobody whom we could call */
export function referTarget(header: string | undefined): ReferTo | 400 | 416 {
  const address = parseNameAddress(header ?? '');
  if (address === undefined) return 400;
  const [uri = '', query = ''] = address.uri.split('?', 2);
  if (!/^(?:sips?|tel):/i.test(uri)) return 416;
  // a method other than INVITE is no call
  if (/;method=(?!invite(?:;|$))/i.test(uri)) return 400;
  const headers = new Map<string, string>();
  for (const field of query.split('&')) {
    const [name = '', value = ''] = field.split('=', 2);
    try {
      headers.set(name.toLowerCase(), decodeURIComponent(value));
    } catch {
      return 400;
    }
  }
  const replaces = headers.get('replaces')?.replaceAll(' ', '');
  if (replaces !== undefined && !REPLACES.test(replaces)) return 400;
  return { uri: uri.replace(/;method=invite/i, ''), replaces };
}

/** @param listens - who hears of them, if somebody does */
export function openReferred(dialog: SrfDialog, listens: () => Listener | undefined): Referred {
  let count = 0;
  return {
    received(req, res) {
      const listener = listens();
      const target = referTarget(req.get('refer-to'));
      if (listener === undefined) return replyOnce(res, 603);
      if (typeof target === 'number') return replyOnce(res, target);
      // of a second one the number says which it is (RFC 3515 section 2.4.6)
      const number = req.get('cseq')?.trim().split(/\s+/, 1)[0] ?? '';
      const event = count++ === 0 ? 'refer' : `refer;id=${number}`;
      const silent = /^\s*false\b/i.test(req.get('refer-sub') ?? '');
      const notify = (status: number): void => {
        if (!silent) tell(dialog, event, status);
      };
      let over = false;
      const taken = (): void => {
        // RFC 4488: whoever wants no NOTIFY is told that it gets none
        replyOnce(res, 202, silent ? { headers: { 'Refer-Sub': 'false' } } : {});
        notify(100);
      };
      listener({
        ...target,
        referredBy: req.get('referred-by'),
        accept: taken,
        refuse: (status) => replyOnce(res, status),
        ended(status) {
          if (over) return;
          over = true;
          notify(status);
        },
      });
    },
  };
}

function tell(dialog: SrfDialog, event: string, status: number): void {
  requestInside(dialog, {
    method: 'NOTIFY',
    headers: {
      Event: event,
      'Subscription-State': status < 200 ? 'active;expires=180' : 'terminated;reason=noresource',
      'Content-Type': 'message/sipfrag;version=2.0',
    },
    body: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
    // it may have hung up when it was told the first time
    onFinal: () => undefined,
    onUnsent: () => undefined,
  });
}
