import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFileBlobs } from '../../src/archive/blobs/file-blobs.ts';
import { openContainer } from '../../src/archive/container/open-container.ts';
import { openKeyStore } from '../../src/archive/keys/open-key-store.ts';
import { blobSource } from '../../src/archive/pipeline/pack-file.ts';
import { type SealAudioJob, sealAudio } from '../../src/archive/pipeline/seal-audio.ts';
import { openFlac } from '../../src/audio/flac/read-flac.ts';
import { MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { formatWav } from '../../src/audio/wav.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { conversation, RATE } from './conversation.ts';

export interface RecordingFigures {
  /** Encoded, decoded again and compared, encrypted, synced: seconds of audio a second. */
  readonly seal_times_real_time: number;
  readonly seal_cpu_seconds_an_hour: number;
  readonly megabytes_a_stereo_hour: number;
  readonly seek_p50_ms: number;
  readonly seek_max_ms: number;
}

/** @param folder - on the disk that is meant */
export async function benchRecordings(minutes: number, folder = '.'): Promise<RecordingFigures> {
  const own = await mkdtemp(join(folder, 'bench-archive-'));
  try {
    return await run(minutes, own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function run(minutes: number, folder: string): Promise<RecordingFigures> {
  const linear = conversation(minutes).map((codes) => Int16Array.from(codes, (code) => MULAW_TO_LINEAR[code] ?? 0));
  const wav = Buffer.from(formatWav(RATE, linear));
  const path = join(folder, 'audio.wav');
  await writeFile(path, wav);
  await mkdir(join(folder, 'work'));
  const keys = await openKeyStore(join(folder, 'keys'));
  const startedAt = wallMs(Date.now());
  const recording = newRecordingId(startedAt);
  const { key, wrapped } = await keys.createDataKey(recording, 'bench', startedAt);
  const job: SealAudioJob = {
    wav: { path, key: undefined, layout: { format: 'pcm16', rate: RATE, channels: 2 }, samples: (wav.length - 44) / 4 },
    wavSha256: createHash('sha256').update(wav).digest('hex'),
    header: {
      recording,
      name: 'audio.flac',
      mediaType: 'audio/flac',
      retentionClass: 'bench',
      policy: 'p',
      policyVersion: 1,
      key: wrapped,
    },
    key,
    to: join(folder, 'work', 'audio.rec'),
    frameSecret: randomBytes(32),
    needles: await keys.keysAbove(recording, wrapped.epoch),
    profile: 'international',
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  await sealAudio(job);
  const sealed = performance.now() - began;
  const used = process.cpuUsage(cpu);
  const { size } = await stat(job.to);
  const blobs = await openFileBlobs(join(folder, 'blobs'), Date.now);
  const ref = await blobs.put('bench/audio.rec', { file: job.to }, { mode: 'GOVERNANCE', until: startedAt });

  const seeks: number[] = [];
  for (let i = 0; i < 50; i++) {
    const from = Math.floor(Math.random() * (job.wav.samples - RATE));
    const start = performance.now();
    const opened = await openContainer(await blobSource(blobs, ref), ({ key: each }) =>
      keys.openDataKey(recording, each),
    );
    for await (const block of (await openFlac(opened)).read(from, from + RATE)) if (block.length > 0) break;
    seeks.push(performance.now() - start);
  }
  seeks.sort((a, b) => a - b);
  await keys[Symbol.asyncDispose]();
  const round = (value: number): number => Math.round(value * 10) / 10;
  return {
    seal_times_real_time: Math.round((minutes * 60_000) / sealed),
    seal_cpu_seconds_an_hour: round(((used.user + used.system) / 1e6) * (60 / minutes)),
    megabytes_a_stereo_hour: round((size / 1e6) * (60 / minutes)),
    seek_p50_ms: round(seeks[25] ?? 0),
    seek_max_ms: round(seeks.at(-1) ?? 0),
  };
}
