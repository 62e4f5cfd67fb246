import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { asError, type ErrorCode, IvrError } from '../../../domain/error.ts';
import { entryPoint } from '../../../lib/entry.ts';
import { nativeEnvironment } from '../../../lib/native-environment.ts';
import type { RecognitionRequest } from '../../speech-service.ts';
import { formatFrame, frameReader } from './frames.ts';
import { PendingAnswers } from './pending-answers.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import type { Understood } from './understand.ts';
import type { SpokenLanguage } from './vocabulary.ts';

export interface WhisperChild {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Several at a time. @throws IvrError RECOGNIZER_UNREACHABLE, RECOGNITION_FAILED, CANCELLED (as soon as the process has noticed) */
  decode(
    audio: Int16Array,
    request: RecognitionRequest,
    language: SpokenLanguage,
    signal: AbortSignal,
  ): Promise<{ readonly understood: Understood; readonly decode_ms: number }>;
  /** Lets it finish, at most so long; then kills it. */
  close(): Promise<void>;
  kill(): void;
}

const START_MS = 30_000;
/** Fifty times what an idle machine takes, for each of the utterances that share the process. */
const DECODE_MS = { fixed: 10_000, perSecond: 1_000 };
const CLOSE_MS = 2_000;
const STDERR_KEPT = 1_024;
/** Of the messages, the one that no job waits for. */
const STARTED = 0;
const START_CODES: readonly ErrorCode[] = ['MODEL_MISSING', 'MODEL_ALTERED'];

/**
 * Starts the recognizer process and waits until its model is checked and loaded.
 *
 * @param decoders - utterances that are decoded at the same time, at most
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, RECOGNIZER_UNREACHABLE
 */
export async function startWhisperChild(
  { decoders, threads }: { readonly decoders: number; readonly threads: number },
  signal: AbortSignal,
): Promise<WhisperChild> {
  const script = fileURLToPath(entryPoint(import.meta.url, './whisper-process.js'));
  const child = spawn(process.execPath, [script, String(threads)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: nativeEnvironment(),
  });
  const { stdin, stdout, stderr } = child;
  const pid = child.pid ?? 0;
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-STDERR_KEPT);
  });
  const gone = (why: string, cause?: unknown): IvrError =>
    new IvrError(
      'RECOGNIZER_UNREACHABLE',
      `the recognizer process ${why}`,
      { pid },
      cause ?? (complaint === '' ? undefined : new Error(complaint.trim())),
    );
  const pending = new PendingAnswers();
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  readMessages(
    stdout,
    (message) => pending.resolve('job' in message ? message.job : STARTED, message),
    (error) => {
      pending.failAll(gone('wrote nonsense', error));
      kill();
    },
  );
  stdin.on('error', () => undefined); // EPIPE: 'close' says the same
  child.once('error', (error) => pending.failAll(gone('did not start', error)));
  const ended = whenEnded(child, stdin).then(() =>
    pending.failAll(gone(`ended (${child.signalCode ?? child.exitCode ?? 'not started'})`)),
  );

  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  /** Waits for the answer to a job; a process that doesn't give it in time hangs and is killed. */
  const answerTo = async (job: number, limit: number): Promise<FromProcess> => {
    if (isOver()) throw gone('has ended');
    return await pending.of(job, limit, () => {
      pending.failAll(gone(`gave no answer in ${limit} ms`));
      kill();
    });
  };

  const self: WhisperChild = {
    pid,
    ended,
    kill,
    decode: decodesBy(stdin, answerTo, decoders),
    async close() {
      if (!isOver()) stdin.end(formatFrame({ type: 'close' } satisfies ToProcess));
      const timer = setTimeout(kill, CLOSE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const answer = await answerTo(STARTED, START_MS);
    if (answer.type === 'failed-to-start')
      throw new IvrError(START_CODES.find((code) => code === answer.code) ?? 'RECOGNIZER_UNREACHABLE', answer.message);
    return self;
  } catch (thrown) {
    kill();
    await ended;
    throw asError(thrown);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** Sends utterances, each grammar but once, and waits for what was understood. */
function decodesBy(
  stdin: Writable,
  answerTo: (job: number, limit: number) => Promise<FromProcess>,
  decoders: number,
): WhisperChild['decode'] {
  const grammars = new Set<string>();
  let jobs = STARTED;
  const attempt = async (
    audio: Int16Array,
    { grammar, kind, orFree }: RecognitionRequest,
    language: SpokenLanguage,
    signal: AbortSignal,
  ): Promise<FromProcess> => {
    const job = ++jobs;
    const limit = decoders * (DECODE_MS.fixed + DECODE_MS.perSecond * (audio.length / 8000));
    const answer = answerTo(job, limit);
    const known = grammar !== undefined && grammars.has(`${language} ${grammar.key}`);
    const about = grammar === undefined ? {} : known ? { key: grammar.key } : { key: grammar.key, grammar };
    const cancel = (): void => {
      stdin.write(formatFrame({ type: 'cancel', job } satisfies ToProcess));
    };
    signal.addEventListener('abort', cancel, { once: true });
    stdin.write(
      formatFrame(
        { type: 'decode', job, language, kind, orFree, ...about } satisfies ToProcess,
        new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength),
      ),
    );
    return answer.finally(() => signal.removeEventListener('abort', cancel));
  };
  return async (audio, request, language, signal) => {
    const key = request.grammar === undefined ? undefined : `${language} ${request.grammar.key}`;
    let answer = await attempt(audio, request, language, signal);
    if (answer.type === 'unknown-grammar' && key !== undefined) {
      grammars.delete(key);
      answer = await attempt(audio, request, language, signal);
    }
    if (answer.type === 'cancelled' || signal.aborted) throw new IvrError('CANCELLED', 'the decode was cancelled');
    if (answer.type !== 'decoded')
      throw new IvrError(
        'RECOGNITION_FAILED',
        answer.type === 'failed' ? answer.message : `the recognizer process answered ${answer.type}`,
      );
    if (key !== undefined) grammars.add(key);
    return answer;
  };
}

function readMessages(stdout: Readable, take: (message: FromProcess) => void, broken: (error: Error) => void): void {
  const read = frameReader();
  stdout.on('data', (bytes: Buffer) => {
    try {
      for (const { head } of read(bytes)) take(head as FromProcess); // written by whisper-process.ts, our other half
    } catch (thrown) {
      stdout.removeAllListeners('data').resume();
      broken(asError(thrown));
    }
  });
}

async function whenEnded(child: ChildProcess, stdin: Writable): Promise<void> {
  try {
    await once(child, 'close');
  } catch {
    // 'error' instead of 'close': it never started
  }
  stdin.destroy();
}
