import { spawn } from 'node:child_process';
import { resampleTo8k } from '../../../audio/resample.ts';
import { IvrError } from '../../../domain/error.ts';
import { type Milliseconds, seconds } from '../../../domain/units.ts';
import { within } from '../../../lib/deadline.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { Slots } from '../../worker/slots.ts';
import { ESPEAK, espeakVoice } from './capabilities.ts';
import { absent, runEspeak } from './espeak-process.ts';
import { WavStream } from './wav-stream.ts';

export interface EspeakOptions {
  /** Name or path of the program. */
  readonly command?: string;
  /** Processes at the same time; further texts wait. */
  readonly processes?: number;
  /** For one text. */
  readonly limit?: Milliseconds;
}

const VOICE_NAME = /^[a-z][a-z0-9-]*(\+[a-z0-9-]+)?$/i;
const PROBE_LIMIT = seconds(5);
const PROBE_OUTPUT = 1_000;

/**
 * eSpeak NG as a subprocess: it is under GPL-3 and never enters our process.
 *
 * @throws IvrError SYNTHESIZER_UNREACHABLE when it is not installed
 */
export async function openEspeak(options: EspeakOptions = {}): Promise<Synthesizer> {
  const { command = 'espeak-ng', processes = 2, limit = seconds(15) } = options;
  const version = await probe(command);
  const slots = new Slots(processes);
  const closing = new AbortController();
  return {
    name: 'espeak-ng',
    version,
    capabilities: ESPEAK,
    async speak(clause, { language, voice = espeakVoice(language) }, signal) {
      if (voice === undefined || !VOICE_NAME.test(voice))
        throw new IvrError('SYNTHESIS_FAILED', 'espeak-ng has no voice for this language', {
          language,
          voice: voice ?? 'none',
        });
      const stop = AbortSignal.any([signal, closing.signal]);
      const leave = await slots.enter(stop);
      try {
        const text = clause.replaceAll('[[', '[ ['); // it would read phoneme names in double brackets
        const args = ['-v', voice, '-b', '1', '-z', '--stdin', '--stdout'];
        const wav = new WavStream();
        const spoken: Int16Array[] = [];
        for await (const bytes of runEspeak({ command, args, text, limit }, stop)) spoken.push(wav.push(bytes));
        if (wav.rate === undefined) throw new IvrError('SYNTHESIS_FAILED', 'the synthesizer wrote no audio');
        return resampleTo8k(joined(spoken), wav.rate);
      } finally {
        leave();
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await slots.empty();
    },
  };
}

/** @returns the version that the program states */
async function probe(command: string): Promise<string> {
  const child = spawn(command, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, PROBE_OUTPUT);
  });
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(absent(command, error)));
    child.once('close', (status) =>
      status === 0 ? resolve() : reject(absent(command, new Error(`ended with status ${status}`))),
    );
  });
  await within(exited, PROBE_LIMIT, 'starting espeak-ng').catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return /\d+(?:\.\d+)+\S*/.exec(output)?.[0] ?? 'unknown';
}

function joined(chunks: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
