/* Keys as RTP events (RFC 4733). */

const KEYS = '0123456789*#ABCD';
/** How many presses' timestamps are remembered: stragglers of those are not new presses. */
const REMEMBERED = 8;
/** A press without packets for so long is over, though its end never came. */
const SILENT_MS = 150;
/** A press that reuses a timestamp counts as new once the old one has been over for so long: repeats of an end come closer. */
const REUSE_AFTER_MS = 100;
const EVENT_BYTES = 4;

export interface KeyPress {
  /** '0'-'9', '*', '#', 'A'-'D' */
  readonly digit: string;
  /** RTP timestamp of its beginning. */
  readonly timestamp: number;
}

interface Press {
  readonly event: number;
  readonly timestamp: number;
  duration: number;
  ended: boolean;
  heardAt: number;
}

/**
 * Tells key presses from the stream of their packets: one per press, at its first packet that arrives, whichever were
 * lost, repeated or late. A press is known by its timestamp; markers are only believed where timestamps say nothing.
 */
export class TelephoneEventReceiver {
  readonly #presses: Press[] = [];

  /**
   * @param payload - of a packet of the negotiated payload type
   * @param arrivalMs - monotonic
   */
  receive(timestamp: number, marker: boolean, payload: Uint8Array, arrivalMs: number): KeyPress | undefined {
    if (payload.length < EVENT_BYTES) return undefined;
    const event = payload[0] ?? 0;
    const digit = KEYS[event];
    if (digit === undefined) return undefined;
    const ended = ((payload[1] ?? 0) & 0x80) !== 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    const known = this.#find(event, timestamp, marker, ended, duration, arrivalMs);
    if (known !== undefined) {
      known.duration = Math.max(known.duration, duration);
      known.ended ||= ended;
      known.heardAt = arrivalMs;
      return undefined;
    }
    this.#presses.unshift({ event, timestamp, duration, ended, heardAt: arrivalMs });
    this.#presses.length = Math.min(this.#presses.length, REMEMBERED);
    return { digit, timestamp };
  }

  /** Whether a key is down: its audio, if there is any, is a tone. */
  pressed(nowMs: number): boolean {
    const latest = this.#presses[0];
    return latest !== undefined && !latest.ended && nowMs - latest.heardAt < SILENT_MS;
  }

  /** A new source (SSRC): its timestamps mean something else. */
  reset(): void {
    this.#presses.length = 0;
  }

  #find(
    event: number,
    timestamp: number,
    marker: boolean,
    ended: boolean,
    duration: number,
    arrivalMs: number,
  ): Press | undefined {
    for (const press of this.#presses) {
      if (press.event !== event || press.timestamp !== timestamp) continue;
      // SIPp's captures start every press at the same timestamp
      const over = arrivalMs - press.heardAt > (press.ended ? REUSE_AFTER_MS : 5 * SILENT_MS);
      const startsAgain = !ended && (marker || duration < press.duration);
      return over && startsAgain ? undefined : press;
    }
    const latest = this.#presses[0];
    if (latest === undefined || latest.event !== event || latest.ended || marker) return undefined;
    // The next segment of a long press (section 2.5.1.3), or a sender that moves the timestamp with every packet
    const since = (timestamp - latest.timestamp) | 0;
    const goesOn = since > 0 && since <= latest.duration + 160 && arrivalMs - latest.heardAt < SILENT_MS;
    if (!goesOn) return undefined;
    const continued = { ...latest, timestamp, duration, heardAt: arrivalMs };
    this.#presses[0] = continued;
    return continued;
  }
}

export interface EventPacket {
  readonly payload: Uint8Array;
  readonly marker: boolean;
}

/**
 * The packets of one press, one per tick, all with the timestamp of its start: growing durations, then the end thrice.
 *
 * @param samples - how long the key is held, up to 65535
 * @param step - samples between packets: 160 is 20 ms
 * @returns [] when there is no such key
 */
export function keyPackets(digit: string, samples = 800, step = 160): readonly EventPacket[] {
  const event = digit.length === 1 ? KEYS.indexOf(digit.toUpperCase()) : -1;
  if (event < 0) return [];
  const whole = Math.max(1, Math.min(0xffff, Math.round(samples)));
  const packets: EventPacket[] = [];
  for (let held = step; held < whole; held += step)
    packets.push({ payload: eventPayload(event, held, false), marker: packets.length === 0 });
  for (let n = 0; n < 3; n++) packets.push({ payload: eventPayload(event, whole, true), marker: packets.length === 0 });
  return packets;
}

/** -10 dBm0, as telephones send. */
const VOLUME = 10;

const eventPayload = (event: number, duration: number, end: boolean): Uint8Array =>
  Uint8Array.of(event, (end ? 0x80 : 0) | VOLUME, duration >> 8, duration & 0xff);
