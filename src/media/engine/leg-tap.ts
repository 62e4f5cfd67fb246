import { codecOf, PCMU } from '../../audio/codecs.ts';
import { FrameEncoder } from '../../audio/frame-codec.ts';
import { type Codec, type LinearFrame, octetsPerSample } from '../../domain/codec.ts';
import {
  type LegSample,
  legSample,
  type RecordingSample,
  recordingSample,
  TELEPHONE_RATE,
} from '../../domain/units.ts';
import { MASK_REACH_MS } from '../../recording/loss-limits.ts';
import type { TapTarget } from '../media-server.ts';
import type { HeardPacket } from './heard-packet.ts';
import type { TapChannel } from './tap-channel.ts';
import { HOLD_SAMPLES, TrackTap } from './track-tap.ts';

const MASK_REACH = MASK_REACH_MS * 8;
/** More packets than 100 ms hold. */
const ARRIVALS = 32;
/** The longest packet, ms. */
const LONGEST_MS = 200;
/** Samples: no correction of drift is longer. */
const MOST_REPEATED = 16;

/** Who hears what a far end says. */
export type Audience = 'customer' | 'others' | 'nobody';

export interface SentOctets {
  readonly codec: Codec;
  readonly octets: Uint8Array;
}

/** The leg's origin is the recording's sample 0 (LegPipeline): a place on the one clock is the same place on the other. */
const inRecording = (at: LegSample): RecordingSample => recordingSample(at);

/**
 * What a leg adds to a recording: the track of its far end, as it came, and, for the customer, the track of what we play.
 * Begins with the first codec that is agreed (or what tracks of it are kept in), and stays with it: what comes with another one
 * is transcoded. What we play has the telephone's rate, so a codec of a higher one would add nothing to it.
 */
export class LegTap {
  readonly #target: TapTarget;
  readonly #channel: TapChannel;
  readonly #from: LegSample;
  /** For what did not come in the track's codec, and for what we play. */
  #theirEncoder: FrameEncoder | undefined;
  #ourEncoder: FrameEncoder | undefined;
  #theirs: TrackTap | undefined;
  /** What the customer does not hear of the far end, from the first time that others do. */
  #private: TrackTap | undefined;
  #ours: TrackTap | undefined;
  /** The two. */
  readonly #tracks: TrackTap[] = [];
  /** Undefined: nobody tells, where other media joins the legs. */
  #audience: Audience | undefined;
  /** Something of the far end has come: a telephone that rings says nothing, and its track has no gap. */
  #present = false;
  /** Until where the track that is not spoken on is marked. */
  #restedTo: LegSample;
  #encoded = new Uint8Array(0);
  #saidTo: LegSample;
  #changed = false;
  /** Until when (position of our clock) what arrives is masked. */
  #maskedUntil = Number.NEGATIVE_INFINITY;
  /** When the latest packets came and where they were put: a mask reaches back by arrival as well. */
  readonly #arrivals = new Float64Array(ARRIVALS).fill(Number.NEGATIVE_INFINITY);
  readonly #places = new Float64Array(ARRIVALS);
  #arrival = 0;

  /** @param from - where its tracks begin, in samples since the recording was opened */
  constructor(target: TapTarget, channel: TapChannel, from: LegSample) {
    this.#target = target;
    this.#channel = channel;
    this.#from = from;
    this.#saidTo = from;
    this.#restedTo = from;
  }

