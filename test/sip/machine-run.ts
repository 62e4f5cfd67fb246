import { ms } from '../../src/domain/units.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import type { TimerName } from '../../src/sip/transaction/timers.ts';
import type { TransactionEffect, TransactionStep } from '../../src/sip/transaction/transaction-machine.ts';
import { TransactionTimers } from '../../src/sip/transaction/transaction-timers.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A machine run on a clock that the test holds: what it did, with the time, besides starting and stopping timers. */
export class MachineRun<State extends { readonly at: string }, Event> {
  readonly clock = new ManualClock();
  readonly wheel = new TimerWheel(this.clock);
  readonly did: string[] = [];
  state: State;
  readonly #step: (state: State, event: Event) => TransactionStep<State>;
  readonly #timers: TransactionTimers;

  constructor(
    first: TransactionStep<State>,
    step: (state: State, event: Event) => TransactionStep<State>,
    fired: (timer: TimerName) => NoInfer<Event>,
  ) {
    this.#step = step;
    this.#timers = new TransactionTimers(this.wheel, (timer) => this.take(fired(timer)));
    [this.state] = first;
    this.#run(first.slice(1) as TransactionEffect[]);
  }

  take(event: Event): this {
    const [next, ...effects] = this.#step(this.state, event);
    this.state = next;
    this.#run(effects);
    return this;
  }

  /** Lets time pass until nothing is pending any more. */
  finish(): this {
    for (let i = 0; i < 5_000 && this.wheel.pending > 0; i++) this.clock.advance(1_000);
    return this;
  }

  after(delay: number): this {
    this.clock.advance(ms(delay));
    return this;
  }

  /** 'effect' or 'effect@ms'. */
  get timeline(): string[] {
    return this.did.splice(0);
  }

  #run(effects: readonly TransactionEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'start-timer') this.#timers.start(effect.timer, effect.after);
      else if (effect.do === 'stop-timer') this.#timers.stop(effect.timer);
      else {
        if (effect.do === 'end') this.#timers.stopAll();
        this.did.push(`${effect.do}@${this.clock.now()}`);
      }
    }
  }
}
