import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { asError, IvrError } from '../../../domain/error.ts';
import { type Milliseconds, seconds } from '../../../domain/units.ts';
import { within } from '../../../lib/deadline.ts';
import { deferred } from '../../../lib/deferred.ts';
import { entryPoint } from '../../../lib/entry.ts';
import { nativeEnvironment } from '../../../lib/native-environment.ts';
import type { FromVoiceProcess, SpeakMessage } from './voice-messages.ts';
import type { NeuralVoice } from './voices.ts';

/** A voice process, seen from the speech worker. */
export interface VoiceChild {
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /**
   * One at a time.
   *
   * @returns 8 kHz mono 16-bit
   * @throws IvrError SYNTHESIS_FAILED; SYNTHESIZER_UNREACHABLE: the process is gone, or was killed because it took too long
   */
  speak(clause: string, voice: NeuralVoice, limit: Milliseconds): Promise<Int16Array>;
  /** Lets it finish, at most 2 s; then kills it. */
  close(): Promise<void>;
}

const START_LIMIT = seconds(50);
const CLOSE_LIMIT = seconds(2);
const STDERR_KEPT = 1_024;

/**
 * Starts a voice process and waits until its model is loaded.
 *
 * @param modules - the node_modules folder that has the weights; by default where Node finds them
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED, SYNTHESIZER_UNREACHABLE, DEADLINE_EXCEEDED, CANCELLED
 */
export async function startVoiceChild(modules: string | undefined, signal: AbortSignal): Promise<VoiceChild> {
  const child = fork(
    fileURLToPath(entryPoint(import.meta.url, './voice-process.js')),
    modules === undefined ? [] : [modules],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: nativeEnvironment(),
      execArgv: [],
    },
  );
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-STDERR_KEPT);
  });
  const gone = (why: string, cause?: unknown): IvrError =>
    new IvrError(
      'SYNTHESIZER_UNREACHABLE',
      `the voice process ${why}`,
      { pid: child.pid ?? 0 },
      cause ?? (complaint === '' ? undefined : new Error(complaint.trim())),
    );
  const started = deferred<void>();
  let waiting: { readonly job: number; resolve(samples: Int16Array): void; reject(error: IvrError): void } | undefined;
  const fail = (error: IvrError): void => {
    started.reject(error);
    waiting?.reject(error);
    waiting = undefined;
  };
  child.on('message', (message: FromVoiceProcess) => {
    if (message.type === 'ready') started.resolve();
    else if (message.type === 'failed-to-start') started.reject(new IvrError(message.code, message.message));
    else if (waiting?.job === message.job) {
      if (message.type === 'spoken') waiting.resolve(message.samples.slice());
      else waiting.reject(new IvrError('SYNTHESIS_FAILED', message.message));
      waiting = undefined;
    }
  });
  child.once('error', (error) => fail(gone('did not start', error)));
  const ended = whenEnded(child).then(() =>
    fail(gone(`ended (${child.signalCode ?? child.exitCode ?? 'not started'})`)),
  );
  let jobs = 0;
  const self: VoiceChild = {
    ended,
    async speak(clause, voice, limit) {
      if (!child.connected) throw gone('has ended');
      const job = ++jobs;
      const spoken = deferred<Int16Array>();
      waiting = { job, resolve: spoken.resolve, reject: spoken.reject };
      child.send({ job, clause, voice } satisfies SpeakMessage, (error) => {
        if (error !== null) fail(gone('takes no message', error));
      });
      return within(spoken.promise, limit, 'speaking a clause').catch((thrown: unknown) => {
        if (!(thrown instanceof IvrError) || thrown.code !== 'DEADLINE_EXCEEDED') throw asError(thrown);
        child.kill('SIGKILL');
        throw gone(`gave no answer in ${limit} ms`, thrown);
      });
    },
    async close() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT);
      await ended;
      clearTimeout(timer);
    },
  };
  try {
    await within(started.promise, START_LIMIT, 'starting the voice process', signal);
    return self;
  } catch (thrown) {
    child.kill('SIGKILL');
    await ended;
    throw asError(thrown);
  }
}

/** By 'exit': Node 20 emits no 'close' once we have disconnected. */
async function whenEnded(child: ChildProcess): Promise<void> {
  try {
    await once(child, 'exit');
  } catch {
    // 'error' instead of 'exit': it never started
  }
}