  get late(): number {
    return (this.#theirs?.late ?? 0) + (this.#private?.late ?? 0);
  }

  /** From now on what the far end says is heard by those. */
  heardBy(audience: Audience): void {
    this.#audience = audience;
    if (this.#present) this.#track(this.#restedTo); // also while they say nothing
  }

  useCodec(agreed: Codec): void {
    if (this.#theirEncoder !== undefined) return;
    const { recording, track } = this.#target;
    const codec = codecOf(agreed.keptAs);
    this.#encoded = new Uint8Array(LONGEST_MS * codec.octetsPerMs);
    this.#theirEncoder = new FrameEncoder(codec);
    if (track === 'customer' || track === 'agent') this.#theirs = this.#begin(track, this.#from);
    if (track === 'customer') {
      this.#ourEncoder = new FrameEncoder(codec.sampleRate === TELEPHONE_RATE ? codec : PCMU);
      this.#ours = new TrackTap(recording, 'bot', this.#ourEncoder.codec, inRecording(this.#from), this.#channel.push);
    }
    // ticks may have passed before there was a codec
    this.#ours?.quiet(inRecording(this.#from), this.#saidTo - this.#from);
  }

  /** What comes next is from another source: where it begins there is a gap, so that nobody takes the two for one. */
  changeSource(): void {
    this.#changed = true;
  }

  /** What the far end said. */
  heard(packet: HeardPacket, now: LegSample): void {
    const encoder = this.#theirEncoder;
    this.#present = true;
    const tap = encoder === undefined ? undefined : this.#track(legSample(Math.max(this.#restedTo, packet.at)));
    if (tap === undefined || encoder === undefined) return;
    const { count } = packet;
    if (now < this.#maskedUntil) return tap.mask(inRecording(packet.at), count);
    this.#arrivals[this.#arrival] = now;
    this.#places[this.#arrival] = packet.at;
    this.#arrival = (this.#arrival + 1) % ARRIVALS;
    if (packet.quietBefore > 0) tap.quiet(inRecording(legSample(packet.at - packet.quietBefore)), packet.quietBefore);
    if (this.#changed) {
      this.#changed = false;
      return tap.lose(inRecording(packet.at), count);
    }
    const asItCame = packet.codec === encoder.codec;
    const octets = asItCame ? packet.payload : this.#encoded;
    if (!asItCame) encoder.encode(packet.own ?? packet, octets);
    if (packet.repeatBefore > 0) {
      const { repeatBefore } = packet;
      tap.write(
        inRecording(legSample(packet.at - repeatBefore)),
        repeated(octets, encoder.codec, repeatBefore),
        repeatBefore,
        inRecording(now),
      );
    }
    tap.write(inRecording(packet.at), octets, count, inRecording(now));
  }

  /**
   * What we played: the bot alone, without the person it may be mixed with.
   *
   * @param sent - as it was sent, with its codec; undefined: it was sent with a person's voice, or went as linear audio
   */
  said(at: LegSample, frame: LinearFrame, sent?: SentOctets): void {
    const count = frame.samples.length;
    this.#saidTo = legSample(at + count);
    if (this.#ours === undefined || this.#ourEncoder === undefined) return;
    const asItWasSent = sent?.codec === this.#ourEncoder.codec;
    if (!asItWasSent) this.#ourEncoder.encode(frame, this.#encoded);
    this.#ours.write(inRecording(at), asItWasSent ? sent.octets : this.#encoded, count);
  }

  /** Before the first packet, on hold, while keys are sent: the bot is silent. */
  saidNothing(at: LegSample, count: number): void {
    this.#saidTo = legSample(at + count);
    this.#ours?.quiet(inRecording(at), count);
  }

  /** Ticks that were given up: the caller heard nothing, though we had something to say. */
  missed(at: LegSample, count: number): void {
    this.#ours?.notSent(inRecording(at), count);
  }

  /** The far end is away. */
  held(at: LegSample, count: number, both: boolean): void {
    for (const tap of this.#tracks) tap.hold(inRecording(at), count);
    if (both) this.#ours?.hold(inRecording(at), count);
  }

  /** From now on, and for the 100 ms before, nothing of what the far end says leaves this thread. */
  mask(now: LegSample): void {
    this.#maskedUntil = Infinity;
    const from = legSample(Math.min(now - MASK_REACH, this.#earliestOf(now)));
    for (const tap of this.#tracks) tap.maskFrom(inRecording(from));
  }

  /** What came by now stays masked, wherever its timestamps put it. */
  unmask(now: LegSample): void {
    this.#maskedUntil = now;
    for (const tap of this.#tracks) tap.maskUntil(inRecording(now));
  }

  collect(now: LegSample): void {
    // what a mask could still have to cover stays; what its timestamps put further behind is kept as late audio
    const settled = Math.max(Math.min(now, this.#earliestOf(now) + HOLD_SAMPLES), now - 2 * MASK_REACH);
    const spokenOn = this.#spokenOn;
    for (const tap of this.#tracks) {
      // on a track that they do not speak on the far end is away
      if (tap !== spokenOn) tap.hold(inRecording(this.#restedTo), now - this.#restedTo);
      tap.collect(inRecording(legSample(settled)), inRecording(now));
    }
    this.#restedTo = now;
    this.#ours?.collect(inRecording(now));
  }

  close(now: LegSample): void {
    this.#ours?.quiet(inRecording(this.#saidTo), now - this.#saidTo); // the packet that would be next
    for (const tap of [...this.#tracks, ...(this.#ours === undefined ? [] : [this.#ours])])
      tap.finish(inRecording(now));
    const { recording, track } = this.#target;
    this.#channel.closeTrack(recording, track);
    if (this.#private !== undefined) this.#channel.closeTrack(recording, this.#private.track);
    if (track === 'customer') this.#channel.closeTrack(recording, 'bot');
  }

  /** What is said now belongs on it, once there is one; undefined: it was never begun, or nobody hears who is no part of the conversation. */
  get #spokenOn(): TrackTap | undefined {
    const { track } = this.#target;
    if (track === 'customer' || this.#audience === 'customer') return this.#theirs;
    // an agent's words are kept, also those that nobody hears while the customer is on hold
    if (this.#audience === 'others' || (this.#audience === 'nobody' && track === 'agent')) return this.#private;
    return track === 'agent' ? this.#theirs : undefined;
  }

  /** That track, which begins with what is said on it first. */
  #track(at: LegSample): TrackTap | undefined {
    const { track } = this.#target;
    if (this.#audience === 'customer') this.#theirs ??= this.#begin(track, at);
    else if (
      (this.#audience === 'others' && track !== 'customer') ||
      (this.#audience === 'nobody' && track === 'agent')
    )
      this.#private ??= this.#begin(`${track}-private`, at);
    return this.#spokenOn;
  }

  #begin(track: string, from: LegSample): TrackTap | undefined {
    if (this.#theirEncoder === undefined) return undefined;
    const { codec } = this.#theirEncoder;
    const tap = new TrackTap(this.#target.recording, track, codec, inRecording(from), this.#channel.push);
    if (this.#maskedUntil === Infinity) tap.maskFrom(inRecording(from));
    this.#tracks.push(tap);
    return tap;
  }

  /** The earliest place of what arrived within the reach of a mask. */
  #earliestOf(now: LegSample): number {
    let earliest = Infinity;
    for (let i = 0; i < ARRIVALS; i++)
      if ((this.#arrivals[i] ?? 0) >= now - MASK_REACH) earliest = Math.min(earliest, this.#places[i] ?? Infinity);
    return earliest;
  }
}

/** The octets of the first sample, again and again. */
function repeated(octets: Uint8Array, codec: Codec, count: number): Uint8Array {
  const width = octetsPerSample(codec);
  const out = new Uint8Array(Math.min(count, MOST_REPEATED) * width);
  for (let i = 0; i < out.length; i++) out[i] = octets[i % width] ?? codec.silence;
  return out;
}
