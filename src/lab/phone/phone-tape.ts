import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { codecOf } from '../../audio/codecs.ts';
import { FrameDecoder } from '../../audio/frame-codec.ts';
import { formatWav } from '../../audio/wav.ts';
import { octetsPerSample } from '../../domain/codec.ts';
import { TELEPHONE_RATE } from '../../domain/units.ts';
import { samplesOf } from '../../recording/audio-record.ts';
import type { FromMediaToRecorder, TapChunk } from '../../recording/tap.ts';
import { unpackChunks } from '../../recording/tap-batch.ts';

/** A call's audio as the telephone had it, in memory: at most this long. */
const LONGEST_SAMPLES = 2 * 3600 * TELEPHONE_RATE;
/** Decoded at a time: 100 ms. */
const BLOCK = TELEPHONE_RATE / 10;

export interface PhoneTape extends Disposable {
  /** For a media worker (`MediaServer.connect`). */
  openChannel(): MessagePort;
  /** Stereo: left what we said, right what we heard. */
  wav(): Uint8Array;
}

/** Stands where a server has its recorder: collects both tracks of the telephone's one call. */
export function openPhoneTape(): PhoneTape {
  const chunks: TapChunk[] = [];
  const ports: MessagePort[] = [];
  return {
    openChannel() {
      const { port1, port2 } = new MessageChannel();
      port1.on('message', (message: FromMediaToRecorder) => {
        if (message.type === 'chunks') chunks.push(...unpackChunks(message.packed).chunks);
      });
      ports.push(port1);
      return port2;
    },
    wav() {
      const end = Math.min(LONGEST_SAMPLES, Math.max(0, ...chunks.map((chunk) => chunk.at + samplesOf(chunk))));
      const decoders: Partial<Record<string, FrameDecoder>> = {};
      const tracks = { said: new Int16Array(end), heard: new Int16Array(end) };
      for (const chunk of chunks) {
        const { at, payload, codec, track } = chunk;
        const width = octetsPerSample(codecOf(codec));
        const into = track === 'bot' ? tracks.said : tracks.heard;
        const decoder = (decoders[`${track} ${codec}`] ??= new FrameDecoder(codecOf(codec)));
        for (let from = 0; from < samplesOf(chunk); from += BLOCK) {
          const { samples } = decoder.decode(payload.subarray(from * width, (from + BLOCK) * width));
          into.set(samples.subarray(0, Math.max(0, end - at - from)), Math.min(end, at + from));
        }
      }
      return formatWav(TELEPHONE_RATE, [tracks.said, tracks.heard]);
    },
    [Symbol.dispose]() {
      for (const port of ports) port.close();
    },
  };
}
