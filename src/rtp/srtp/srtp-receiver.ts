import type { SrtpKey } from '../../domain/srtp.ts';
import { type MonotonicMs, seconds } from '../../domain/units.ts';
import { rtpHeaderOctets, sequenceOf, ssrcOf } from '../packet.ts';
import type { PacketCipher } from './packet-cipher.ts';
import { ReplayWindow } from './replay-window.ts';
import { cipherFor } from './suite-cipher.ts';

const RTCP_CLEAR = 8;
const INDEX_OCTETS = 4;
const ENCRYPTED = 0x8000_0000;
const HALF = 0x8000;
const CYCLE = 0x1_0000;
/** As many as can come within AesCmCipher's reach. */
const MOST_OCTETS = 1_984;
/** Streams of one far end; whoever has the key has none more. */
const MOST_STREAMS = 1_024;
/**
 * A stream that we join late has rolled over before: how far ahead its counter is sought, three hours at 50 packets a second,
 * and how many packets it may be sought with: so many at once, and in a second. Strangers can use that up, but not for long.
 */
const MOST_ROLL_OVERS_AHEAD = 8;
const SEARCHES = 32;
const SEARCHES_PER_MS = SEARCHES / seconds(1);

interface Stream {
  readonly rtp: ReplayWindow;
  readonly rtcp: ReplayWindow;
}

/** Why packets were refused. */
export interface SrtpRefusals {
  malformed: number;
  replayed: number;
  /** Not encrypted, encrypted with another key, or changed on the way. */
  unauthentic: number;
}

/** Opens what was protected with one key (RFC 3711 section 3.3). Nothing is remembered of what is not authentic. */
export class SrtpReceiver {
  readonly refused: SrtpRefusals = { malformed: 0, replayed: 0, unauthentic: 0 };
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #mki: Uint8Array;
  readonly #streams = new Map<number, Stream>();
  readonly #trailer = Buffer.alloc(INDEX_OCTETS);
  readonly #rollOversBefore: (ssrc: number) => number;
  #searches = SEARCHES;
  #searchesAt = Number.NEGATIVE_INFINITY;

  /** @param rollOversBefore - of the stream, with the key before this one: some go on counting (section 3.3.1), some begin anew */
  constructor(key: SrtpKey, rollOversBefore: (ssrc: number) => number = () => 0) {
    this.#rtp = cipherFor(key, 'rtp');
    this.#rtcp = cipherFor(key, 'rtcp');
    this.#mki = key.mki;
    this.#rollOversBefore = rollOversBefore;
  }

