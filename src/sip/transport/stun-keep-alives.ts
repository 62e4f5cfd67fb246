import { randomBytes } from 'node:crypto';
import { ms } from '../../domain/units.ts';
import type { CancelTimer } from '../../lib/clock.ts';
import type { TimerWheel } from '../transaction/timer-wheel.ts';
import type { Flow } from './flow.ts';
import type { KeepAliveAnswer } from './keep-alive.ts';
import { readStunResponse, stunRequest } from './stun.ts';

/** A datagram may be lost: asked again after so long each, then given up. */
const ASKED_AGAIN = [ms(500), ms(1_000), ms(2_000), ms(4_000)];

interface Asked {
  readonly to: Flow;
  readonly heard: (answer: KeepAliveAnswer | undefined) => void;
  stop: CancelTimer;
}

/** The STUN requests that we keep ways through NATs open with (RFC 5626 section 4.4.2), and their answers. */
export class StunKeepAlives {
  readonly #wheel: TimerWheel;
  readonly #send: (bytes: Buffer, to: Flow) => void;
  readonly #asked = new Map<string, Asked>();

  constructor(wheel: TimerWheel, send: (bytes: Buffer, to: Flow) => void) {
    this.#wheel = wheel;
    this.#send = send;
  }

  ask(to: Flow, heard: Asked['heard']): void {
    const transaction = randomBytes(12);
    const request = stunRequest(transaction);
    const name = transaction.toString('hex');
    const asked: Asked = { to, heard, stop: () => undefined };
    this.#asked.set(name, asked);
    const attempt = (n: number): void => {
      this.#send(request, to);
      const after = ASKED_AGAIN[n];
      asked.stop = this.#wheel.after(after ?? ms(0), () => {
        if (n + 1 < ASKED_AGAIN.length) return attempt(n + 1);
        this.#asked.delete(name);
        heard(undefined);
      });
    };
    attempt(0);
  }

  /** @returns whether it answers one of ours: nobody but whom we asked can */
  receive(bytes: Uint8Array, from: { readonly host: string; readonly port: number }): boolean {
    const response = readStunResponse(bytes);
    const asked = response === undefined ? undefined : this.#asked.get(response.transaction);
    if (response === undefined || asked === undefined) return false;
    if (asked.to.host !== from.host || asked.to.port !== from.port) return false;
    this.#asked.delete(response.transaction);
    asked.stop();
    asked.heard({ seenAs: response.seenAs });
    return true;
  }

  close(): void {
    for (const { stop } of this.#asked.values()) stop();
    this.#asked.clear();
  }
}
