import type { Milliseconds } from '../domain/units.ts';
import { SourceShares } from '../lib/source-shares.ts';

/** Passwords that one address may get wrong: at once, and then one in ten seconds. */
const WRONG = { refillPerSecond: 0.1, burst: 10 };
/** The same for one name, whatever addresses they come from; an address where that name has registered is heard all the same. */
const WRONG_OF_NAME = { refillPerSecond: 0.1, burst: 40 };
const TOLD_EVERY_MS = 60_000;

/** How often passwords were wrong, by address and by name: whoever guesses is heard ever less often. Time is given to it. */
export class WrongPasswords {
  readonly #ofAddress = new SourceShares(WRONG);
  readonly #ofName = new SourceShares(WRONG_OF_NAME);
  /** Where each name has registered, the last place first. */
  readonly #provedAt = new Map<string, readonly string[]>();
  readonly #mostProved: number;
  readonly #onGuessing: (address: string) => void;
  #toldUntil = 0;

  /**
   * @param mostProved - so many addresses are remembered of each name: as many as it may have telephones
   * @param onGuessing - passwords are being guessed, from that address last; told once a minute
   */
  constructor(mostProved: number, onGuessing: (address: string) => void) {
    this.#mostProved = mostProved;
    this.#onGuessing = onGuessing;
  }

  /** Whether that address, or everybody together, has got too many wrong. */
  isGuessed(name: string, address: string, now: Milliseconds): boolean {
    const ownPlace = this.#provedAt.get(name)?.includes(address) === true;
    if (this.#ofAddress.hasLeft(address, now) && (this.#ofName.hasLeft(name, now) || ownPlace)) return false;
    if (now >= this.#toldUntil) {
      this.#toldUntil = now + TOLD_EVERY_MS;
      this.#onGuessing(address);
    }
    return true;
  }

  /** @param name - the one whose password was tried */
  wrong(name: string, address: string, now: Milliseconds): void {
    this.#ofAddress.take(address, now);
    this.#ofName.take(name, now);
  }

  right(name: string, address: string): void {
    const before = (this.#provedAt.get(name) ?? []).filter((each) => each !== address);
    this.#provedAt.set(name, [address, ...before].slice(0, this.#mostProved));
  }

  /** Where those names registered is of no more interest. */
  forget(isGone: (name: string) => boolean): void {
    for (const name of this.#provedAt.keys()) if (isGone(name)) this.#provedAt.delete(name);
  }
}
