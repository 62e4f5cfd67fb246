import { pino } from 'pino';
import type { SafeFacts } from '../domain/error.ts';

/** Structured logs. Facts only: never audio, transcript, keyed digits, PIN, full number or token. */
export interface Logger {
  debug(facts: SafeFacts, message: string): void;
  info(facts: SafeFacts, message: string): void;
  warn(facts: SafeFacts, message: string, error?: Error): void;
  error(facts: SafeFacts, message: string, error?: Error): void;
  child(facts: SafeFacts): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on standard error; standard output belongs to the commands. */
export function openLogger(level: LogLevel): Logger {
  return wrap(
    pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true })),
  );
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

function wrap(log: ReturnType<typeof pino>): Logger {
  return {
    debug: (facts, message) => log.debug(facts, message),
    info: (facts, message) => log.info(facts, message),
    warn: (facts, message, err) => log.warn(err === undefined ? facts : { ...facts, err }, message),
    error: (facts, message, err) => log.error(err === undefined ? facts : { ...facts, err }, message),
    child: (facts) => wrap(log.child(facts)),
  };
}
