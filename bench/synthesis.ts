import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { MessagePort } from 'node:worker_threads';
import { silentLogger } from '../src/lib/logger.ts';
import { openSpeechService } from '../src/speech/client/open-speech-service.ts';
import { openEspeak } from '../src/speech/engines/espeak/espeak.ts';
import { openNeuralVoice } from '../src/speech/engines/neural-voice/neural-voice.ts';
import type { ToMedia } from '../src/speech/speech-channel.ts';
import type { ClipId } from '../src/speech/speech-service.ts';
import { clauseAudio } from '../src/speech/synthesis/clause-audio.ts';
import { clausesOf } from '../src/speech/synthesis/clauses.ts';
import type { Synthesizer } from '../src/speech/synthesizer.ts';
import { sayWithFlite } from '../test/support/flite/say-with-flite.ts';

/*
 * Text → first chunk, CPU per second of speech, and what a cached clip costs on a line. flite, the voice of version 0.1, is
 * measured beside, in the same run: the first clause must not come later than it did.
 */

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
  /** From `say` to the first samples on the line, by the neural voice. */
  readonly say_to_first_chunk_p50_ms: number;
  readonly say_to_first_chunk_p95_ms: number;
}

type Speak = Pick<Synthesizer, 'name' | 'speak'>;

/** Engines take turns sentence by sentence, so that what else the machine does hits all alike. */
async function benchEngines(engines: readonly Speak[]): Promise<SynthesisFigures[]> {
  const counts = engines.map((engine) => ({ engine, firsts: [] as number[], cpu: 0, samples: 0 }));
  for (const engine of engines) await speak(engine, SENTENCES.join(' '));
  for (let round = 0; round < ROUNDS; round++)
    for (const sentence of SENTENCES)
      for (const count of counts) {
        const before = await cpuMs();
        const { first, samples } = await speak(count.engine, sentence);
        count.cpu += (await cpuMs()) - before;
        count.firsts.push(first);
        count.samples += samples;
      }
  return counts.map(({ engine, firsts, cpu, samples }) => ({
    engine: engine.name,
    first_chunk_p50_ms: quantile(firsts, 0.5),
    first_chunk_p95_ms: quantile(firsts, 0.95),
    cpu_ms_per_second_of_speech: cpu / (samples / 8000),
  }));
}

export async function benchLine(): Promise<LineFigures> {
  await using speech = await openSpeechService(
    {
      cacheDirectory: undefined,
      synthesizer: 'neural-voice',
      language: 'en-US',
      recognizer: 'none',
      recognizers: 0,
      queueLimit: 1,
    },
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
  await using voice = await openNeuralVoice({}, silentLogger);
  await using espeak = await openEspeak().catch(() => undefined); // not installed
  const flite: Speak = { name: 'flite', speak: (clause) => sayWithFlite(clause) };
  const engines = await benchEngines([voice, flite, ...(espeak === undefined ? [] : [espeak])]);
  return { engines, line: await benchLine() };
}

async function speak(engine: Speak, text: string): Promise<{ readonly first: number; readonly samples: number }> {
  const began = performance.now();
  let first: number | undefined;
  let samples = 0;
  for (const clause of clausesOf(text)) {
    const spoken = await engine.speak(clause, { language: 'en-US' }, new AbortController().signal);
    samples += clauseAudio(spoken, clause).length;
    first ??= performance.now() - began;
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

/** Of this process with all its threads, of its children, and of those that have ended (proc(5)). */
async function cpuMs(): Promise<number> {
  let ticks = 0;
  for (const pid of ['self', ...(await childPids())]) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    for (const field of pid === 'self' ? [13, 14] : [11, 12]) ticks += fields[field] ?? 0;
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + ticks * CLOCK_TICK_MS;
}

async function childPids(): Promise<readonly string[]> {
  const lists = await Promise.all(
    (await readdir('/proc/self/task')).map((task) =>
      readFile(`/proc/self/task/${task}/children`, 'latin1').catch(() => ''),
    ),
  );
  return lists
    .join(' ')
    .split(' ')
    .filter((pid) => pid !== '');
}

if (process.argv[1]?.endsWith('synthesis.js') === true) console.log(JSON.stringify(await benchSynthesis(), null, 2));
