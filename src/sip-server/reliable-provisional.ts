import { randomInt } from 'node:crypto';
import { ms } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';

const T1 = 500;
const GIVE_UP_AFTER = 64 * T1;

/**
 * Provisional responses that are repeated until their PRACK comes (RFC 3262 section 3). One at a time: a further one
 * waits for the PRACK of the one before.
 */
export class ReliableProvisional {
  readonly #clock: Clock;
  readonly #send: (response: SipResponse) => void;
  readonly #giveUp: () => void;
  #rseq = randomInt(1, 2 ** 20);
  #pending: SipResponse | undefined;
  #waiting: SipResponse | undefined;
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock, send: (response: SipResponse) => void, giveUp: () => void) {
    this.#clock = clock;
    this.#send = send;
    this.#giveUp = giveUp;
  }

  /** Numbers the response (RSeq, `Require: 100rel`) and sends it, now or after the one before. */
  send(response: SipResponse): void {
    response.headers.set('Require', '100rel').set('RSeq', String(this.#rseq++));
    if (this.#pending !== undefined) {
      this.#waiting = response;
      return;
    }
    this.#pending = response;
    this.#send(response);
    this.#repeat(T1, T1);
  }

  /** @returns whether this PRACK acknowledges what waits for one; 481 otherwise */
  acknowledge(prack: SipRequest): boolean {
    const [rseq, cseq] = (prack.headers.get('RAck') ?? '').trim().split(/\s+/);
    const pending = this.#pending;
    if (pending === undefined || pending.headers.get('RSeq') !== rseq) return false;
    if (pending.headers.get('CSeq')?.split(/\s+/)[0] !== cseq) return false;
    this.stop();
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next !== undefined) {
      this.#pending = next;
      this.#send(next);
      this.#repeat(T1, T1);
    }
    return true;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pending = undefined;
  }

  #repeat(after: number, elapsed: number): void {
    this.#cancel = this.#clock.after(ms(after), () => {
      if (this.#pending === undefined) return;
      if (elapsed >= GIVE_UP_AFTER) {
        this.stop();
        this.#giveUp();
        return;
      }
      this.#send(this.#pending);
      const next = Math.min(after * 2, GIVE_UP_AFTER - elapsed);
      this.#repeat(next, elapsed + next);
    });
  }
}
