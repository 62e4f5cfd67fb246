import { PCMU } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { lawOf } from '../../src/audio/g711-law.ts';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
import { legSample, rtpTicks, sharedMs, wallMs, ms } from '../../src/domain/units.ts';
import { newHeardPacket } from '../../src/media/engine/heard-packet.ts';
import { LegPipeline } from '../../src/media/engine/leg-pipeline.ts';
import type { EndpointKey, MediaEvent } from '../../src/media/engine/media-protocol.ts';
import { TapChannel } from '../../src/media/engine/tap-channel.ts';
import type { TapChunk, TapGap } from '../../src/recording/tap.ts';
import { Timeline } from '../../src/rtp/timeline.ts';

const FRAME = 160;

/**
 * A leg on a clock in the test's hand: what a caller says in real time reaches it when the test lets it, so that every stall
 * of the network, of the sender or of the thread is the same each time.
 */
export class SecretLine {
  now = 1_000;
  readonly events: MediaEvent[] = [];
  readonly chunks: TapChunk[] = [];
  readonly pipeline: LegPipeline;
  readonly #decoder = new FrameDecoder(PCMU);
  readonly #timeline = new Timeline();
  readonly #held: { readonly timestamp: number; readonly payload: Uint8Array; readonly sequence: number }[] = [];
  #sequence = 0;
  #timestamp = 8_000;
  #grid = 0;
  #closed = false;

  constructor() {
    const tapChannel = new TapChannel();
    tapChannel.push = (chunk) => void this.chunks.push(chunk);
    this.pipeline = new LegPipeline(
      {
        record: {
          recording: newRecordingId(1_700_000_000_000),
          wall: wallMs(0),
          shared: sharedMs(performance.timeOrigin),
          track: 'agent',
        },
        listen: false,
        emit: (event) => void this.events.push(event),
      },
      {
        voice: {
          play: () => undefined,
          stop: () => undefined,
          resume: () => undefined,
          pauseForSpeech: () => undefined,
          stopForKey: () => undefined,
        },
        keyHeld: () => false,
      },
      {
        options: { rtpTimeoutMs: 30_000, voiceActivity: 'off', inbandDtmf: true },
        clips: { get: () => undefined } as never,
        clipOverdue: () => false,
        tapChannel,
        now: () => ms(this.now),
        shared: () => sharedMs(performance.timeOrigin + this.now),
        silero: () => undefined,
        cname: 'test',
        speech: () => true,
      },
    );
    this.pipeline.useMedia({
      codec: 'PCMU',
      payloadType: 0,
      telephoneEvent: undefined,
      eventTypes: [],
      remote: undefined,
      send: true,
      receive: true,
      held: false,
    });
  }

  get digits(): number {
    return this.events.filter(({ type }) => type === 'digit').length;
  }

  secure(on: boolean): void {
    this.pipeline.command({ endpoint: 1 as EndpointKey, type: 'secure', on });
  }

  /**
   * The caller says this, 20 ms at a time; the time goes on with it.
   *
   * @param how - 'stalled': the packets wait, and come before the next that does not; 'deaf': and our thread has no tick either;
   * 'suppressed': none is sent, as by silence suppression
   */
  say(samples: Int16Array, how: 'now' | 'stalled' | 'deaf' | 'suppressed' = 'now'): void {
    const { fromLinear } = lawOf('PCMU');
    for (let at = 0; at < samples.length; at += FRAME) {
      const payload = new Uint8Array(FRAME).map((_, i) => fromLinear[(samples[at + i] ?? 0) & 0xffff] ?? 0);
      if (how !== 'suppressed') this.#held.push({ timestamp: this.#timestamp, payload, sequence: this.#sequence++ });
      this.#timestamp += FRAME;
      this.now += 20;
      if (how === 'now') this.#deliver();
      if (how !== 'deaf') this.#tick();
    }
  }

  /** What has been sent so far is lost. */
  lose(): void {
    this.#held.length = 0;
  }

  hangUp(): void {
    this.#deliver();
    this.#closed = true;
    this.pipeline.close();
  }

  /** The track, and what the recorder is told is missing. */
  get recorded(): { readonly samples: Int16Array; readonly gaps: readonly TapGap[] } {
    if (!this.#closed) this.hangUp();
    const end = Math.max(...this.chunks.map(({ at, payload }) => at + payload.length));
    const samples = new Int16Array(end);
    for (const { at, payload } of this.chunks)
      for (const [i, code] of payload.entries()) samples[at + i] = MULAW_TO_LINEAR[code] ?? 0;
    return { samples, gaps: this.chunks.flatMap(({ gaps }) => gaps) };
  }

  #deliver(): void {
    for (const { timestamp, payload, sequence } of this.#held.splice(0)) {
      const { at } = this.#timeline.place(rtpTicks(timestamp), this.pipeline.position(), FRAME);
      const packet = {
        ...newHeardPacket(),
        ...this.#decoder.decode(payload),
        at: legSample(at),
        count: payload.length,
        codec: PCMU,
        payload,
        sequence: sequence & 0xffff,
        timestamp,
        ssrc: 1,
      };
      this.pipeline.hear(packet, false);
    }
  }

  #tick(): void {
    const position = Math.floor(this.pipeline.position());
    const due = Math.max(0, Math.floor((position - this.#grid) / FRAME) - 1);
    this.#grid = this.pipeline.place(ms(this.now), this.#grid === 0 ? 0 : due * FRAME) + FRAME;
    this.pipeline.tick(legSample(this.#grid));
  }
}

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1_209, 1_336, 1_477];

/** Of 20 ms, in which a key's two tones are most of the sound. */
export function toneWindows(samples: Int16Array): number {
  let count = 0;
  for (let at = 0; at + FRAME <= samples.length; at += FRAME / 2) {
    const window = samples.subarray(at, at + FRAME);
    const strongest = (all: readonly number[]): number =>
      all.reduce((best, hz) => (powerAt(window, hz) > powerAt(window, best) ? hz : best));
    const [row, column] = [strongest(ROWS), strongest(COLUMNS)];
    if (powerAt(window, row) < 2_000 || powerAt(window, column) < 2_000) continue;
    if (shareAt(window, row) + shareAt(window, column) > 0.7) count += 1;
  }
  return count;
}

/** Milliseconds in which 600 Hz prevail. */
export function speechMs(samples: Int16Array): number {
  let count = 0;
  for (let at = 0; at + 80 <= samples.length; at += 80) {
    const window = samples.subarray(at, at + 80);
    if (powerAt(window, 600) > 10_000 && shareAt(window, 600) > 0.6) count += 10;
  }
  return count;
}
