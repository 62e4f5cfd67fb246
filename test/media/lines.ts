import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { codecOf } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { lawOf } from '../../src/audio/g711-law.ts';
import { tone } from '../../src/audio/tone.ts';
import type { FromMediaToRecorder, TapChunk, TapGap } from '../../src/recording/tap.ts';
import { unpackChunks } from '../../src/recording/tap-batch.ts';
import { gapsOf, layOutTracks } from '../../src/recording/track-timeline.ts';
import type { FromMedia, ToMedia } from '../../src/speech/speech-channel.ts';
import type { ClipId } from '../../src/speech/speech-service.ts';

/* The two neighbours of the media engine, as lines: a speech worker that knows a few clips, a recorder that keeps chunks. */

export const clipId = (name: string): ClipId => name as ClipId;

/** Samples that are all different, so that any loss, gap or repetition shows. G.711-exact: a ramp over the codes. */
export const ramp = (count: number, from = 0): Int16Array => {
  const { toLinear } = lawOf('PCMU');
  return Int16Array.from({ length: count }, (_, i) => toLinear[(Math.imul(i + from, 2654435761) >>> 16) & 0x7f] ?? 0);
};

export class FakeSpeech implements AsyncDisposable {
  readonly clips = new Map<string, Int16Array>();
  readonly asked: string[] = [];
  readonly utterances: { readonly job: number; readonly samples: Int16Array }[] = [];
  /** Clips that are sent by hand: by `chunk`. */
  readonly manual = new Set<string>();
  readonly #ports = new Set<MessagePort>();
  #wake: (() => void)[] = [];

  open = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    this.#ports.add(port1);
    port1.on('message', (message: FromMedia) => {
      if (message.type === 'utterance') this.utterances.push({ job: message.job, samples: message.samples });
      else {
        this.asked.push(message.clip);
        const samples = this.clips.get(message.clip);
        if (samples !== undefined)
          port1.postMessage({
            type: 'clip-chunk',
            clip: message.clip,
            offset: 0,
            samples,
            last: true,
            keep: true,
          } satisfies ToMedia);
        else if (!this.manual.has(message.clip))
          port1.postMessage({ type: 'clip-failed', clip: message.clip, code: 'SYNTHESIS_FAILED' } satisfies ToMedia);
      }
      for (const wake of this.#wake.splice(0)) wake();
    });
    port1.on('close', () => this.#ports.delete(port1));
    return port2;
  };

  tone(name: string, hz: number, count: number): ClipId {
    this.clips.set(name, tone([hz], count));
    return clipId(name);
  }

  clip(name: string, samples: Int16Array): ClipId {
    this.clips.set(name, samples);
    return clipId(name);
  }

  send(message: ToMedia): void {
    for (const port of this.#ports) port.postMessage(message);
  }

  async until(satisfied: () => boolean, what: string, limit = 8_000): Promise<void> {
    const deadline = performance.now() + limit;
    while (!satisfied()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#ports) port.close();
  }
}

export class FakeRecorder implements AsyncDisposable {
  readonly chunks: TapChunk[] = [];
  readonly closed: string[] = [];
  /** The oldest sample of a chunk at its arrival, ms, by the recording's clock, when `openedAt` is known. */
  readonly #ports = new Set<MessagePort>();
  #wake: (() => void)[] = [];

  open = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    this.#ports.add(port1);
    port1.on('message', (message: FromMediaToRecorder) => {
      if (message.type === 'chunks') this.chunks.push(...unpackChunks(message.packed).chunks);
      else this.closed.push(message.track);
      for (const wake of this.#wake.splice(0)) wake();
    });
    port1.on('close', () => this.#ports.delete(port1));
    return port2;
  };

  of(track: string): TapChunk[] {
    return this.chunks.filter((chunk) => chunk.track === track);
  }

  /** One track put together; checks that chunks follow each other. */
  track(track: string): { readonly from: number; readonly samples: Int16Array; readonly gaps: readonly TapGap[] } {
    const chunks = this.of(track);
    const from = chunks[0]?.at ?? 0;
    let end = from;
    for (const { at, payload, gaps } of chunks) {
      // what came late fills what was handed on as missing
      const late = at < end && at >= from && at + payload.length <= end && gaps.length === 0;
      if (at !== end && !late) throw new Error(`track ${track}: chunk at ${at}, expected ${end}`);
      if (!late) end += payload.length;
    }
    const samples = new Int16Array(end - from);
    const decoder = new FrameDecoder(codecOf(chunks[0]?.codec ?? 'PCMU'));
    for (const { at, payload } of chunks)
      for (let i = 0; i < payload.length; i += 160)
        samples.set(decoder.decode(payload.subarray(i, i + 160)).samples, at - from + i);
    const pieces = chunks.map((chunk, n) => ({
      ...chunk,
      sequence: n + 1,
      length: chunk.payload.length,
      octets: () => chunk.payload,
    }));
    const gaps = layOutTracks(pieces).flatMap((timeline) => gapsOf(timeline, end)) as readonly TapGap[];
    return { from, samples, gaps };
  }

  async until(satisfied: () => boolean, what: string, limit = 8_000): Promise<void> {
    const deadline = performance.now() + limit;
    while (!satisfied()) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of this.#ports) port.close();
  }
}
