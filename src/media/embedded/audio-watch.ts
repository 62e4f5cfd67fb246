import { type Milliseconds, type MonotonicMs, ms } from '../../domain/units.ts';

/** Audio that has not come by then, ms: told within 3 s of the answer, ticks and reports included. */
const ONE_WAY_AFTER = 2_500;

export type Silence =
  /** None has come since the far end had to begin. Once. */
  | { readonly kind: 'never-began'; readonly silent: Milliseconds }
  /** It, and every other sign of life, has stopped. */
  | { readonly kind: 'lost'; readonly silent: Milliseconds };

/** Whether the far end's audio comes while it should. */
export class AudioWatch {
  readonly #timeoutMs: number;
  /** When the far end was last heard, or had to begin; undefined: not expected to send. */
  #heardAt: MonotonicMs | undefined;
  #expectedAt: MonotonicMs | undefined;
  #flowing = false;
  #toldNever = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** From now on audio has to come. */
  expect(now: MonotonicMs): void {
    this.#heardAt = now;
    this.#expectedAt = now;
  }

  /** None has to. */
  rest(): void {
    this.#heardAt = undefined;
    this.#expectedAt = undefined;
  }

  /** The far end only now knows that it is to send. */
  begin(now: MonotonicMs): void {
    if (this.#heardAt !== undefined) this.expect(now);
  }

  /** It lives, whether it sends audio or not. */
  sign(now: MonotonicMs): void {
    if (this.#heardAt !== undefined) this.#heardAt = now;
  }

  /** @returns whether audio begins with this packet */
  packet(now: MonotonicMs, expected: boolean): boolean {
    this.sign(now);
    if (this.#flowing) return false;
    this.#flowing = true;
    if (expected) this.#heardAt = now;
    return true;
  }

  tick(now: MonotonicMs): Silence | undefined {
    const silent = this.#heardAt === undefined ? 0 : now - this.#heardAt;
    if (silent > this.#timeoutMs) {
      this.rest();
      this.#flowing = false;
      return { kind: 'lost', silent: ms(Math.round(silent)) };
    }
    if (this.#flowing || this.#toldNever || this.#expectedAt === undefined) return undefined;
    if (now - this.#expectedAt <= ONE_WAY_AFTER) return undefined;
    this.#toldNever = true;
    return { kind: 'never-began', silent: ms(Math.round(now - this.#expectedAt)) };
  }
}
