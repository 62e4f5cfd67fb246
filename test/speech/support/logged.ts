import type { SafeFacts } from '../../../src/domain/error.ts';
import type { Logger } from '../../../src/lib/logger.ts';

export interface LoggedLine {
  readonly level: string;
  readonly facts: SafeFacts;
  readonly message: string;
}

/** A logger that keeps what it was told. */
export function keepingLogger(): { readonly lines: LoggedLine[]; readonly logger: Logger } {
  const lines: LoggedLine[] = [];
  const at =
    (level: string) =>
    (facts: SafeFacts, message: string): void =>
      void lines.push({ level, facts, message });
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return { lines, logger };
}
