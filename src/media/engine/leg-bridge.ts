/** Which leg a leg is bridged to: one at most, and each knows of the other. */
export class LegBridge<Leg> {
  readonly #leg: Leg;
  readonly #onJoin: () => void;
  readonly #onLeave: () => void;
  #partner: LegBridge<Leg> | undefined;

  /** @param onLeave - while the peer is still known; also told when there is nobody to leave, and more than once */
  constructor(leg: Leg, onJoin: () => void, onLeave: () => void) {
    this.#leg = leg;
    this.#onJoin = onJoin;
    this.#onLeave = onLeave;
  }

  get peer(): Leg | undefined {
    const partner = this.#partner;
    return partner === undefined ? undefined : partner.#leg;
  }

  /** Both leave whom they were bridged to. */
  join(other: LegBridge<Leg>): void {
    if (other === this) return;
    for (const each of [this, other]) each.leave();
    this.#enter(other);
    other.#enter(this);
  }

  leave(): void {
    this.#onLeave();
    const partner = this.#partner;
    this.#partner = undefined;
    partner?.leave();
  }

  #enter(other: LegBridge<Leg>): void {
    this.#partner = other;
    this.#onJoin();
  }
}
