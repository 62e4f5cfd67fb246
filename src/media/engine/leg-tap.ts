import type { G711Codec } from '../../audio/g711.ts';
import { lawOf } from '../../audio/g711-law.ts';
import { MASK_REACH_MS } from '../../recording/loss-limits.ts';
import type { TapTarget } from '../media-server.ts';
import type { HeardPacket } from './heard-packet.ts';
import type { TapChannel } from './tap-channel.ts';
import { HOLD_SAMPLES, TrackTap } from './track-tap.ts';

const MASK_REACH = MASK_REACH_MS * 8;
/** More packets than 100 ms hold. */
const ARRIVALS = 32;
/** One byte to repeat: enough for any correction of drift. */
const REPEATED = new Uint8Array(16);

/**
 * What a leg adds to a recording: the track of its far end and, for the customer, the track of what we play. Begins
 * with the first codec that is agreed, and stays with it: later codecs are transcoded.
 */
export class LegTap {
  readonly #target: TapTarget;
  readonly #channel: TapChannel;
  readonly #from: number;
  #codec: G711Codec | undefined;
  #theirs: TrackTap | undefined;
  #ours: TrackTap | undefined;
  #transcoded = new Uint8Array(160);
  #saidTo: number;
  #changed = false;
  /** Until when (position of our clock) what arrives is masked. */
  #maskedUntil = Number.NEGATIVE_INFINITY;
  /** When the latest packets came and where they were put: a mask reaches back by arrival as well. */
  readonly #arrivals = new Float64Array(ARRIVALS).fill(Number.NEGATIVE_INFINITY);
  readonly #places = new Float64Array(ARRIVALS);
  #arrival = 0;

  /** @param from - where its tracks begin, in samples since the recording was opened */
  constructor(target: TapTarget, channel: TapChannel, from: number) {
    this.#target = target;
    this.#channel = channel;
    this.#from = from;
    this.#saidTo = from;
  }

  get late(): number {
    return this.#theirs?.late ?? 0;
  }

  useCodec(codec: G711Codec): void {
    if (this.#codec !== undefined) return;
    this.#codec = codec;
    const { silence } = lawOf(codec);
    const { recording, track } = this.#target;
    this.#theirs = new TrackTap(recording, track, codec, silence, this.#from, this.#channel.push);
    if (track === 'customer')
      this.#ours = new TrackTap(recording, 'bot', codec, silence, this.#from, this.#channel.push);
    // ticks may have passed before there was a codec
    this.#ours?.quiet(this.#from, this.#saidTo - this.#from);
    if (this.#maskedUntil === Infinity) this.#theirs.maskFrom(this.#from);
  }

  /** What comes next is from another source: where it begins there is a gap, so that nobody takes the two for one. */
  changeSource(): void {
    this.#changed = true;
  }

  /** What the far end said. */
  heard(packet: HeardPacket, codec: G711Codec, now: number): void {
    const tap = this.#theirs;
    if (tap === undefined) return;
    if (now < this.#maskedUntil) return tap.mask(packet.at, packet.payload.length);
    this.#arrivals[this.#arrival] = now;
    this.#places[this.#arrival] = packet.at;
    this.#arrival = (this.#arrival + 1) % ARRIVALS;
    if (packet.quietBefore > 0) tap.quiet(packet.at - packet.quietBefore, packet.quietBefore);
    if (this.#changed) {
      this.#changed = false;
      return tap.lose(packet.at, packet.payload.length);
    }
    const bytes = this.#inOurs(packet.payload, codec);
    if (packet.repeatBefore > 0) {
      REPEATED.fill(bytes[0] ?? 0);
      tap.write(packet.at - packet.repeatBefore, REPEATED, 0, packet.repeatBefore, now);
    }
    tap.write(packet.at, bytes, 0, packet.payload.length, now);
  }

  /** What we played: the bot alone, without the person it may be mixed with. */
  said(at: number, payload: Uint8Array, codec: G711Codec): void {
    this.#saidTo = at + payload.length;
    this.#ours?.write(at, this.#inOurs(payload, codec), 0, payload.length);
  }

  /** Before the first packet, on hold, while keys are sent: the bot is silent. */
  saidNothing(at: number, count: number): void {
    this.#saidTo = at + count;
    this.#ours?.quiet(at, count);
  }

  /** Ticks that were given up: the caller heard nothing, though we had something to say. */
  missed(at: number, count: number): void {
    this.#ours?.overflow(at, count);
  }

  /** The far end is away. */
  held(at: number, count: number, both: boolean): void {
    this.#theirs?.hold(at, count);
    if (both) this.#ours?.hold(at, count);
  }

  /** From now on, and for the 100 ms before, nothing of what the far end says leaves this thread. */
  mask(now: number): void {
    this.#maskedUntil = Infinity;
    this.#theirs?.maskFrom(Math.min(now - MASK_REACH, this.#earliestOf(now)));
  }

  /** What came by now stays masked, wherever its timestamps put it. */
  unmask(now: number): void {
    this.#maskedUntil = now;
    this.#theirs?.maskUntil(this.#maskedUntil);
  }

  collect(now: number): void {
    // what a mask could still have to cover stays; what its timestamps put further behind is kept as late audio
    const settled = Math.max(Math.min(now, this.#earliestOf(now) + HOLD_SAMPLES), now - 2 * MASK_REACH);
    this.#theirs?.collect(settled, now);
    this.#ours?.collect(now);
  }

  close(now: number): void {
    this.#ours?.quiet(this.#saidTo, now - this.#saidTo); // the packet that would be next
    for (const tap of [this.#theirs, this.#ours]) tap?.finish(now);
    const { recording, track } = this.#target;
    this.#channel.closeTrack(recording, track);
    if (track === 'customer') this.#channel.closeTrack(recording, 'bot');
  }

  /** The earliest place of what arrived within the reach of a mask. */
  #earliestOf(now: number): number {
    let earliest = Infinity;
    for (let i = 0; i < ARRIVALS; i++)
      if ((this.#arrivals[i] ?? 0) >= now - MASK_REACH) earliest = Math.min(earliest, this.#places[i] ?? Infinity);
    return earliest;
  }

  #inOurs(bytes: Uint8Array, codec: G711Codec): Uint8Array {
    if (codec === this.#codec) return bytes;
    if (this.#transcoded.length < bytes.length) this.#transcoded = new Uint8Array(bytes.length);
    const { toOther } = lawOf(codec);
    for (let i = 0; i < bytes.length; i++) this.#transcoded[i] = toOther[bytes[i] ?? 0] ?? 0;
    return this.#transcoded;
  }
}
