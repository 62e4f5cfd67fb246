import type { SrtpKey } from '../../domain/srtp.ts';
import { rtpHeaderOctets, sequenceOf, ssrcOf } from '../packet.ts';
import type { PacketCipher } from './packet-cipher.ts';
import { cipherFor } from './suite-cipher.ts';

/** The longest packet, with what is added. */
const ROOM = 2_048;
const MOST_OCTETS = ROOM - 64;
/** The system takes a packet at once or a little later: this many stay untouched. */
const ROOMS = 4;
const RTCP_CLEAR = 8;
const INDEX_OCTETS = 4;
const ENCRYPTED = 0x8000_0000;
const MOST_RTCP = 0x7fff_ffff;

interface Stream {
  rollOvers: number;
  lastSequence: number;
  rtcpIndex: number;
}

/** Protects what we send with one key (RFC 3711 section 3.3). Each SSRC has a roll-over counter of its own. */
export class SrtpSender {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  readonly #mki: Uint8Array;
  readonly #streams = new Map<number, Stream>();
  readonly #rooms = Array.from({ length: ROOMS }, () => Buffer.alloc(ROOM));
  readonly #trailer = Buffer.alloc(INDEX_OCTETS);
  #turn = 0;

  constructor(key: SrtpKey) {
    this.#rtp = cipherFor(key, 'rtp');
    this.#rtcp = cipherFor(key, 'rtcp');
    this.#mki = key.mki;
  }

  /** @returns memory that the fourth packet after it uses again; undefined: it is no RTP packet */
  rtp(packet: Uint8Array): Buffer | undefined {
    const clear = rtpHeaderOctets(packet, packet.length);
    if (clear === 0 || packet.length > MOST_OCTETS) return undefined;
    const ssrc = ssrcOf(packet);
    const sequence = sequenceOf(packet);
    const stream = this.#stream(ssrc, sequence);
    if (sequence < stream.lastSequence && stream.lastSequence - sequence > 0x8000) stream.rollOvers++;
    stream.lastSequence = sequence;
    this.#trailer.writeUInt32BE(stream.rollOvers >>> 0);
    const index = stream.rollOvers * 0x1_0000 + sequence;
    const into = this.#room();
    const input = { ssrc, index, clear, trailer: this.#trailer, encrypted: true };
    const sealed = this.#rtp.seal(packet, input, into);
    if (this.#mki.length === 0) return into.subarray(0, sealed);
    const tagAt = sealed - this.#rtp.tagOctets;
    // behind what is encrypted, before the tag of HMAC; behind the tag that is part of an AEAD's ciphertext
    return this.#rtp.aead
      ? concat(into.subarray(0, sealed), this.#mki)
      : concat(into.subarray(0, tagAt), this.#mki, into.subarray(tagAt, sealed));
  }

  /** @returns undefined: it is no RTCP packet, or there have been as many as the key may protect */
  rtcp(packet: Uint8Array): Buffer | undefined {
    if (packet.length < RTCP_CLEAR || packet.length > MOST_OCTETS) return undefined;
    const ssrc = new DataView(packet.buffer, packet.byteOffset).getUint32(4);
    const stream = this.#stream(ssrc, 0);
    if (stream.rtcpIndex >= MOST_RTCP) return undefined;
    const index = ++stream.rtcpIndex;
    this.#trailer.writeUInt32BE((ENCRYPTED + index) >>> 0);
    const into = this.#room();
    const input = { ssrc, index, clear: RTCP_CLEAR, trailer: this.#trailer, encrypted: true };
    const sealed = this.#rtcp.seal(packet, input, into);
    const tagAt = sealed - this.#rtcp.tagOctets;
    return this.#rtcp.aead
      ? concat(into.subarray(0, sealed), this.#trailer, this.#mki)
      : concat(into.subarray(0, tagAt), this.#trailer, this.#mki, into.subarray(tagAt, sealed));
  }

  wipe(): void {
    this.#rtp.wipe();
    this.#rtcp.wipe();
    for (const room of this.#rooms) room.fill(0);
  }

  #stream(ssrc: number, sequence: number): Stream {
    const known = this.#streams.get(ssrc);
    if (known !== undefined) return known;
    const stream = { rollOvers: 0, lastSequence: sequence, rtcpIndex: 0 };
    this.#streams.set(ssrc, stream);
    return stream;
  }

  #room(): Buffer {
    this.#turn = (this.#turn + 1) % ROOMS;
    return this.#rooms[this.#turn] ?? Buffer.alloc(ROOM);
  }
}

const concat = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
