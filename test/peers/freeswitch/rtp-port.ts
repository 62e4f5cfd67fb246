import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { G711Codec } from '../../../src/audio/g711.ts';
import { lawOf } from '../../../src/audio/g711-law.ts';
import { newRtpView, parseRtp, writeRtpHeader } from '../../../src/rtp/packet.ts';
import { keyPackets } from '../../../src/rtp/telephone-event.ts';

export const FRAME = 160;
/** Packets that may wait to be played; the oldest goes first. */
const WAITING_AT_MOST = 12 * FRAME;
const PREBUFFER = 2 * FRAME;
const KEYS = '0123456789*#ABCD';

export interface RtpAddress {
  readonly host: string;
  readonly port: number;
}

/** One leg's RTP over UDP: an even port, RTCP above it is let in and counted. Sends to where packets come from. */
export class RtpPort implements AsyncDisposable {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly port: number;
  codec: G711Codec = 'PCMU';
  telephoneEvent: number | undefined;
  readonly ssrc: number;
  received = 0;
  /** RTCP; FreeSWITCH counts it where its profile has `rtcp_audio_interval_msec`. */
  reports = 0;
  sent = 0;
  digitPackets = 0;
  #target: RtpAddress | undefined;
  #latched: RtpAddress | undefined;
  #waiting: number[] = [];
  #flowing = false;
  #sequence = 1;
  #timestamp = 160;
  #press: { readonly event: number; readonly timestamp: number; duration: number } | undefined;
  #keys: { readonly payload: Uint8Array; readonly marker: boolean; readonly timestamp: number }[] = [];

  private constructor(rtp: Socket, rtcp: Socket, ssrc: number, onDigit: (digit: string, duration: number) => void) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.ssrc = ssrc;
    this.port = rtp.address().port;
    const view = newRtpView();
    rtp.on('message', (bytes, from) => {
      if (from.port === this.port || !parseRtp(bytes, bytes.length, view)) return;
      this.received++;
      this.#latched = { host: from.address, port: from.port };
      const payload = bytes.subarray(view.payloadStart, view.payloadEnd);
      if (view.payloadType === this.telephoneEvent) this.#hearKey(view.timestamp, payload, onDigit);
      else if (view.payloadType === 0 || view.payloadType === 8) this.#hear(view.payloadType, payload);
    });
    rtcp.on('message', () => this.reports++);
    for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
  }

  static async open(ssrc: number, onDigit: (digit: string, duration: number) => void): Promise<RtpPort> {
    for (;;) {
      const rtp = createSocket('udp4');
      rtp.bind(0, '127.0.0.1');
      await once(rtp, 'listening');
      const rtcp = createSocket('udp4');
      const neighbour = once(rtcp, 'listening').then(
        () => true,
        () => false,
      );
      if (rtp.address().port % 2 === 0) {
        rtcp.bind(rtp.address().port + 1, '127.0.0.1');
        if (await neighbour) return new RtpPort(rtp, rtcp, ssrc, onDigit);
      }
      for (const socket of [rtp, rtcp]) socket.close();
    }
  }

  aim(to: RtpAddress | undefined): void {
    // a description that names ourselves: the far end is not known yet (an INVITE without SDP, capture bridge)
    this.#target = to === undefined || to.port === this.port ? undefined : to;
    this.#latched = undefined;
  }

  /** The next 20 ms of what the far end says; silence when there is none. */
  read(): Int16Array<ArrayBuffer> {
    const frame = new Int16Array(FRAME);
    if (!this.#flowing && this.#waiting.length < PREBUFFER) return frame;
    this.#flowing = this.#waiting.length >= FRAME;
    if (this.#flowing) frame.set(this.#waiting.splice(0, FRAME));
    return frame;
  }

  /** 20 ms to the far end; a key's packets take the place of audio. */
  write(frame: Int16Array): void {
    const key = this.#keys.shift();
    if (key !== undefined) this.#send(key.payload, this.telephoneEvent ?? 101, key.marker, key.timestamp);
    else {
      const law = lawOf(this.codec);
      const payload = new Uint8Array(FRAME);
      for (let i = 0; i < FRAME; i++) payload[i] = law.fromLinear[(frame[i] ?? 0) & 0xffff] ?? 0;
      this.#send(payload, this.codec === 'PCMU' ? 0 : 8, false, this.#timestamp);
    }
    this.#timestamp = (this.#timestamp + FRAME) >>> 0;
  }

  /** RFC 4733 to the far end, one after another. */
  press(digits: string, samples: number): void {
    let begin = (this.#timestamp + this.#keys.length * FRAME) >>> 0;
    for (const digit of digits) {
      const packets = keyPackets(digit, samples);
      this.#keys.push(...packets.map((packet) => ({ ...packet, timestamp: begin })));
      begin = (begin + packets.length * FRAME) >>> 0;
    }
  }

  close(): void {
    for (const socket of [this.#rtp, this.#rtcp])
      try {
        socket.close();
      } catch {
        // closed already
      }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #hear(payloadType: number, payload: Uint8Array): void {
    const { toLinear } = lawOf(payloadType === 0 ? 'PCMU' : 'PCMA');
    for (const code of payload) this.#waiting.push(toLinear[code] ?? 0);
    if (this.#waiting.length > WAITING_AT_MOST) this.#waiting.splice(0, this.#waiting.length - WAITING_AT_MOST);
  }

  /** One digit at a press's end, with its duration, as switch_rtp does: the first packet marked as end. */
  #hearKey(timestamp: number, payload: Uint8Array, onDigit: (digit: string, duration: number) => void): void {
    this.digitPackets++;
    const event = payload[0] ?? 255;
    const digit = KEYS[event];
    if (payload.length < 4 || digit === undefined) return;
    const ended = ((payload[1] ?? 0) & 0x80) !== 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    const known = this.#press?.timestamp === timestamp && this.#press.event === event;
    if (ended && known && this.#press?.duration === -1) return;
    if (ended) onDigit(digit, duration);
    this.#press = { event, timestamp, duration: ended ? -1 : duration };
  }

  #send(payload: Uint8Array, payloadType: number, marker: boolean, timestamp: number): void {
    const to = this.#latched ?? this.#target;
    const packet = new Uint8Array(12 + payload.length);
    writeRtpHeader(packet, { marker, payloadType, sequence: this.#sequence, timestamp, ssrc: this.ssrc });
    packet.set(payload, 12);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (to === undefined) return;
    this.sent++;
    this.#rtp.send(packet, to.port, to.host, () => undefined);
  }
}
