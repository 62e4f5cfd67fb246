import { once } from 'node:events';
import { asError, IvrError } from '../../../domain/error.ts';
import { type Frame, formatFrame, frameReader } from './frames.ts';
import { findModel } from './model-files.ts';
import { loadMoonshine, type MoonshineModel } from './moonshine-model.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import { TokenAutomaton } from './token-automaton.ts';
import { understand } from './understand.ts';

/*
 * A recognizer process: decodes what comes on standard input, one utterance after the other, and answers on standard
 * output. The model blocks its thread for whole steps and may abort it, so it lives alone. It ends when its input does.
 */

const AUTOMATA = 64;
const WARM_UP = new Int16Array(8000).map((_, index) => 2000 * Math.sin(index * index * 1e-4));

const send = (message: FromProcess): void => {
  process.stdout.write(formatFrame(message));
};

const automata = new Map<string, TokenAutomaton>();
/** The compiled grammar, the least recently used forgotten. */
function automatonFor(message: Extract<ToProcess, { type: 'decode' }>): TokenAutomaton | undefined {
  const { key, grammar } = message;
  if (key === undefined) return undefined;
  const automaton = automata.get(key) ?? (grammar === undefined ? undefined : new TokenAutomaton(grammar));
  if (automaton === undefined) return undefined;
  automata.delete(key);
  automata.set(key, automaton);
  const [oldest] = automata.keys();
  if (automata.size > AUTOMATA && oldest !== undefined) automata.delete(oldest);
  return automaton;
}

/** The body's bytes lie anywhere in a pipe's chunk; samples want an even address. */
const samplesOf = (body: Buffer): Int16Array =>
  new Int16Array(Uint8Array.from(body.subarray(0, body.length & ~1)).buffer);

async function decode(
  model: MoonshineModel,
  message: Extract<ToProcess, { type: 'decode' }>,
  body: Buffer,
  signal: AbortSignal,
): Promise<FromProcess> {
  const { job } = message;
  const automaton = automatonFor(message);
  if (message.key !== undefined && automaton === undefined) return { type: 'unknown-grammar', job };
  const began = performance.now();
  try {
    const understood = await understand(model, samplesOf(body), message, automaton, signal);
    return { type: 'decoded', job, understood, decode_ms: performance.now() - began };
  } catch (thrown) {
    if (signal.aborted) return { type: 'cancelled', job };
    return { type: 'failed', job, message: asError(thrown).message };
  }
}

async function main(): Promise<void> {
  const threads = Number(process.argv[2] ?? 1);
  const model = await loadMoonshine(findModel(), threads);
  await understand(model, WARM_UP, { orFree: true }, undefined, new AbortController().signal);
  send({ type: 'ready' });
  const cancels = new Map<number, AbortController>();
  let queue = Promise.resolve();
  const take = ({ head, body }: Frame): void => {
    const message = head as ToProcess; // written by moonshine-child.ts, our other half
    if (message.type === 'close') process.stdin.destroy();
    else if (message.type === 'cancel') cancels.get(message.job)?.abort();
    else {
      const cancel = new AbortController();
      cancels.set(message.job, cancel);
      queue = queue.then(async () => {
        send(await decode(model, message, body, cancel.signal));
        cancels.delete(message.job);
      });
    }
  };
  const read = frameReader();
  process.stdin.on('data', (bytes: Buffer) => {
    for (const frame of read(bytes)) take(frame);
  });
  await once(process.stdin, 'close');
  for (const cancel of cancels.values()) cancel.abort();
  await queue;
  await model.release();
}

// a terminal or a service manager signals the whole group; the line is drained first, and closes our input when it is done
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  await main();
} catch (thrown) {
  const error = asError(thrown);
  send({
    type: 'failed-to-start',
    code: error instanceof IvrError ? error.code : 'RECOGNITION_FAILED',
    message: error.message,
  });
  process.exitCode = 1;
}
