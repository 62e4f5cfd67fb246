import { asError, IvrError } from '../../domain/error.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { TrackName } from '../../media/media-server.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import type { RecordingPause } from '../recording-pause.ts';
import { type Hearing, pairIn, type SupervisionMode, type Supervisor, whoHears } from './who-hears.ts';

interface ConferenceOptions {
  readonly customer: AnchoredLeg;
  readonly pause: Pick<RecordingPause, 'joined' | 'resume'>;
  readonly recording: Pick<Recording, 'joined' | 'left'> | undefined;
  /** More than two legs can be joined. */
  readonly mixes: boolean;
  readonly logger: Logger;
}

/** On the recording: a party's track, from when to when the customer hears them. */
interface Recorded {
  readonly track: string;
  readonly who: string;
}

/** A person's part in the conference of a call. */
export interface Part {
  readonly leg: AnchoredLeg | undefined;
  /** Takes part from now on. @returns resolves when the leg cannot be joined */
  join(leg: AnchoredLeg, recorded?: Recorded): Promise<'lost'>;
  /** The customer, or the agent who consults them, does not hear them for now. */
  rest(): void;
  leave(): void;
}

interface Member {
  readonly leg: AnchoredLeg;
  readonly recorded: Recorded | undefined;
  readonly apart: (lost: 'lost') => void;
  readonly forget: () => void;
}

/** The legs of a call that a customer and an agent talk in, with whoever is consulted or listens in: keeps the table of who hears whom on the media, also when that moves. */
export class Conference {
  readonly #options: ConferenceOptions;
  readonly #supervisors = new Set<{ readonly member: Member; readonly of: AnchoredLeg; mode: SupervisionMode }>();
  /** Whose pause of the recording is the conversation's. */
  readonly #pausing = new Map<AnchoredLeg, () => void>();
  /** Tracks of those whom the customer hears. */
  readonly #heard = new Set<string>();
  /** Tracks of what the customer does not hear of them. */
  readonly #apart = new Set<string>();
  readonly #tracks = new Map<string, number>();
  #agent = this.#newPart();
  #consulted = this.#newPart();
  #pair: readonly [AnchoredLeg, AnchoredLeg] | undefined;

  constructor(options: ConferenceOptions) {
    this.#options = options;
  }

  get agent(): Part {
    return this.#agent;
  }

  /** Whom the agent has called in: a part of their own, until `promote`. */
  get consulted(): Part {
    return this.#consulted;
  }

