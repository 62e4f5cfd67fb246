import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { asError, IvrError } from '../../../domain/error.ts';
import { entryPoint } from '../../../lib/entry.ts';
import { nativeEnvironment } from '../../../lib/native-environment.ts';
import type { RecognitionRequest } from '../../speech-service.ts';
import { formatFrame, frameReader } from './frames.ts';
import type { FromProcess, ToProcess } from './process-messages.ts';
import type { Understood } from './understand.ts';

export interface MoonshineChild {
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** One at a time. @throws IvrError RECOGNIZER_UNREACHABLE, RECOGNITION_FAILED, CANCELLED (as soon as the process has noticed) */
  decode(
    audio: Int16Array,
    request: RecognitionRequest,
    signal: AbortSignal,
  ): Promise<{ readonly understood: Understood; readonly decode_ms: number }>;
  /** Lets it finish, at most so long; then kills it. */
  close(): Promise<void>;
  kill(): void;
}

interface Waiting {
  readonly job: number;
  resolve(message: FromProcess): void;
  reject(error: Error): void;
}

const START_MS = 30_000;
/** Thirty times what an idle machine takes. */
const DECODE_MS = { fixed: 5_000, perSecond: 1_000 };
const CLOSE_MS = 2_000;
const STDERR_KEPT = 1_024;

/**
 * Starts a recognizer process and waits until its model is loaded.
 *
 * @throws IvrError MODEL_MISSING, RECOGNIZER_UNREACHABLE
 */
export async function startMoonshineChild(threads: number, signal: AbortSignal): Promise<MoonshineChild> {
  const script = fileURLToPath(entryPoint(import.meta.url, './moonshine-process.js'));
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
  let waiting: Waiting | undefined;
  let jobs = 0;
  const gone = (why: string, cause?: unknown): IvrError =>
    new IvrError(
      'RECOGNIZER_UNREACHABLE',
      `the recognizer process ${why}`,
      { pid },
      cause ?? (complaint === '' ? undefined : new Error(complaint.trim())),
    );
  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = undefined;
  };
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  readMessages(
    stdout,
    (message) => {
      if (waiting === undefined || ('job' in message && message.job !== waiting.job)) return;
      waiting.resolve(message);
      waiting = undefined;
    },
    (error) => {
      fail(gone('wrote nonsense', error));
      kill();
    },
  );
  stdin.on('error', () => undefined); // EPIPE: 'close' says the same
  child.once('error', (error) => fail(gone('did not start', error)));
  const ended = whenEnded(child, stdin).then(() =>
    fail(gone(`ended (${child.signalCode ?? child.exitCode ?? 'not started'})`)),
  );

  /** Sends and waits for the answer; a process that doesn't give it in time is killed. */
  const ask = (message: ToProcess | undefined, body: Uint8Array | undefined, limit: number): Promise<FromProcess> =>
    new Promise<FromProcess>((resolve, reject) => {
      if (child.exitCode !== null || child.signalCode !== null) return reject(gone('has ended'));
      const timer = setTimeout(() => {
        fail(gone(`gave no answer in ${limit} ms`));
        kill();
      }, limit);
      waiting = {
        job: message !== undefined && 'job' in message ? message.job : 0,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      if (message !== undefined) stdin.write(formatFrame(message, body));
    });

  const known = new Set<string>();
  const self: MoonshineChild = {
    pid,
    ended,
    kill,
    async decode(audio, request, signal) {
      const { grammar } = request;
      const limit = DECODE_MS.fixed + DECODE_MS.perSecond * (audio.length / 8000);
      const body = new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength);
      const attempt = (): Promise<FromProcess> => {
        const job = ++jobs;
        const about =
          grammar === undefined ? {} : known.has(grammar.key) ? { key: grammar.key } : { key: grammar.key, grammar };
        const cancel = (): void => {
          stdin.write(formatFrame({ type: 'cancel', job } satisfies ToProcess));
        };
        signal.addEventListener('abort', cancel, { once: true });
        return ask({ type: 'decode', job, orFree: request.orFree, ...about }, body, limit).finally(() =>
          signal.removeEventListener('abort', cancel),
        );
      };
      let answer = await attempt();
      if (answer.type === 'unknown-grammar' && grammar !== undefined) {
        known.delete(grammar.key);
        answer = await attempt();
      }
      if (answer.type === 'cancelled' || signal.aborted) throw new IvrError('CANCELLED', 'the decode was cancelled');
      if (answer.type !== 'decoded')
        throw new IvrError(
          'RECOGNITION_FAILED',
          answer.type === 'failed' ? answer.message : `the recognizer process answered ${answer.type}`,
        );
      if (grammar !== undefined) known.add(grammar.key);
      return answer;
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null)
        stdin.end(formatFrame({ type: 'close' } satisfies ToProcess));
      const timer = setTimeout(kill, CLOSE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const answer = await ask(undefined, undefined, START_MS);
    if (answer.type === 'failed-to-start')
      throw new IvrError(answer.code === 'MODEL_MISSING' ? 'MODEL_MISSING' : 'RECOGNIZER_UNREACHABLE', answer.message);
    return self;
  } catch (thrown) {
    kill();
    await ended;
    throw asError(thrown);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function readMessages(stdout: Readable, take: (message: FromProcess) => void, broken: (error: Error) => void): void {
  const read = frameReader();
  stdout.on('data', (bytes: Buffer) => {
    try {
      for (const { head } of read(bytes)) take(head as FromProcess); // written by moonshine-process.ts, our other half
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
