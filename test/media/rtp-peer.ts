import { type MonotonicMs, ms } from '../../src/domain/units.ts';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type G711Codec, silenceOf } from '../../src/audio/g711.ts';
import { lawOf } from '../../src/audio/g711-law.ts';
import { newRtpView, parseRtp, type RtpView, writeRtpHeader } from '../../src/rtp/packet.ts';
import { formatRtcp, parseRtcp, type RtcpPacket } from '../../src/rtp/rtcp.ts';
import { keyPackets } from '../../src/rtp/telephone-event.ts';

export interface Received extends Omit<Readonly<RtpView>, 'payloadStart' | 'payloadEnd'> {
  readonly payload: Uint8Array;
  readonly port: number;
  readonly at: MonotonicMs;
}

export interface Hole {
  readonly until: (packets: readonly Received[]) => boolean;
  readonly wake: () => void;
}

/** A telephone's media side on a UDP port of its own: sends what it is told, keeps all that it gets. */
export class RtpPeer implements AsyncDisposable {
  readonly received: Received[] = [];
  sent = 0;
  readonly reports: RtcpPacket[] = [];
  readonly codec: G711Codec;
  sequence = 1000;
  timestamp = 50_000;
  ssrc = 0x1234_5678;
  /** A key is being told: its packets are all that is sent. */
  pressing = false;
  /** Called with every packet that comes. */
  onReceived: ((packet: Received) => void) | undefined;
  /** Where to send. */
  target: { readonly address: string; readonly port: number } | undefined;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #waiting = new Set<Hole>();
  #stop: (() => void)[] = [];
  /** Packets that Node has not handed to the system yet. */
  #leaving = 0;
  readonly #left: (() => void)[] = [];
  /** When the last speech ended, by its length. */
  #silentSince = 0;

