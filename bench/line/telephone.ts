import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { FRAME_SAMPLES } from '../../src/domain/units.ts';
import { DigitSender } from '../../src/media/embedded/digit-sender.ts';
import { RtpSender } from '../../src/media/embedded/rtp-sender.ts';
import type { Ticker } from '../../src/media/engine/playout-clock.ts';
import { newRtpView, parseRtp } from '../../src/rtp/packet.ts';

/** A sample louder than this belongs to speech, in either direction. */
export const AUDIBLE = 400;
const SILENCE = 0xff;
const EVENT_PAYLOAD = 101;
const RECEIVE_BUFFER = 1 << 20;

/** A piece of µ-law audio, and where within it speech begins and ends. */
export interface Utterance {
  readonly audio: Uint8Array;
  /** Of the first and behind the last audible sample. */
  readonly from: number;
  readonly to: number;
}

export interface Received {
  /** How much later than its stream's quickest packet each packet came, ms. */
  readonly lateness: readonly number[];
  readonly packets: number;
  /** Missing sequence numbers, and 20 ms that the server left out. */
  readonly lost: number;
}

const view = newRtpView();
const AUDIBLE_CODE = Uint8Array.from({ length: 256 }, (_, code) =>
  Math.abs(MULAW_TO_LINEAR[code] ?? 0) > AUDIBLE ? 1 : 0,
);

/** One caller's RTP, µ-law, a packet per tick: what it says, and when what it hears comes. */
export class Telephone implements Ticker {
  /** Of the last audible packet; `performance.now()`. */
  soundedAt = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<(at: number) => void>();
  readonly #socket: Socket;
  readonly #sender = new RtpSender();
  readonly #digits = new DigitSender();
  /** Said again and again; empty: silence. */
  readonly #loop: Uint8Array;
  #loopAt: number;
  #saying: { readonly utterance: Utterance; at: number; readonly done: (spoke: Spoke) => void } | undefined;
  #onsetAt = 0;
  #listens = false;
  #transits: number[] = [];
  #counting = false;
  #sequence: number | undefined;
  #timestamp = 0;
  /** Of the stream, ms, without the wrap of its timestamps. */
  #elapsed = 0;
  #lost = 0;

  private constructor(socket: Socket, loop: Uint8Array, offset: number) {
    this.#socket = socket;
    this.#loop = loop;
    this.#loopAt = loop.length === 0 ? 0 : (offset * FRAME_SAMPLES * 37) % loop.length;
    socket.on('message', (bytes) => this.#take(bytes, performance.now()));
  }

  static async open(loop: Uint8Array, offset: number): Promise<Telephone> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Telephone(socket, loop, offset);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async connect(port: number): Promise<void> {
    this.#socket.connect(port, '127.0.0.1');
    await once(this.#socket, 'connect');
    this.#socket.on('error', () => undefined); // the server's port has gone: refused by ICMP
  }

  close(): void {
    this.#socket.close();
  }

  /** Counts from now on what comes. */
  startCounting(): void {
    this.#transits = [];
    this.#lost = 0;
    this.#sequence = undefined;
    this.#counting = true;
  }

  stopCounting(): Received {
    this.#counting = false;
    const best = this.#transits.reduce((a, b) => Math.min(a, b), Infinity);
    return {
      lateness: this.#transits.map((transit) => transit - best),
      packets: this.#transits.length,
      lost: this.#lost,
    };
  }

  press(digits: string): void {
    this.#digits.send(digits);
  }

  /** Resolves when the packet with the last of the speech has gone. */
  say(utterance: Utterance): Promise<Spoke> {
    return new Promise((done) => {
      this.#saying = { utterance, at: 0, done };
    });
  }

  /** Told the time of every audible packet. @returns a function that ends it */
  onSound(listener: (at: number) => void): () => void {
    this.#listens = true;
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tick(): void {
    if (this.#digits.busy) {
      const event = this.#digits.next(this.#sender.timestamp);
      if (event !== undefined)
        return this.#socket.send(this.#sender.event(EVENT_PAYLOAD, event.marker, event.payload, event.startedAt));
    }
    const payload = this.#sender.payload.subarray(0, FRAME_SAMPLES);
    if (this.#saying !== undefined) this.#speak(payload);
    else if (this.#loop.length > 0) {
      payload.set(this.#loop.subarray(this.#loopAt, this.#loopAt + FRAME_SAMPLES));
      this.#loopAt = (this.#loopAt + FRAME_SAMPLES) % this.#loop.length;
    } else payload.fill(SILENCE);
    this.#socket.send(this.#sender.audio(0, this.#sender.packets === 0, FRAME_SAMPLES));
  }

  #speak(payload: Uint8Array): void {
    const saying = this.#saying;
    if (saying === undefined) return;
    const { audio, from, to } = saying.utterance;
    const begin = saying.at;
    const end = begin + FRAME_SAMPLES;
    payload.fill(SILENCE);
    payload.set(audio.subarray(begin, end));
    saying.at = end;
    const now = performance.now();
    if (from >= begin && from < end) this.#onsetAt = now;
    if (to > end) return;
    this.#saying = undefined;
    saying.done({ onsetAt: this.#onsetAt, endAt: now });
  }

  #take(bytes: Buffer, now: number): void {
    if (!parseRtp(bytes, bytes.length, view)) return;
    if (this.#listens && this.#audible(bytes)) {
      this.soundedAt = now;
      for (const listener of this.#listeners) listener(now);
    }
    if (!this.#counting) return;
    const { sequence, timestamp } = view;
    if (this.#sequence !== undefined) {
      const packets = (sequence - this.#sequence) & 0xffff;
      const passed = (timestamp - this.#timestamp) | 0;
      const frames = Math.round(passed / FRAME_SAMPLES);
      this.#elapsed += passed / 8;
      this.#lost += Math.max(0, packets - 1, frames - 1);
    }
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#transits.push(now - this.#elapsed);
  }

  #audible(bytes: Buffer): boolean {
    for (let i = view.payloadStart; i < view.payloadEnd; i++) if (AUDIBLE_CODE[bytes[i] ?? SILENCE] === 1) return true;
    return false;
  }
}

/** When the packets with the first and the last of the speech were sent; `performance.now()`. */
export interface Spoke {
  readonly onsetAt: number;
  readonly endAt: number;
}