  /** The track of the next one who takes part so. */
  trackOf(role: 'consulted' | 'supervisor'): TrackName {
    const n = (this.#tracks.get(role) ?? 0) + 1;
    this.#tracks.set(role, n);
    return n === 1 ? role : `${role}-${n}`;
  }

  /** Who was consulted is the agent from now on; who was it before has no part any more. */
  promote(): void {
    this.#agent = this.#consulted;
    this.#consulted = this.#newPart();
    this.#apply();
  }

  /** Somebody hears what one who takes part hears. @throws IvrError NO_TALK: they have left, and whoever is there by now is not to be disturbed */
  supervise(leg: AnchoredLeg, of: AnchoredLeg, mode: SupervisionMode, recorded: Recorded) {
    if (of !== this.#agent.leg && of !== this.#consulted.leg) throw new IvrError('NO_TALK', 'the conversation is over');
    const member = memberOf(
      leg,
      recorded,
      () => undefined,
      () => this.#apply(leg),
    );
    const supervisor = { member, of, mode };
    this.#supervisors.add(supervisor);
    this.#apply();
    return {
      setMode: (next: SupervisionMode): void => {
        supervisor.mode = next;
        this.#apply();
      },
      stop: (): void => {
        if (!this.#supervisors.delete(supervisor)) return;
        member.forget();
        if (!leg.lost) leg.unbridge();
        this.#apply();
      },
    };
  }

  /** Nobody hears anybody any more. */
  close(): void {
    for (const part of [this.#agent, this.#consulted]) part.leave();
    this.#supervisors.clear();
    this.#apply();
  }

  #newPart(): ConferencePart {
    return new ConferencePart((moved) => this.#apply(moved));
  }

  /** @param moved - the leg whose media is new */
  #apply(moved?: AnchoredLeg): void {
    const { customer, mixes, pause } = this.#options;
    const agent = this.#agent.member;
    const consulted = this.#consulted.present ? this.#consulted.member : undefined;
    const customerIn = agent !== undefined && this.#agent.present;
    const supervisors: Supervisor<AnchoredLeg>[] = [];
    for (const { member, of, mode } of this.#supervisors) supervisors.push({ member: member.leg, of, mode });
    const rows = whoHears({ customer, agent: agent?.leg, consulted: consulted?.leg, customerIn, supervisors });
    if (!customerIn) pause.resume('held');
    // also whom the customer does not hear: a whisper may repeat what the customer said
    this.#pauseWith(customerIn ? new Set([...rows.values()].flatMap((row) => [...row])) : new Set());
    this.#record(rows, [agent, consulted, ...[...this.#supervisors].map((each) => each.member)]);
    if (mixes) this.#hear(rows);
    else this.#bridge(rows, moved);
  }

  /** @param now - all whom anybody hears while the customer talks */
  #pauseWith(now: ReadonlySet<AnchoredLeg>): void {
    for (const leg of now) if (!this.#pausing.has(leg)) this.#pausing.set(leg, this.#options.pause.joined(leg));
    for (const [leg, stop] of this.#pausing) {
      if (now.has(leg)) continue;
      this.#pausing.delete(leg);
      stop();
    }
  }

  /** Whose track is expected to hold something from when to when: what the recording is compared with. */
  #record(rows: Hearing<AnchoredLeg>, members: readonly (Member | undefined)[]): void {
    const { customer, mixes } = this.#options;
    const byCustomer = rows.get(customer) ?? new Set();
    const byAnybody = new Set([...rows.values()].flatMap((row) => [...row]));
    const [heard, apart] = [new Map<string, string>(), new Map<string, string>()];
    for (const member of members) {
      if (member?.recorded === undefined) continue;
      const { track, who } = member.recorded;
      const isAgent = member === this.#agent.member;
      // an agent who has been heard is the agent until they leave, also while the customer is on hold
      if (byCustomer.has(member.leg) || (isAgent && this.#heard.has(track))) heard.set(track, who);
      // media that joins two at a time has no such tracks
      if (mixes && !byCustomer.has(member.leg) && (isAgent || byAnybody.has(member.leg)))
        apart.set(`${track}-private`, who);
    }
    this.#note(this.#heard, heard);
    this.#note(this.#apart, apart);
  }

  #note(before: Set<string>, now: ReadonlyMap<string, string>): void {
    const { recording } = this.#options;
    for (const [track, who] of now) if (!before.has(track)) recording?.joined(track, who);
    for (const track of before) if (!now.has(track)) recording?.left(track);
    before.clear();
    for (const track of now.keys()) before.add(track);
  }

  #hear(rows: Hearing<AnchoredLeg>): void {
    if (this.#options.customer.lost) return; // until all are somewhere again
    for (const [leg, row] of rows) {
      if (leg.lost) continue;
      const others = [...row].filter((other) => !other.lost);
      this.#try(leg, () => leg.hear(others));
    }
  }

  #bridge(rows: Hearing<AnchoredLeg>, moved: AnchoredLeg | undefined): void {
    const before = this.#pair;
    const pair = pairIn(rows);
    this.#pair = pair;
    const same = before !== undefined && pair?.[0] === before[0] && pair[1] === before[1];
    if (before !== undefined && !same) before[0].unbridge();
    if (pair === undefined || (same && moved === undefined) || pair.some(({ lost }) => lost)) return;
    this.#try(pair[1], () => pair[0].bridge(pair[1]));
  }

  #try(leg: AnchoredLeg, join: () => void): void {
    try {
      join();
    } catch (thrown) {
      this.#options.logger.error({ leg: leg.leg }, 'two legs cannot be joined', asError(thrown));
      for (const part of [this.#agent, this.#consulted])
        if (part.leg === leg || leg === this.#options.customer) part.member?.apart('lost');
    }
  }
}

class ConferencePart implements Part {
  member: Member | undefined;
  present = false;
  readonly #changed: (moved?: AnchoredLeg) => void;

  /** @param changed - `moved`: its media is new */
  constructor(changed: (moved?: AnchoredLeg) => void) {
    this.#changed = changed;
  }

  get leg(): AnchoredLeg | undefined {
    return this.member?.leg;
  }

  join(leg: AnchoredLeg, recorded?: Recorded): Promise<'lost'> {
    const apart = deferred<'lost'>();
    this.member?.forget();
    this.member = memberOf(leg, recorded, apart.resolve, () => this.#changed(leg));
    this.present = true;
    this.#changed();
    return apart.promise;
  }

  rest(): void {
    if (!this.present) return;
    this.present = false;
    this.#changed();
  }

  leave(): void {
    const { member } = this;
    if (member === undefined) return;
    this.member = undefined;
    this.present = false;
    member.forget();
    this.#changed();
    if (!member.leg.lost) member.leg.unbridge();
  }
}

const memberOf = (
  leg: AnchoredLeg,
  recorded: Recorded | undefined,
  apart: Member['apart'],
  moved: () => void,
): Member => ({ leg, recorded, apart, forget: leg.onMove((move) => (move.type === 'moved' ? moved() : undefined)) });
