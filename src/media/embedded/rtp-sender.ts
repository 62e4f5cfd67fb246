import { randomInt } from 'node:crypto';
import { FRAME_MS, type RtpClockHz, type RtpTicks, rtpTicks, TELEPHONE_RATE, ticksIn } from '../../domain/units.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../rtp/packet.ts';

/** Of audio, in any codec: an Ethernet frame less its headers. */
const MOST_OCTETS = 1400;
/** The kernel takes a packet at once or, when its buffer is full, a little later: this many buffers stay untouched. */
const PACKETS = 4;

/**
 * One stream of RTP packets of 20 ms. The timestamp goes on through every pause; sequence numbers count what is sent.
 * Nothing is allocated per audio packet.
 */
export class RtpSender {
  /** Of the stream that is sent now (RFC 3550 section 6.4.1). */
  packets = 0;
  octets = 0;
  #packetsBefore = 0;
  readonly #rooms: readonly Buffer[] = Array.from({ length: PACKETS }, () =>
    Buffer.alloc(RTP_HEADER_BYTES + MOST_OCTETS),
  );
  readonly #payloads: readonly Uint8Array[] = this.#rooms.map((room) => room.subarray(RTP_HEADER_BYTES));
  /** The part of the buffers that a packet of this length fills: most are as long as the one before. */
  #packets = this.#rooms;
  #octets = MOST_OCTETS;
  readonly #header = {
    marker: false,
    payloadType: 0,
    sequence: firstSequence(),
    timestamp: rtpTicks(randomInt(0x1_0000_0000)),
    ssrc: randomInt(0x1_0000_0000),
  };
  #turn = 0;
  clockRate: RtpClockHz = TELEPHONE_RATE;
  /** Of a packet. */
  #frameTicks = ticksIn(FRAME_MS, TELEPHONE_RATE);

  get ssrc(): number {
    return this.#header.ssrc;
  }

  /** Packets of all its streams. */
  get sent(): number {
    return this.#packetsBefore + this.packets;
  }

  /**
   * What comes next is a new stream, under another SSRC: with a new key its roll-over counter is 0 to whoever hears it, with
   * another clock its jitter and its place in time are counted anew.
   */
  restart(): void {
    this.#header.ssrc = randomInt(0x1_0000_0000);
    this.#header.sequence = firstSequence();
    this.#packetsBefore += this.packets;
    this.packets = 0;
    this.octets = 0;
  }

  /** From here on timestamps go by this clock, in a stream of their own (RFC 7160 section 4). */
  useClock(clockRate: RtpClockHz): void {
    if (clockRate !== this.clockRate && this.packets > 0) this.restart();
    this.clockRate = clockRate;
    this.#frameTicks = ticksIn(FRAME_MS, clockRate);
  }

  /** Of the next packet. */
  get timestamp(): RtpTicks {
    return this.#header.timestamp;
  }

  /** Where the next packet's audio goes. */
  get payload(): Uint8Array {
    return this.#payloads[this.#turn] ?? new Uint8Array(MOST_OCTETS);
  }

  /** Closes the packet whose payload has the given number of octets, and moves on by its duration. */
  audio(payloadType: number, marker: boolean, octets: number): Buffer {
    if (octets !== this.#octets) {
      this.#octets = octets;
      this.#packets = this.#rooms.map((room) => room.subarray(0, RTP_HEADER_BYTES + octets));
    }
    const packet = this.#packets[this.#turn] ?? Buffer.alloc(0);
    this.#turn = (this.#turn + 1) % PACKETS;
    this.#write(packet, payloadType, marker);
    this.skip(1);
    return packet;
  }

  /** A packet of an RTP event, which carries the timestamp of the event's start (RFC 4733 section 2.2.2). */
  event(payloadType: number, marker: boolean, payload: Uint8Array, startedAt: RtpTicks): Buffer {
    const packet = Buffer.alloc(RTP_HEADER_BYTES + payload.length);
    packet.set(payload, RTP_HEADER_BYTES);
    const timestamp = this.#header.timestamp;
    this.#header.timestamp = startedAt;
    this.#write(packet, payloadType, marker);
    this.#header.timestamp = timestamp;
    this.skip(1);
    return packet;
  }

  /** The time of that many packets passes without one. */
  skip(packets: number): void {
    this.#header.timestamp = rtpTicks((this.#header.timestamp + packets * this.#frameTicks) >>> 0);
  }

  #write(packet: Buffer, payloadType: number, marker: boolean): void {
    this.#header.payloadType = payloadType;
    this.#header.marker = marker;
    writeRtpHeader(packet, this.#header);
    this.#header.sequence = (this.#header.sequence + 1) & 0xffff;
    this.packets++;
    this.octets += packet.length - RTP_HEADER_BYTES;
  }
}

/** In the lower half, so that SRTP knows whether it has rolled over when the first packets are lost (RFC 4568 section 6.4). */
const firstSequence = (): number => randomInt(0x8000);
