import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { MessagePort } from 'node:worker_threads';
import { silentLogger } from '../src/lib/logger.ts';
import { openSpeechService } from '../src/speech/client/open-speech-service.ts';
import { openEspeak } from '../src/speech/engines/espeak/espeak.ts';
import { openFlite } from '../src/speech/engines/flite/flite.ts';
import type { ToMedia } from '../src/speech/speech-channel.ts';
import type { ClipId } from '../src/speech/speech-service.ts';
import type { Synthesizer } from '../src/speech/synthesizer.ts';

/* Text → first chunk, CPU per second of speech, and what a cached clip costs on a line. */

const SENTENCES = [
  'Please say or key in your account number.',
  'Your balance is one thousand two hundred and thirty four dollars.',
  'Thank you for calling. This call is recorded. How may I help you today?',
  'I am sorry, I did not understand that. You can also press the keys of your telephone.',
];
const ROUNDS = 10;
const CLOCK_TICK_MS = 10;

export interface SynthesisFigures {
  readonly engine: string;
  /** Milliseconds from the text to the first audio: median and 95th percentile. */
  readonly first_chunk_p50_ms: number;
  readonly first_chunk_p95_ms: number;
  readonly cpu_ms_per_second_of_speech: number;
}

export interface LineFigures {
  /** From `fetch-clip` to the last sample of a cached clip, over a port between threads. */
  readonly cached_fetch_p50_us: number;
  readonly cached_fetch_p95_us: number;
  /** From `say` to the first samples on the line, by flite. */
  readonly say_to_first_chunk_p50_ms: number;
  readonly say_to_first_chunk_p95_ms: number;
}

export async function benchEngine(synthesizer: Synthesizer): Promise<SynthesisFigures> {
  const firsts: number[] = [];
  let samples = 0;
  await speak(synthesizer, 'Warm up.');
  const before = await cpuMs();
  for (let round = 0; round < ROUNDS; round++)
    for (const sentence of SENTENCES) {
      const spoken = await speak(synthesizer, sentence);
      firsts.push(spoken.first);
      samples += spoken.samples;
    }
  return {
    engine: synthesizer.name,
    first_chunk_p50_ms: quantile(firsts, 0.5),
    first_chunk_p95_ms: quantile(firsts, 0.95),
    cpu_ms_per_second_of_speech: ((await cpuMs()) - before) / (samples / 8000),
  };
}

export async function benchLine(): Promise<LineFigures> {
  await using speech = await openSpeechService(
    { cacheDir: undefined, synthesizer: 'flite', language: 'en-US', recognizer: 'none', recognizers: 0, queueLimit: 1 },
    silentLogger,
  );
  const line = speech.openChannel();
  const cached: number[] = [];
  const [sentence = ''] = SENTENCES;
  const clip = speech.say({ text: sentence, language: 'en-US', kind: 'static' });
  await fetchClip(line, clip);
  for (let round = 0; round < 500; round++) cached.push((await fetchClip(line, clip)).whole * 1000);
  const live: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const text of SENTENCES) {
      const said = speech.say({ text, language: 'en-US', kind: 'dynamic' });
      live.push((await fetchClip(line, said)).first);
      speech.release([said]);
    }
  line.close();
  return {
    cached_fetch_p50_us: quantile(cached, 0.5),
    cached_fetch_p95_us: quantile(cached, 0.95),
    say_to_first_chunk_p50_ms: quantile(live, 0.5),
    say_to_first_chunk_p95_ms: quantile(live, 0.95),
  };
}

export async function benchSynthesis(): Promise<{
  readonly engines: readonly SynthesisFigures[];
  readonly line: LineFigures;
}> {
  const engines: SynthesisFigures[] = [];
  for (const open of [openFlite, openEspeak]) {
    const synthesizer = await open().catch(() => undefined);
    if (synthesizer === undefined) continue; // espeak-ng is not installed
    engines.push(await benchEngine(synthesizer));
    await synthesizer[Symbol.asyncDispose]();
  }
  return { engines, line: await benchLine() };
}

async function speak(
  synthesizer: Synthesizer,
  text: string,
): Promise<{ readonly first: number; readonly samples: number }> {
  const began = performance.now();
  let first: number | undefined;
  let samples = 0;
  for await (const chunk of synthesizer.synthesize(text, { language: 'en-US' }, new AbortController().signal)) {
    first ??= performance.now() - began;
    samples += chunk.length;
  }
  return { first: first ?? Number.NaN, samples };
}

async function fetchClip(line: MessagePort, clip: ClipId): Promise<{ readonly first: number; readonly whole: number }> {
  const began = performance.now();
  let first: number | undefined;
  line.postMessage({ type: 'fetch-clip', clip });
  for (;;) {
    const [message]: ToMedia[] = await once(line, 'message');
    if (message?.clip !== clip || message.type === 'clip-forgotten') continue;
    if (message.type === 'clip-failed') throw new Error(message.code);
    first ??= performance.now() - began;
    if (message.last) return { first, whole: performance.now() - began };
  }
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

/** Of this process with all its threads, and of its children that have ended (proc(5): cutime, cstime). */
async function cpuMs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  const stat = await readFile('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const children = (Number(fields[13]) + Number(fields[14])) * CLOCK_TICK_MS;
  return (user + system) / 1000 + children;
}

if (process.argv[1]?.endsWith('synthesis.js') === true) console.log(JSON.stringify(await benchSynthesis(), null, 2));
