import type { MonotonicMs } from '../domain/units.ts';
import type { MediaSourceChange } from '../domain/call-event.ts';
import {
  continueRun,
  durationOf,
  isConfirmed,
  isPlausible,
  isSteady,
  runAnew,
  type SourcePacket,
  type SourceRun,
} from './source-run.ts';

/*
 * Whom a leg takes audio from and sends it to (symmetric RTP, RFC 4961; latching, RFC 7362 section 4). A pure machine: it
 * sees who sends, never what. docs/security.md has its rules as a table, with the attack that each of them stops.
 */

export interface Source {
  /** Numeric. */
  readonly address: string;
  readonly port: number;
}

/** Who may be followed besides the announced address and port: nobody, the announced or the signalling address, anybody. */
export type NatPolicy = 'off' | 'same-address' | 'any';

interface Heard {
  readonly source: Source;
  readonly run: SourceRun;
  readonly heardAt: number;
  /** A second of time at a plausible pace since it was found, or since the last offer. */
  readonly confirmed: boolean;
  /** It was heard before an offer that announced another address. */
  readonly old: boolean;
  /** Its last packet was comfort noise: it is silent on purpose. */
  readonly resting: boolean;
}

interface Candidate {
  readonly source: Source;
  readonly run: SourceRun;
  /** Since when it has been sending alone: its first packet behind the last one of the source that is heard. */
  readonly aloneSince: number;
}

export interface MediaSource {
  readonly policy: NatPolicy;
  readonly announced: Source | undefined;
  /** Where the far end's SIP messages come from. */
  readonly signalling: string | undefined;
  /** Valid RTP has come from the announced address itself: packets in sequence. */
  readonly proved: boolean;
  readonly heard: Heard | undefined;
  /** Left for its silence: welcome back. */
  readonly left: Source | undefined;
  readonly candidates: readonly Candidate[];
}

export type MediaSourceEvent =
  /** By offer or answer. `announced`: undefined when the description has no address to send to. */
  | { readonly type: 'offered'; readonly announced: Source | undefined; readonly signalling: string | undefined }
  | ({ readonly type: 'packet-came'; readonly from: Source } & SourcePacket)
  /** Something else came from there: not RTP, but a sign of life. */
  | { readonly type: 'sign-came'; readonly from: Source; readonly at: MonotonicMs }
  | { readonly type: 'time-passed'; readonly at: MonotonicMs };

export type MediaSourceEffect =
  /** The packet is our far end's. */
  | { readonly do: 'take-packet' }
  /** From now on this one is heard and spoken to. `because` is undefined for the first one. */
  | { readonly do: 'follow'; readonly source: Source; readonly because: MediaSourceChange | undefined }
  /** Nobody else needs to be heard. */
  | { readonly do: 'settle'; readonly source: Source }
  /** Others are to be heard. */
  | { readonly do: 'unsettle' };

type Step = readonly [MediaSource, ...MediaSourceEffect[]];

/** Silence after which others are listened to: the far end may have moved. Milliseconds. */
export const LOOK_AROUND = 200;
/*
 * How long a candidate must have been sending alone to take the place of one that has proved nothing or was heard before
 * an offer (longer than packets come late), of one whose own stream goes on there, of any other. Where both fell silent
 * together, it was the network.
 */
const LATE_PACKETS = 200;
const REBOUND = 400;
const SILENT = 2_000;
/** So long after an offer the old stream is late no more: the far end has stayed where it was. */
const OLD_STAYS = 300;
const OLD_CONFIRMED = 3_000;
/** Packets of audio in sequence from where the far end says that it is. */
const PROOF = 2;
/** Sources that are weighed at the same time. */
const CANDIDATES = 16;

export const noSource = (policy: NatPolicy): MediaSource => ({
  policy,
  announced: undefined,
  signalling: undefined,
  proved: false,
  heard: undefined,
  left: undefined,
  candidates: [],
});

export function step(now: MediaSource, event: MediaSourceEvent): Step {
  switch (event.type) {
    case 'offered':
      return onOffer(now, event.announced, event.signalling);
    case 'packet-came':
      return now.heard !== undefined && same(now.heard.source, event.from)
        ? fromHeard(now, now.heard, event)
        : fromOther(now, event);
    case 'sign-came':
      return now.heard !== undefined && same(now.heard.source, event.from)
        ? [{ ...now, heard: { ...now.heard, heardAt: event.at } }]
        : [now];
    case 'time-passed':
      return now.heard !== undefined && event.at - now.heard.heardAt > LOOK_AROUND ? [now, { do: 'unsettle' }] : [now];
  }
}

/** Where to send. Undefined until the far end is known. */
export function target(now: MediaSource): Source | undefined {
  const { heard, announced } = now;
  if (heard === undefined) return announced;
  const moved = heard.old && durationOf(heard.run) < OLD_STAYS;
  return moved ? (announced ?? heard.source) : heard.source;
}

/** Whether packets and reports from an address may be the far end's at all. */
export function isAllowed({ policy, announced, signalling }: MediaSource, address: string): boolean {
  if (policy === 'any') return true;
  return announced?.address === address || (policy === 'same-address' && signalling === address);
}

