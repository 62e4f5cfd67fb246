import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeMulaw } from '../src/audio/g711.ts';
import { tone } from '../src/audio/tone.ts';
import { newContactId } from '../src/domain/ids.ts';
import { mintRecording } from '../src/domain/recording-origin.ts';
import { recordingSample, wallMs } from '../src/domain/units.ts';
import { sharedNow, systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { TAP_CHUNK_MS } from '../src/recording/loss-limits.ts';
import { openRecorder } from '../src/recording/open-recorder.ts';
import type { Recording } from '../src/recording/recorder.ts';
import type { TapChunk } from '../src/recording/tap.ts';
import { packChunks } from '../src/recording/tap-batch.ts';

/* What recording costs: calls of two tracks, in the chunks that the media workers' taps send them; then all are sealed at once. */

const CHUNK_SAMPLES = TAP_CHUNK_MS * 8;
const CHUNK_MS = TAP_CHUNK_MS;
const TICK_MS = 20;

export interface RecordingFigures {
  readonly calls: number;
  /** From `open` to the log's head being durable, all calls at once; and one after the other. */
  readonly open_together_max_ms: number;
  readonly open_alone_p50_ms: number;
  readonly open_alone_p99_ms: number;
  /** All threads but the one that makes the audio, of one core. */
  readonly cpu_percent: number;
  readonly cpu_percent_per_call: number;
  /** Of the worst recording, how long its oldest record had not been synced, by samples every 20 ms. */
  readonly unsynced_p50_ms: number;
  readonly unsynced_p99_ms: number;
  readonly unsynced_max_ms: number;
  /** What the process wrote, and with how many system calls (proc(5): io), files of the spool all. */
  readonly written_kb_per_s: number;
  readonly writes_per_s: number;
  /** For a minute of call: rendering, manifest, re-reading. Undefined: nothing was sealed. */
  readonly seal_ms_per_minute: number | undefined;
}

export interface RecordingBench {
  readonly calls?: number;
  readonly seconds?: number;
  /** On the disk that is meant; /tmp may be memory. */
  readonly folder?: string;
  /** The calls are thrown away when they end. */
  readonly spoolOnly?: boolean;
}

export async function benchRecording({
  calls = 150,
  seconds = 20,
  folder = 'recordings',
  spoolOnly = false,
}: RecordingBench = {}): Promise<RecordingFigures> {
  await mkdir(folder, { recursive: true });
  const recordingsDirectory = await mkdtemp(join(folder, 'bench-'));
  try {
    return await record(calls, seconds, recordingsDirectory, spoolOnly);
  } finally {
    await rm(recordingsDirectory, { recursive: true, force: true });
  }
}

async function record(
  calls: number,
  seconds: number,
  recordingsDirectory: string,
  spoolOnly: boolean,
): Promise<RecordingFigures> {
  const retention = { class: 'bench', policy: 'bench', policy_version: 1, years: 1 };
  await using recorder = await openRecorder({ recordingsDirectory, retention }, systemClock, silentLogger);
  const open = (): Promise<Recording> =>
    recorder.open({
      ...mintRecording(wallMs(Date.now()), sharedNow()),
      contact: newContactId(Date.now()),
      from: '',
      to: '',
      direction: 'inbound',
      sipCallId: '',
      codec: 'PCMU',
    });
  const timed = async (): Promise<{ readonly took: number; readonly recording: Recording }> => {
    const began = performance.now();
    const recording = await open();
    return { took: performance.now() - began, recording };
  };
  const alone: Awaited<ReturnType<typeof timed>>[] = [];
  for (let n = 0; n < Math.ceil(calls / 2); n++) alone.push(await timed());
  const together = await Promise.all(Array.from({ length: Math.floor(calls / 2) }, timed));
  const recordings = [...alone, ...together].map(({ recording }) => recording);

  const line = recorder.openChannel();
  const voice = encodeMulaw(tone([440], CHUNK_SAMPLES));
  const unsynced: number[] = [];
  const ioBefore = written();
  const cpuBefore = otherThreadsCpuMs();
  const began = performance.now();
  for (let tick = 0; performance.now() < began + seconds * 1_000; tick++) {
    const chunks: TapChunk[] = [];
    for (const [n, { id }] of recordings.entries()) {
      const phase = n % (CHUNK_MS / TICK_MS);
      if (tick % (CHUNK_MS / TICK_MS) !== phase) continue;
      const at = Math.floor(tick / (CHUNK_MS / TICK_MS)) * CHUNK_SAMPLES;
      for (const track of ['customer', 'bot'])
        chunks.push({
          recording: id,
          track,
          codec: 'PCMU',
          at: recordingSample(at),
          payload: voice.slice(0, CHUNK_SAMPLES),
          gaps: [],
        });
    }
    if (chunks.length > 0) {
      const packed = packChunks(chunks);
      line.postMessage({ type: 'chunks', packed }, [packed.buffer]);
    }
    unsynced.push(recorder.backlog().oldestUnsyncedMs);
    await sleep(Math.max(0, began + (tick + 1) * TICK_MS - performance.now()));
  }
  const cpu = otherThreadsCpuMs() - cpuBefore;
  const elapsed = performance.now() - began;
  const io = written();
  for (const { id } of recordings)
    for (const track of ['customer', 'bot']) line.postMessage({ type: 'track-closed', recording: id, track });
  const sealMsPerMinute = spoolOnly ? await discardAll(recordings) : await sealAll(recordings);
  line.close();
  const aloneTook = alone.map(({ took }) => took);
  return {
    calls,
    open_together_max_ms: Math.round(Math.max(...together.map(({ took }) => took))),
    open_alone_p50_ms: at(aloneTook, 0.5),
    open_alone_p99_ms: at(aloneTook, 0.99),
    cpu_percent: Math.round((1_000 * cpu) / elapsed) / 10,
    cpu_percent_per_call: Math.round((100_000 * cpu) / elapsed / calls) / 1_000,
    unsynced_p50_ms: at(unsynced, 0.5),
    unsynced_p99_ms: at(unsynced, 0.99),
    unsynced_max_ms: at(unsynced, 1),
    written_kb_per_s: Math.round((io.bytes - ioBefore.bytes) / elapsed),
    writes_per_s: Math.round((10_000 * (io.calls - ioBefore.calls)) / elapsed) / 10,
    seal_ms_per_minute: sealMsPerMinute,
  };
}

async function discardAll(recordings: readonly Recording[]): Promise<undefined> {
  await Promise.all(recordings.map((recording) => recording.discard()));
  return undefined;
}

async function sealAll(recordings: readonly Recording[]): Promise<number> {
  const began = performance.now();
  const sealed = await Promise.all(recordings.map((recording) => recording.seal()));
  const took = performance.now() - began;
  const minutes = sealed.reduce((sum, { duration }) => sum + duration, 0) / 60_000;
  const problems = sealed.flatMap((one) => one.problems);
  if (problems.length > 0) throw new Error(`recordings have problems: ${problems.slice(0, 3).join('; ')}`);
  return Math.round((10 * took) / minutes) / 10;
}

/** Of this process so far. */
function written(): { readonly bytes: number; readonly calls: number } {
  const io = readFileSync('/proc/self/io', 'utf8');
  const value = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1]);
  return { bytes: value('write_bytes'), calls: value('syscw') };
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)) / 10;
}

/** CPU time of this process without its main thread, ms (proc(5): stat, fields 14 and 15, in hundredths of a second). */
function otherThreadsCpuMs(): number {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (user + system) / 1_000 - (Number(fields[11]) + Number(fields[12])) * 10;
}

if (process.argv[1]?.endsWith('recording.js') === true) {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '150' },
      seconds: { type: 'string', default: '20' },
      folder: { type: 'string', default: 'recordings' },
      'spool-only': { type: 'boolean', default: false },
    },
    strict: false,
  });
  const figures = await benchRecording({
    calls: Number(values.calls),
    seconds: Number(values.seconds),
    folder: String(values.folder),
    spoolOnly: values['spool-only'] === true,
  });
  console.log(JSON.stringify(figures, null, 2));
}
