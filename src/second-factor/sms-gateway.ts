import { IvrError } from '../domain/error.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { expectEndpoint } from '../lib/endpoint.ts';
import type { CodeSender } from './code-sender.ts';
import { describeOperation, type Operation } from './operation.ts';
import { postSigned, type SignedEndpoint } from './post-signed.ts';

/*
 * ADAPTER: an SMS gateway over HTTP. POST {to, text} with a bearer token and a signature of the body; any 2xx is taken. A gateway that does
 * not answer in time, or refuses, is followed by the next one: the same code twice does no harm, no code does.
 */

export interface SmsOptions {
  /** In the order in which they are tried. */
  readonly gateways: readonly SignedEndpoint[];
  /** For each of them. */
  readonly timeout: Milliseconds;
  /** What is sent; it says what the code is for, and that nobody from the bank asks for it. */
  readonly text: (
    code: string,
    operation: ReturnType<typeof describeOperation>,
    language: string | undefined,
  ) => string;
}

/** @throws IvrError CONFIG_INVALID: codes go over verified TLS, or not at all */
export function smsSender({ gateways, timeout, text }: SmsOptions, clock: Pick<Clock, 'wall'>): CodeSender {
  for (const { url } of gateways) expectEndpoint(url, 'the URL of an SMS gateway');
  return {
    async send(phone, code, operation: Operation, signal, language) {
      const body = JSON.stringify({ to: phone, text: text(code.reveal(), describeOperation(operation), language) });
      const reasons: string[] = [];
      for (const gateway of gateways) {
        const reason = signal.aborted ? 'cancelled' : await post(gateway, body, timeout, clock, signal);
        if (reason === undefined) return;
        if (signal.aborted) throw new IvrError('CANCELLED', 'sending the code was cancelled');
        reasons.push(reason);
      }
      throw new IvrError('CODE_NOT_SENT', `no SMS gateway accepted the code (${reasons.join(', ')})`, {
        gateways: gateways.length,
      });
    },
  };
}

/** @returns why it was not taken; nothing of the body */
async function post(
  gateway: SignedEndpoint,
  body: string,
  timeout: Milliseconds,
  clock: Pick<Clock, 'wall'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await postSigned(gateway, body, timeout, clock, signal);
    return response.ok ? undefined : `HTTP ${response.status}`;
  } catch (thrown) {
    return thrown instanceof Error && thrown.name === 'TimeoutError' ? `no answer in ${timeout} ms` : 'not reached';
  }
}