/** Learning begins anew: every source has to prove itself again, the old one with a handicap when another is announced. */
function onOffer(now: MediaSource, offered: Source | undefined, signalling: string | undefined): Step {
  const { heard } = now;
  const announced = offered ?? now.announced;
  const elsewhere = !same(announced, now.announced);
  const next: MediaSource = {
    ...now,
    announced,
    signalling: signalling ?? now.signalling,
    proved: now.proved && !elsewhere,
    left: undefined,
    candidates: [],
  };
  if (heard === undefined || same(announced, heard.source))
    return [heard === undefined ? next : { ...next, heard: { ...heard, old: false } }];
  const again = { ...heard, run: runAnew(heard.run), confirmed: false, old: elsewhere || heard.old };
  return [{ ...next, heard: again }, { do: 'unsettle' }];
}

function fromHeard(now: MediaSource, heard: Heard, packet: SourcePacket): Step {
  const run = continueRun(heard.run, packet);
  const exact = same(now.announced, heard.source);
  const confirmed = heard.confirmed || (isConfirmed(run) && (!heard.old || durationOf(run) >= OLD_CONFIRMED));
  const next: MediaSource = {
    ...now,
    proved: now.proved || (exact && run.packets >= PROOF),
    heard: {
      source: heard.source,
      run,
      heardAt: packet.at,
      confirmed,
      old: heard.old && !confirmed,
      resting: packet.kind === 'comfort-noise',
    },
  };
  // whoever is announced elsewhere must be able to make itself heard
  if (confirmed && exact) return [next, { do: 'take-packet' }, { do: 'settle', source: heard.source }];
  return [next, { do: 'take-packet' }];
}

function fromOther(now: MediaSource, packet: SourcePacket & { readonly from: Source }): Step {
  const { from } = packet;
  const exact = same(now.announced, from);
  if (packet.kind === 'other' || !(exact || (now.policy !== 'off' && isAllowed(now, from.address)))) return [now];
  const before = now.candidates.find(({ source }) => same(source, from));
  const candidate: Candidate = {
    source: from,
    run: continueRun(before?.run, packet),
    aloneSince: before !== undefined && before.run.lastAt > (now.heard?.heardAt ?? 0) ? before.aloneSince : packet.at,
  };
  const because = reason(now, candidate, exact);
  const { run } = candidate;
  const proved = now.proved || (exact && run.packets >= PROOF);
  if (because === 'none') return [{ ...now, proved, candidates: weighed(now.candidates, candidate) }];
  const left = because === 'silence' || because === 'rebinding' ? now.heard?.source : undefined;
  const trusted = (because === 'rebinding' || because === 'returned') && now.heard?.confirmed === true;
  const next: MediaSource = {
    ...now,
    proved,
    heard: {
      source: from,
      run,
      heardAt: packet.at,
      confirmed: trusted || isConfirmed(run),
      old: false,
      resting: packet.kind === 'comfort-noise',
    },
    left,
    candidates: [],
  };
  return [
    next,
    { do: 'unsettle' },
    { do: 'follow', source: from, because: because === 'first' ? undefined : because },
    { do: 'take-packet' },
  ];
}

/** Why this candidate is to be heard now instead of the present one; or 'none'. */
function reason(now: MediaSource, candidate: Candidate, exact: boolean): MediaSourceChange | 'first' | 'none' {
  const { source, run, aloneSince } = candidate;
  const { heard } = now;
  const plausible = isPlausible(run);
  if (heard === undefined) return exact || plausible ? 'first' : 'none';
  if (exact) {
    if (heard.old) return 'offer';
    return !heard.confirmed || plausible ? 'announced' : 'none';
  }
  if (!plausible) return 'none';
  if (same(now.left, source)) return 'returned';
  const silent = run.lastAt - aloneSince;
  if (silent >= REBOUND && continues(heard.run, run, run.lastAt - heard.heardAt)) return 'rebinding';
  if (heard.old) return silent >= LATE_PACKETS || isConfirmed(run) ? 'offer' : 'none';
  const strong = heard.confirmed || same(now.announced, heard.source);
  if (!strong) {
    if (silent >= LATE_PACKETS) return 'unproved';
    return isConfirmed(run) && !isSteady(heard.run) ? 'unproved' : 'none';
  }
  const nearer = isOurs(now, source.address) && !isOurs(now, heard.source.address);
  if (!isConfirmed(run)) return 'none';
  if (nearer) return 'announced';
  return silent >= SILENT && !heard.resting ? 'silence' : 'none';
}

/** The same stream, as far on as the time that has passed: a stranger would have to guess both numbers. */
function continues(before: SourceRun, after: SourceRun, silent: number): boolean {
  const ahead = (after.sequence - before.sequence) & 0xffff;
  return after.ssrc === before.ssrc && ahead > 0 && ahead <= 50 + silent / 5;
}

/** The addresses that signalling speaks of. */
const isOurs = ({ announced, signalling }: MediaSource, address: string): boolean =>
  announced?.address === address || signalling === address;

/** With this one; when there are too many, without the one that has shown least. */
function weighed(candidates: readonly Candidate[], candidate: Candidate): readonly Candidate[] {
  const others = candidates.filter(({ source }) => !same(source, candidate.source));
  if (others.length >= CANDIDATES) {
    let least = 0;
    for (let i = 1; i < others.length; i++)
      if ((others[i]?.run.packets ?? 0) < (others[least]?.run.packets ?? 0)) least = i;
    others.splice(least, 1);
  }
  return [...others, candidate];
}

export const same = (a: Source | undefined, b: Source | undefined): boolean =>
  a !== undefined && b !== undefined && a.port === b.port && a.address === b.address;
