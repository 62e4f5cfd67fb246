import { inspect } from 'node:util';

/**
 * Keyed digits that nobody may see: a PIN, a one-time code, a card number. Logs, JSON, traces and inspection show the
 * count alone; `reveal` is for the one adapter that verifies. Not structured-cloneable on purpose: it stays in its thread.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  get length(): number {
    return this.#value.length;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): { readonly secret: number } {
    return { secret: this.#value.length };
  }

  toString(): string {
    return `[secret of ${this.#value.length}]`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** +8613912345678 → +86*******5678: what pages, journals and logs may show of a telephone number or an account. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '').length;
  const keep = digits > 6 ? 4 : digits > 3 ? 2 : 0;
  let seen = 0;
  return number.replace(/\d/g, (digit) => (++seen > digits - keep ? digit : '*'));
}
