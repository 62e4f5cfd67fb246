import type { Logger } from '../lib/logger.ts';

/** What a command is given; it prints results to standard output by `print`, one line each. */
export interface CommandContext {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly openLogger: (level: 'debug' | 'info' | 'warn' | 'error' | 'silent') => Logger;
}

export interface Command {
  readonly summary: string;
  readonly usage: string;
  /** What `--help` says below the usage: options, formats, what the output means. */
  readonly help: string;
  /**
   * @returns the exit status
   * @throws IvrError USAGE with what is wrong; the usage is printed below it
   */
  readonly run: (context: CommandContext) => Promise<number>;
}
