import type { Logger } from '../../src/lib/logger.ts';

export interface KeptLog extends Logger {
  /** Everything that was logged, as text. */
  readonly text: () => string;
}

/** A log of every level that a test reads afterwards. */
export function keptLog(): KeptLog {
  const lines: string[] = [];
  const keep = (facts: object, message: string, error?: Error): void => {
    lines.push(
      `${message} ${JSON.stringify(facts)} ${error === undefined ? '' : `${error.message} ${error.stack ?? ''}`}`,
    );
  };
  const logger: KeptLog = {
    debug: keep,
    info: keep,
    warn: keep,
    error: keep,
    child: () => logger,
    text: () => lines.join('\n'),
  };
  return logger;
}
