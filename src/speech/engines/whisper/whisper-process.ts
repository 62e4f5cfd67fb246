import { once } from 'node:events';
import { asError, IvrError } from '../../../domain/error.ts';
import { checkedModel } from '../model-package.ts';
import { type CompiledGrammar, compileGrammar } from './compiled-grammar.ts';
import { type Frame, formatFrame, frameReader } from './frames.ts';
import { RECOGNIZER_PACKAGE } from './model-files.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import { understand } from './understand.ts';
import { loadWhisper, type WhisperModel } from './whisper-model.ts';

/*
 * The recognizer process: holds the model once and decodes what comes on standard input, several utterances at a time: their
 * steps take turns. It answers on standard output. The model blocks its thread for whole steps and may abort it, so it
 * lives alone. It ends when its input does.
 */

type Decode = Extract<ToProcess, { type: 'decode' }>;

const GRAMMARS = 64;
const WARM_UP = new Int16Array(8000).map((_, index) => 2000 * Math.sin(index * index * 1e-4));

const send = (message: FromProcess): void => {
  process.stdout.write(formatFrame(message));
};

const grammars = new Map<string, CompiledGrammar>();
/** The compiled grammar, the least recently used forgotten. */
function grammarFor(model: WhisperModel, { key, grammar, language }: Decode): CompiledGrammar | undefined {
  if (key === undefined) return undefined;
  const name = `${language} ${key}`;
  const compiled =
    grammars.get(name) ?? (grammar === undefined ? undefined : compileGrammar(grammar, model.vocabulary, language));
  if (compiled === undefined) return undefined;
  grammars.delete(name);
  grammars.set(name, compiled);
  const [oldest] = grammars.keys();
  if (grammars.size > GRAMMARS && oldest !== undefined) grammars.delete(oldest);
  return compiled;
}

/** The body's bytes lie anywhere in a pipe's chunk; samples want an even address. */
const samplesOf = (body: Buffer): Int16Array =>
  new Int16Array(Uint8Array.from(body.subarray(0, body.length & ~1)).buffer);

async function decode(model: WhisperModel, message: Decode, body: Buffer, signal: AbortSignal): Promise<FromProcess> {
  const { job, language, kind, orFree } = message;
  const began = performance.now();
  try {
    const grammar = grammarFor(model, message);
    if (message.key !== undefined && grammar === undefined) return { type: 'unknown-grammar', job };
    const understood = await understand(model, samplesOf(body), { language, kind, orFree, grammar }, signal);
    return { type: 'decoded', job, understood, decode_ms: performance.now() - began };
  } catch (thrown) {
    if (signal.aborted) return { type: 'cancelled', job };
    return { type: 'failed', job, message: asError(thrown).message };
  }
}

async function main(): Promise<void> {
  const threads = Number(process.argv[2] ?? 1);
  const model = await loadWhisper(await checkedModel(RECOGNIZER_PACKAGE), threads);
  const never = new AbortController().signal;
  await understand(model, WARM_UP, { language: 'en', kind: 'partial', orFree: true, grammar: undefined }, never);
  send({ type: 'ready' });
  const running = new Map<number, { readonly cancel: AbortController; readonly over: Promise<void> }>();
  const take = ({ head, body }: Frame): void => {
    const message = head as ToProcess; // written by whisper-child.ts, our other half
    if (message.type === 'close') process.stdin.destroy();
    else if (message.type === 'cancel') running.get(message.job)?.cancel.abort();
    else {
      const cancel = new AbortController();
      const over = decode(model, message, body, cancel.signal).then((answer) => {
        running.delete(message.job);
        send(answer);
      });
      running.set(message.job, { cancel, over });
    }
  };
  const read = frameReader();
  process.stdin.on('data', (bytes: Buffer) => {
    for (const frame of read(bytes)) take(frame);
  });
  await once(process.stdin, 'close');
  for (const { cancel } of running.values()) cancel.abort();
  await Promise.all([...running.values()].map(({ over }) => over));
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
