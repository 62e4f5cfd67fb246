import type { SafeFacts } from '../../domain/error.ts';
import type { Logger } from '../../lib/logger.ts';

/** One line of a worker's log on its way to the main thread's logger. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly facts: SafeFacts;
  readonly message: string;
  readonly error: string | undefined;
}

/** A worker's logger: sends its lines away. */
export function workerLogger(send: (line: LogLine) => void, own: SafeFacts = {}): Logger {
  const log = (level: LogLine['level'], facts: SafeFacts, message: string, error?: Error): void =>
    send({ level, facts: { ...own, ...facts }, message, error: error?.message });
  return {
    debug: (facts, message) => log('debug', facts, message),
    info: (facts, message) => log('info', facts, message),
    warn: (facts, message, error) => log('warn', facts, message, error),
    error: (facts, message, error) => log('error', facts, message, error),
    child: (facts) => workerLogger(send, { ...own, ...facts }),
  };
}

/** Its other end: writes a line with the main thread's logger. */
export function writeLogLine(logger: Logger, { level, facts, message, error }: LogLine): void {
  const all = error === undefined ? facts : { ...facts, error };
  logger[level](all, message);
}
