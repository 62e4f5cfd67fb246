/** Of quiet after the last key: what is still under way in the network. Milliseconds. */
const REST_MS = 100;
/** A tone that goes on for longer is no key that is held. */
const LONGEST_KEY_MS = 10_000;

export interface SecretEntryHandlers {
  /** From now on nothing of what the far end says may be kept. */
  readonly begin: () => void;
  readonly end: () => void;
  /** Whether a key is held down now, as events or as a tone. */
  readonly keyHeld: (now: number) => boolean;
}

/**
 * When a far end's sound is secret: while it keys a PIN, and then until the last key is up. That key has been counted a
 * moment after it went down, the entry is over then for the dialogue, and its tone still sounds.
 */
export class SecretEntry {
  readonly #handlers: SecretEntryHandlers;
  #on = false;
  /** Told to end, but a key may still sound. */
  #ending: { readonly since: number; quietSince: number } | undefined;

  constructor(handlers: SecretEntryHandlers) {
    this.#handlers = handlers;
  }

  /** Keys pressed now are part of the secret. */
  get on(): boolean {
    return this.#on;
  }

  /** What is heard now is secret. */
  get hides(): boolean {
    return this.#on || this.#ending !== undefined;
  }

  set(on: boolean, now: number): void {
    if (on === this.#on) return;
    this.#on = on;
    if (!on) this.#ending = { since: now, quietSince: now };
    else if (this.#ending !== undefined) this.#ending = undefined;
    else this.#handlers.begin();
  }

  /** Time passes. */
  tick(now: number): void {
    const ending = this.#ending;
    if (ending === undefined) return;
    if (now - ending.since < LONGEST_KEY_MS) {
      if (this.#handlers.keyHeld(now)) ending.quietSince = now;
      if (now - ending.quietSince < REST_MS) return;
    }
    this.#ending = undefined;
    this.#handlers.end();
  }
}
