import { type RtpClockHz, type RtpTicks, TELEPHONE_RATE, ticksIn, type MonotonicMs } from '../domain/units.ts';

/* Keys as RTP events (RFC 4733). */

const KEYS = '0123456789*#ABCD';
/** How many presses are remembered, and timestamps of each: stragglers of those are not new presses. */
const REMEMBERED = 8;
/** A press without packets for so long is over, though its end never came. */
const SILENT_MS = 150;
/** A press that reuses a timestamp counts as new once the old one has been over for so long: repeats of an end come closer. */
const REUSE_AFTER_MS = 100;
/** An end is sent three times, this close together, one of them perhaps lost; the next by number may be late. */
const ENDS = 2;
const REPEATED_WITHIN_MS = 80;
const NEXT_WITHIN_MS = 500;
/** The least time between two presses of one key by their timestamps; and the most within a stream that goes on. */
const APART_MS = 30;
const CONTIGUOUS_MS = 20;
/** What the network may add to the time between two packets of one press. */
const JITTER_MS = 30;
const EVENT_BYTES = 4;

/** A packet of a payload type that stands for events. */
export interface ReceivedEvent {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: RtpTicks;
  /** Of its timestamp and duration, by the description of its payload type; default the telephone's. */
  readonly clockRate?: RtpClockHz;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  readonly at: MonotonicMs;
}

export interface KeyReport {
  /** '0'-'9', '*', '#', 'A'-'D' */
  readonly digit: string;
  /** A press has begun; false: a packet more of one that is known. */
  readonly pressed: boolean;
}

/** What the four bytes of an event say (section 2.3). */
interface Event {
  readonly code: number;
  readonly ended: boolean;
  /** Ticks. */
  readonly duration: number;
}

interface Press extends Omit<Event, 'duration' | 'ended'> {
  /** That its packets came with, the newest first. */
  readonly timestamps: number[];
  ssrc: number;
  sequence: number;
  /** Where its segment began, and how long it has been held since: together its end so far. */
  timestamp: number;
  duration: number;
  ended: boolean;
  heardAt: MonotonicMs;
}

/**
 * Tells key presses from the stream of their packets: one per press, at its first packet that arrives, whichever were
 * lost, repeated or late. By rights all packets of a press have one timestamp (section 2.5.1.2); relays move that of the
 * ends, or of every packet, leave out markers and ends, and change the SSRC. So a packet with another timestamp belongs
 * to the press before when it cannot be another one: nobody has pressed a key for longer than it has been up.
 */
export class TelephoneEventReceiver {
  readonly #presses: Press[] = [];

  receive(packet: ReceivedEvent): KeyReport | undefined {
    const event = readEvent(packet.payload);
    const digit = event === undefined ? undefined : KEYS[event.code];
    if (event === undefined || digit === undefined) return undefined;
    const press = this.#pressOf(packet, event);
    if (press !== undefined) {
      extend(press, packet, event);
      return { digit, pressed: false };
    }
    const { ssrc, sequence, timestamp, at } = packet;
    this.#presses.unshift({ ...event, timestamps: [timestamp], ssrc, sequence, timestamp, heardAt: at });
    this.#presses.length = Math.min(this.#presses.length, REMEMBERED);
    return { digit, pressed: true };
  }

  /** Whether a key is down: its audio, if there is any, is a tone. */
  pressed(nowMs: number): boolean {
    const latest = this.#presses[0];
    return latest !== undefined && !latest.ended && nowMs - latest.heardAt < SILENT_MS;
  }

  #pressOf(packet: ReceivedEvent, event: Event): Press | undefined {
    const { ssrc, timestamp } = packet;
    const ofKey = this.#presses.filter(({ code }) => code === event.code);
    const known = ofKey.find((press) => press.ssrc === ssrc && press.timestamps.includes(timestamp));
    if (known !== undefined) return beginsAgain(known, packet, event) ? undefined : known;
    const [latest] = ofKey;
    return latest !== undefined && goesOn(latest, packet, event) ? latest : undefined;
  }
}

/** @returns undefined unless these are the four bytes of an event that stands for a key */
function readEvent(payload: Uint8Array): Event | undefined {
  if (payload.length < EVENT_BYTES) return undefined;
  const [code = 0, flags = 0, high = 0, low = 0] = payload;
  return { code, ended: (flags & 0x80) !== 0, duration: (high << 8) | low };
}

/**
 * Whether a payload can be nothing but an event of a key, as far as one packet can tell: its four bytes (frames of audio
 * are longer), a key's code, the reserved bit clear.
 */
export const looksLikeKey = (payload: Uint8Array): boolean =>
  payload.length === EVENT_BYTES && (payload[0] ?? 0xff) < KEYS.length && ((payload[1] ?? 0) & 0x40) === 0;

/** Positive: packets sent in between; beyond 0x8000 it was sent before. Undefined across streams. */
const aheadOf = (press: Press, { ssrc, sequence }: ReceivedEvent): number | undefined =>
  press.ssrc === ssrc ? (sequence - press.sequence) & 0xffff : undefined;