  private constructor(rtp: Socket, rtcp: Socket, codec: G711Codec) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.codec = codec;
    const view = newRtpView();
    rtp.on('message', (bytes, { port }) => {
      if (!parseRtp(bytes, bytes.length, view)) return;
      const { marker, payloadType, sequence, timestamp, ssrc, payloadStart, payloadEnd } = view;
      const payload = bytes.subarray(payloadStart, payloadEnd);
      const packet = { marker, payloadType, sequence, timestamp, ssrc, payload, port, at: ms(performance.now()) };
      this.received.push(packet);
      this.onReceived?.(packet);
      this.#wake();
    });
    rtcp.on('message', (bytes) => {
      this.reports.push(...(parseRtcp(bytes) ?? []));
      this.#wake();
    });
    for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
  }

  static async open(codec: G711Codec = 'PCMU'): Promise<RtpPeer> {
    for (;;) {
      const rtp = createSocket('udp4');
      rtp.bind(0, '127.0.0.1');
      await once(rtp, 'listening');
      const rtcp = createSocket('udp4');
      const neighbour = once(rtcp, 'listening').then(
        () => true,
        () => false,
      );
      rtcp.bind(rtp.address().port + 1, '127.0.0.1');
      if (await neighbour) return new RtpPeer(rtp, rtcp, codec);
      for (const socket of [rtp, rtcp]) socket.close();
    }
  }

  get port(): number {
    return this.#rtp.address().port;
  }

  /** Our description. */
  sdp(
    options: {
      readonly port?: number;
      readonly direction?: string;
      readonly events?: boolean;
      readonly formats?: string;
      readonly host?: string;
      readonly version?: number;
    } = {},
  ): string {
    const { port = this.port, direction = 'sendrecv', events = true, host = '127.0.0.1', version = 1 } = options;
    const formats = options.formats ?? (this.codec === 'PCMU' ? '0' : '8');
    return [
      'v=0',
      `o=- 1 ${version} IN IP4 ${host}`,
      's=-',
      `c=IN IP4 ${host}`,
      't=0 0',
      `m=audio ${port} RTP/AVP ${formats}${events ? ' 101' : ''}`,
      ...(events ? ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'] : []),
      `a=${direction}`,
      '',
    ].join('\r\n');
  }

  /** Takes the address to send to from the other side's description. */
  aim(sdp: string): void {
    const port = /m=audio (\d+)/.exec(sdp)?.[1];
    const address = /c=IN IP4 (\S+)/.exec(sdp)?.[1];
    if (port === undefined || address === undefined) throw new Error('no address in the SDP');
    this.target = { address, port: Number(port) };
  }

  send(
    payload: Uint8Array,
    options: {
      readonly marker?: boolean;
      readonly payloadType?: number;
      readonly advance?: number;
      readonly timestamp?: number;
      readonly drop?: boolean;
    } = {},
  ): void {
    const {
      marker = false,
      payloadType = this.codec === 'PCMU' ? 0 : 8,
      advance = payload.length,
      drop = false,
    } = options;
    const packet = new Uint8Array(12 + payload.length);
    writeRtpHeader(packet, {
      marker,
      payloadType,
      sequence: this.sequence,
      timestamp: options.timestamp ?? this.timestamp,
      ssrc: this.ssrc,
    });
    packet.set(payload, 12);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + advance) >>> 0;
    if (!drop) this.sendRaw(packet);
  }

  sendRaw(packet: Uint8Array): void {
    this.sent++;
    if (this.target === undefined) return;
    this.#leaving++;
    this.#rtp.send(packet, this.target.port, this.target.address, () => {
      if (--this.#leaving === 0) for (const left of this.#left.splice(0)) left();
    });
  }

  /** Resolves when what was sent has left; on the loopback it is in the other side's queue then. */
  async left(): Promise<void> {
    if (this.#leaving > 0) await new Promise<void>((resolve) => this.#left.push(resolve));
  }

  sendRtcp(packets: readonly RtcpPacket[] | Uint8Array): void {
    if (this.target !== undefined)
      this.#rtcp.send(
        packets instanceof Uint8Array ? packets : formatRtcp(packets),
        this.target.port + 1,
        this.target.address,
      );
  }

  encode(samples: Int16Array): Uint8Array {
    const { fromLinear } = lawOf(this.codec);
    return Uint8Array.from(samples, (sample) => fromLinear[sample & 0xffff] ?? 0);
  }

  decode(payload: Uint8Array): Int16Array {
    const { toLinear } = lawOf(this.codec);
    return Int16Array.from(payload, (code) => toLinear[code] ?? 0);
  }

  /**
   * Sends audio in real time by absolute deadlines; resolves when the last packet has left.
   *
   * @param shape - per packet: 'lose', 'twice', 'swap' (with the next)
   */
  async speak(
    samples: Int16Array,
    options: { readonly ptime?: number; readonly shape?: (n: number) => 'lose' | 'twice' | 'swap' | undefined } = {},
  ): Promise<void> {
    const step = (options.ptime ?? 20) * 8;
    const begin = performance.now();
    // the clock of the stream goes on while nothing is sent
    if (this.#silentSince > 0)
      this.timestamp = (this.timestamp + Math.max(0, Math.round((begin - this.#silentSince) * 8))) >>> 0;
    let swapped: (() => void) | undefined;
    for (let n = 0; n * step < samples.length; n++) {
      const wait = begin + (n * step) / 8 - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const payload = this.encode(samples.subarray(n * step, (n + 1) * step));
      const shape = options.shape?.(n);
      const { sequence, timestamp } = this;
      const again = (): void => {
        const after = { sequence: this.sequence, timestamp: this.timestamp };
        Object.assign(this, { sequence, timestamp });
        this.send(payload);
        Object.assign(this, after);
      };
      this.send(payload, { drop: shape === 'lose' || shape === 'swap', marker: n === 0 });
      if (shape === 'twice') again();
      swapped?.();
      swapped = shape === 'swap' ? again : undefined;
    }
    this.#silentSince = begin + samples.length / 8;
  }

  /** Silence in real time until told to stop. */
  idle(): () => void {
    const silence = new Uint8Array(160).fill(silenceOf(this.codec));
    const timer = setInterval(() => {
      this.send(silence);
      // its clock has gone on with what was sent
      if (this.#silentSince > 0) this.#silentSince = performance.now() + 20;
    }, 20);
    const stop = (): void => clearInterval(timer);
    this.#stop.push(stop);
    return stop;
  }

  /** Ends what `idle` began. */
  quiet(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  /** A key: 20 ms packets of one timestamp, the end thrice. */
  async press(
    digit: string,
    options: {
      readonly samples?: number;
      readonly lose?: (n: number, of: number) => boolean;
      readonly fast?: boolean;
      /** Every packet of the end has a timestamp of its own, as relays make it. */
      readonly movedEnds?: boolean;
    } = {},
  ): Promise<void> {
    const packets = keyPackets(digit, options.samples ?? 800);
    const started = this.timestamp;
    this.pressing = true;
    for (const [n, { payload, marker }] of packets.entries()) {
      this.send(payload, {
        payloadType: 101,
        marker,
        timestamp: options.movedEnds === true && ((payload[1] ?? 0) & 0x80) !== 0 ? started + n * 160 : started,
        advance: 160,
        drop: options.lose?.(n, packets.length) ?? false,
      });
      if (options.fast !== true) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.pressing = false;
  }

  /** Waits until what has been received satisfies; at most `limit` ms. */
  async until(satisfied: (packets: readonly Received[]) => boolean, what: string, limit = 8_000): Promise<void> {
    if (satisfied(this.received)) return;
    await new Promise<void>((resolve, reject) => {
      const hole: Hole = {
        until: satisfied,
        wake: () => {
          clearTimeout(timer);
          this.#waiting.delete(hole);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(hole);
        reject(new Error(`waited in vain for ${what}`));
      }, limit);
      this.#waiting.add(hole);
    });
  }

  /** All audio heard, packet after packet: what a busy machine skipped leaves no hole here. */
  heard(from = 0): Int16Array {
    const audio = this.received.slice(from).filter(({ payloadType }) => payloadType === 0 || payloadType === 8);
    return this.decode(Buffer.concat(audio.map(({ payload }) => payload)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stop) stop();
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }

  #wake(): void {
    for (const hole of this.#waiting) if (hole.until(this.received)) hole.wake();
  }
}
