import { spawn } from 'node:child_process';
import { asError, IvrError, systemCode } from '../../../domain/error.ts';
import type { Milliseconds } from '../../../domain/units.ts';

const ERROR_LIMIT = 2000;

export interface EspeakRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly text: string;
  /** For the whole run: then it is killed. */
  readonly limit: Milliseconds;
}

/**
 * One run of espeak-ng: text in by standard input (never by a shell or the list of processes), audio out as it is made.
 * However the iteration ends, the process is gone.
 *
 * @throws IvrError SYNTHESIZER_UNREACHABLE (not installed), SYNTHESIS_FAILED, DEADLINE_EXCEEDED, CANCELLED
 */
export async function* runEspeak(run: EspeakRun, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  if (signal.aborted) throw cancelled();
  const child = spawn(run.command, run.args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let late = false;
  let complaint = '';
  const kill = (): void => void child.kill('SIGKILL');
  const deadline = setTimeout(() => {
    late = true;
    kill();
  }, run.limit);
  signal.addEventListener('abort', kill, { once: true });
  const exited = new Promise<number | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', (status) => resolve(status ?? -1));
  });
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(0, ERROR_LIMIT);
  });
  child.stdin.on('error', () => undefined); // it ended before it had read all: its status says why
  child.stdin.end(run.text);
  try {
    for await (const bytes of child.stdout) yield bytes;
    const status = await exited;
    if (signal.aborted) throw cancelled();
    if (late) throw new IvrError('DEADLINE_EXCEEDED', 'espeak-ng took too long', { limit_ms: run.limit });
    if (status instanceof Error) throw absent(run.command, status);
    // espeak-ng ends with 0 when it does not know the voice, and says so
    if (status !== 0 || complaint.includes('does not exist'))
      throw new IvrError('SYNTHESIS_FAILED', 'espeak-ng failed', { status, reason: firstLine(complaint) });
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', kill);
    if (child.exitCode === null && child.signalCode === null) kill();
    await exited;
  }
}

/** What it complains about is its own voices and files; the text is not in it. */
const firstLine = (complaint: string): string => complaint.split('\n', 1)[0] ?? '';

const cancelled = (): IvrError => new IvrError('CANCELLED', 'the synthesis was cancelled');

/** @throws nothing: makes the error for a command that could not be started */
export function absent(command: string, thrown: unknown): IvrError {
  const code = systemCode(thrown) ?? 'unknown';
  const remedy = code === 'ENOENT' ? 'install the Debian package espeak-ng' : asError(thrown).message;
  return new IvrError('SYNTHESIZER_UNREACHABLE', `espeak-ng cannot be started: ${remedy}`, { command, code }, thrown);
}