/** SIPp's captures start every press at the same timestamp, and each time with the same sequence numbers. */
function beginsAgain(press: Press, packet: ReceivedEvent, { ended, duration }: Event): boolean {
  const ahead = aheadOf(press, packet) ?? 0;
  if (ended) return false;
  const shorter = duration < press.duration;
  const over = packet.at - press.heardAt > (press.ended ? REUSE_AFTER_MS : 5 * SILENT_MS);
  // numbered before what has come: a straggler, unless it is the very start of a press and the last one is long over
  if (ahead >= 0x8000) return over && packet.marker && shorter;
  if (press.ended && packet.marker && ahead > 0 && shorter) return true;
  return over && (packet.marker || shorter);
}

/** Whether a packet with a timestamp of its own is one more of that press. */
function goesOn(press: Press, packet: ReceivedEvent, { ended, duration }: Event): boolean {
  const silent = packet.at - press.heardAt;
  const ticksPerMs = (packet.clockRate ?? TELEPHONE_RATE) / 1000;
  const ahead = aheadOf(press, packet);
  if (ahead !== undefined && ahead >= 0x8000) return silent < 1_000;
  /** For how long the key was up: by the clock, as the packet says since when it has been down, and by timestamps. */
  const up = silent - duration / ticksPerMs;
  const between =
    ahead === undefined ? undefined : ((packet.timestamp - press.timestamp - press.duration) | 0) / ticksPerMs;
  const contiguous = between !== undefined && Math.abs(between) <= CONTIGUOUS_MS;
  const apart = between !== undefined && between >= APART_MS;
  if (press.ended && ended) {
    const repeated = duration === press.duration;
    const near = ahead === 1 ? NEXT_WITHIN_MS : (ahead ?? 0) <= ENDS ? REPEATED_WITHIN_MS : 0;
    if (repeated && silent < near) return true;
    return up <= 0 && !(apart && (!repeated || (ahead ?? 0) > ENDS));
  }
  // the next segment of a long press (section 2.5.1.3)
  if (press.ended) return contiguous && !packet.marker && up <= JITTER_MS;
  const grows = duration > press.duration;
  if (contiguous && (grows || !packet.marker) && silent < SILENT_MS) return true;
  const begins = ended ? duration < press.duration : !grows;
  if (begins && (packet.marker || apart)) return false;
  return up <= JITTER_MS;
}

function extend(press: Press, packet: ReceivedEvent, { ended, duration }: Event): void {
  press.heardAt = packet.at;
  const ahead = aheadOf(press, packet);
  const late = ahead !== undefined && ahead >= 0x8000;
  if (!press.timestamps.includes(packet.timestamp)) {
    press.timestamps.unshift(packet.timestamp);
    press.timestamps.length = Math.min(press.timestamps.length, REMEMBERED);
    // a new segment, or a sender for whom each packet is one; repeats of an end say nothing of when it began
    if (!late && (ahead === undefined || (!ended && duration <= press.duration))) {
      press.timestamp = packet.timestamp;
      press.duration = duration;
      press.ended = ended;
    }
  }
  if (!late) {
    press.ssrc = packet.ssrc;
    press.sequence = packet.sequence;
  }
  press.duration = Math.max(press.duration, duration);
  press.ended ||= ended;
}

export interface EventPacket {
  readonly payload: Uint8Array;
  readonly marker: boolean;
}

/** Keys are held for 100 ms, with a packet each 20 ms. */
const HELD_MS = 100;
const STEP_MS = 20;

/**
 * The packets of one press, one per step, all with the timestamp of its start: growing durations, then the end thrice.
 *
 * @param held - how long the key is held, up to 65535 ticks
 * @param clockRate - of the events
 * @returns [] when there is no such key
 */
export function keyPackets(
  digit: string,
  held?: number,
  clockRate: RtpClockHz = TELEPHONE_RATE,
): readonly EventPacket[] {
  const event = digit.length === 1 ? KEYS.indexOf(digit.toUpperCase()) : -1;
  if (event < 0) return [];
  const step = ticksIn(STEP_MS, clockRate);
  const whole = Math.max(1, Math.min(0xffff, Math.round(held ?? ticksIn(HELD_MS, clockRate))));
  const packets: EventPacket[] = [];
  for (let sofar: number = step; sofar < whole; sofar += step)
    packets.push({ payload: eventPayload(event, sofar, false), marker: packets.length === 0 });
  for (let n = 0; n < 3; n++) packets.push({ payload: eventPayload(event, whole, true), marker: packets.length === 0 });
  return packets;
}

/** -10 dBm0, as telephones send. */
const VOLUME = 10;

const eventPayload = (event: number, duration: number, end: boolean): Uint8Array =>
  Uint8Array.of(event, (end ? 0x80 : 0) | VOLUME, duration >> 8, duration & 0xff);