  /**
   * @param at - when it came
   * @returns the RTP packet, in the memory of the datagram; undefined: refused, and counted
   */
  rtp(datagram: Buffer, at: MonotonicMs): Buffer | undefined {
    const clear = rtpHeaderOctets(datagram, datagram.length);
    const cipher = this.#rtp;
    const end = datagram.length - cipher.tagOctets - this.#mki.length;
    if (clear === 0 || end < clear || datagram.length > MOST_OCTETS) return this.#refuse('malformed');
    const tagAt = cipher.aead ? end : datagram.length - cipher.tagOctets;
    if (!this.#isOurMki(datagram, cipher.aead ? datagram.length - this.#mki.length : end))
      return this.#refuse('unauthentic');
    const ssrc = ssrcOf(datagram);
    const sequence = sequenceOf(datagram);
    const packet = datagram.subarray(0, end);
    const tag = datagram.subarray(tagAt, tagAt + cipher.tagOctets);
    const stream = this.#streams.get(ssrc);
    if (stream === undefined || stream.rtp.newest < 0) {
      this.#renewSearches(at);
      return this.#first(packet, tag, clear, ssrc, sequence, stream);
    }
    const index = indexOf(sequence, stream.rtp.newest);
    if (index < 0 || !stream.rtp.isNew(index)) return this.#refuse('replayed');
    if (!this.#open(packet, tag, clear, ssrc, index)) return this.#refuse('unauthentic');
    stream.rtp.note(index);
    return packet;
  }

  /** @returns the RTCP packet, in the memory of the datagram; undefined: refused, and counted */
  rtcp(datagram: Buffer): Buffer | undefined {
    const cipher = this.#rtcp;
    const mki = this.#mki.length;
    const end = datagram.length - cipher.tagOctets - INDEX_OCTETS - mki;
    if (end < RTCP_CLEAR || datagram.length > MOST_OCTETS) return this.#refuse('malformed');
    const tagAt = cipher.aead ? end : end + INDEX_OCTETS + mki;
    const wordAt = cipher.aead ? end + cipher.tagOctets : end;
    if (!this.#isOurMki(datagram, wordAt + INDEX_OCTETS)) return this.#refuse('unauthentic');
    const word = datagram.readUInt32BE(wordAt);
    const encrypted = word >= ENCRYPTED;
    const index = encrypted ? word - ENCRYPTED : word;
    const ssrc = datagram.readUInt32BE(4);
    const stream = this.#streams.get(ssrc);
    if (stream?.rtcp.isNew(index) === false) return this.#refuse('replayed');
    const packet = datagram.subarray(0, end);
    const tag = datagram.subarray(tagAt, tagAt + cipher.tagOctets);
    this.#trailer.writeUInt32BE(word);
    const input = { ssrc, index, clear: RTCP_CLEAR, trailer: this.#trailer, encrypted };
    if (!cipher.open(packet, tag, input)) return this.#refuse('unauthentic');
    (stream ?? this.#begin(ssrc))?.rtcp.note(index);
    return packet;
  }

  /** Roll-overs of the stream so far. */
  rollOversOf(ssrc: number): number {
    return Math.max(0, Math.floor((this.#streams.get(ssrc)?.rtp.newest ?? 0) / CYCLE));
  }

  wipe(): void {
    this.#rtp.wipe();
    this.#rtcp.wipe();
    this.#streams.clear();
  }

  /** Of a stream that is not known: the roll-over counter is the one that its tag fits. */
  #first(
    packet: Buffer,
    tag: Uint8Array,
    clear: number,
    ssrc: number,
    sequence: number,
    known: Stream | undefined,
  ): Buffer | undefined {
    for (const rollOvers of this.#candidates(ssrc)) {
      const index = rollOvers * CYCLE + sequence;
      if (!this.#open(packet, tag, clear, ssrc, index)) continue;
      const stream = known ?? this.#begin(ssrc);
      if (stream === undefined) return this.#refuse('unauthentic');
      stream.rtp.note(index);
      return packet;
    }
    return this.#refuse('unauthentic');
  }

  *#candidates(ssrc: number): Generator<number> {
    yield 0;
    const before = this.#rollOversBefore(ssrc);
    if (before > 0) {
      yield before;
      yield before + 1;
    }
    if (this.#searches < 1) return;
    this.#searches--;
    for (let ahead = 1; ahead <= MOST_ROLL_OVERS_AHEAD; ahead++)
      if (ahead !== before && ahead !== before + 1) yield ahead;
  }

  #renewSearches(at: MonotonicMs): void {
    this.#searches = Math.min(SEARCHES, this.#searches + (at - this.#searchesAt) * SEARCHES_PER_MS);
    this.#searchesAt = at;
  }

  #open(packet: Buffer, tag: Uint8Array, clear: number, ssrc: number, index: number): boolean {
    this.#trailer.writeUInt32BE(Math.floor(index / CYCLE) >>> 0);
    return this.#rtp.open(packet, tag, { ssrc, index, clear, trailer: this.#trailer, encrypted: true });
  }

  #begin(ssrc: number): Stream | undefined {
    if (this.#streams.size >= MOST_STREAMS) return undefined;
    const stream: Stream = { rtp: new ReplayWindow(), rtcp: new ReplayWindow() };
    this.#streams.set(ssrc, stream);
    return stream;
  }

  #isOurMki(datagram: Buffer, at: number): boolean {
    for (let i = 0; i < this.#mki.length; i++) if (datagram[at + i] !== this.#mki[i]) return false;
    return true;
  }

  #refuse(because: keyof SrtpRefusals): undefined {
    this.refused[because]++;
    return undefined;
  }
}

/** The index that a sequence number most likely has (RFC 3711 appendix A); negative: none. */
export function indexOf(sequence: number, newest: number): number {
  const highest = newest % CYCLE;
  const rollOvers = (newest - highest) / CYCLE;
  if (highest < HALF) return (sequence - highest > HALF ? rollOvers - 1 : rollOvers) * CYCLE + sequence;
  return (highest - HALF > sequence ? rollOvers + 1 : rollOvers) * CYCLE + sequence;
}
