import type { ContactContexts } from '../agents/contact-contexts.ts';
import type { CallEvent } from '../domain/call-event.ts';
import { asError } from '../domain/error.ts';
import { ms, seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { pause } from '../lib/pause.ts';
import { signature } from '../lib/signed-request.ts';
import { redactEvent } from '../redaction/redact-event.ts';

/** What is told of a contact, and when. */
const TOLD = new Set<CallEvent['type']>([
  'queue-entered',
  'queue-refused',
  'agent-answered',
  'agent-left',
  'transfer-ringing',
  'wrapped-up',
]);
const ANSWERS_WITHIN_MS = 5_000;
const DELAYS = [seconds(1), seconds(5), seconds(30), seconds(120)];
/** What waits to be told: a receiver that is away must not fill the memory. */
const MOST_WAITING = 1_000;

interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly contexts: Pick<ContactContexts, 'of'>;
  readonly clock: Pick<Clock, 'wall' | 'after'>;
  readonly logger: Logger;
  /** The server stops. */
  readonly signal: AbortSignal;
  readonly send?: typeof fetch;
}

/**
 * Posts the record of a contact to an external contact centre when something happens that an agent there should know. Each message is tried
 * five times, with its id in `X-Delivery`, so that whoever got it twice can tell.
 */
export function contactWebhook(options: WebhookOptions): (event: CallEvent) => void {
  const { url, secret, contexts, clock, logger, signal, send = fetch } = options;
  let waiting = 0;

  async function post(id: string, body: string): Promise<void> {
    const response = await send(url, {
      method: 'POST',
      body,
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        'x-delivery': id,
        'x-tellerline-signature': signature(body, secret, clock.wall()),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }

  async function deliver(id: string, body: string): Promise<void> {
    for (const delay of [...DELAYS, undefined])
      try {
        return await post(id, body);
      } catch (thrown) {
        if (signal.aborted) return;
        if (delay === undefined)
          return logger.error({ delivery: id }, 'a contact could not be sent to the webhook', asError(thrown));
        await pause(ms(delay), clock, signal);
      }
  }

  return (event) => {
    if (!TOLD.has(event.type)) return;
    if (waiting >= MOST_WAITING)
      return logger.error(
        { delivery: `${event.contact}.${event.seq}` },
        'a contact could not be sent to the webhook: too many wait',
      );
    const { contact, at, type, v: _version, seq, t_ms: _since, ...facts } = redactEvent(event);
    const body = JSON.stringify({ type, at, contact, facts, context: contexts.of(contact) ?? null });
    waiting += 1;
    void deliver(`${contact}.${seq}`, body).finally(() => (waiting -= 1));
  };
}
