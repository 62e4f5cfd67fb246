import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asError, IvrError, systemCode } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { replaceFile } from '../log/durable-folder.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { TimeStampAuthority } from './time-stamp-authority.ts';

/** A checkpoint that was stamped: `tsr/<size>.tsr` and the note itself beside it, `tsr/<size>.txt`. */
export interface StampedCheckpoint {
  readonly size: number;
  readonly note: string;
  readonly token: Uint8Array;
}

export interface StampingOptions {
  /** The log's folder. */
  readonly folder: string;
  readonly every: Milliseconds;
  /** For an answer of the authority. */
  readonly limit: Milliseconds;
}

export interface StampingHealth {
  /** Wall clock, ms, of the newest stamp; undefined when there is none. */
  readonly stampedAt: number | undefined;
  readonly size: number;
  /** Two intervals have passed without a stamp although there was something to stamp: an alarm. The log goes on. */
  readonly backlog: boolean;
  /** Code of the last error; undefined when the last try was good. */
  readonly code: string | undefined;
}

export interface Stamping extends AsyncDisposable {
  health(): StampingHealth;
  /** Stamps the log's head now. */
  round(): Promise<void>;
  /** The oldest stamped checkpoint with more than `index` leaves: what says when the leaf existed at the latest. */
  stampOf(index: number): Promise<StampedCheckpoint | undefined>;
}

/** Has the log's head stamped, interval after interval. When the authority is away everything else goes on, and an alarm is raised. */
export async function keepStamped(
  log: TransparencyLog,
  authority: TimeStampAuthority,
  options: StampingOptions,
  clock: Clock,
  logger: Logger,
): Promise<Stamping> {
  const { folder, every, limit } = options;
  const path = (size: number, kind: 'tsr' | 'txt'): string => pathOf(folder, size, kind);
  const sizes = await stampedSizes(folder);
  let stampedAt: number | undefined;
  // since when there has been something to stamp
  let waitingSince: number | undefined;
  let code: string | undefined;
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  // soon after the start: how long the server was away is not known
  let cancel = clock.after(0 as Milliseconds, tick);

  async function stamp(): Promise<void> {
    const checkpoint = log.cosigned() ?? (await log.checkpoint());
    if (checkpoint.size === 0 || checkpoint.size === sizes.at(-1)) return;
    waitingSince ??= clock.wall();
    const late = new AbortController();
    const stop = clock.after(limit, () => late.abort());
    try {
      const note = Buffer.from(checkpoint.note);
      const token = await authority.stamp(note, AbortSignal.any([closing.signal, late.signal]));
      await replaceFile(path(checkpoint.size, 'txt'), note, 'content');
      await replaceFile(path(checkpoint.size, 'tsr'), token, 'folder');
      sizes.push(checkpoint.size);
      if (code !== undefined) logger.info({ size: checkpoint.size }, 'the log is time-stamped again');
      [stampedAt, waitingSince, code] = [clock.wall(), undefined, undefined];
    } catch (thrown) {
      if (closing.signal.aborted) return;
      const error = asError(thrown);
      const now = error instanceof IvrError ? error.code : (systemCode(error) ?? 'INTERNAL');
      if (now !== code) logger.error({ code: now }, 'the log is no longer time-stamped', error);
      code = now;
    } finally {
      stop();
    }
  }

  function round(): Promise<void> {
    return (running ??= stamp().finally(() => {
      running = undefined;
    }));
  }
  function tick(): void {
    round()
      .catch((thrown: unknown) =>
        logger.error({}, 'the tree head of the log could not be time-stamped', asError(thrown)),
      )
      .finally(() => {
        // one that failed is tried again sooner
        const next = code === undefined ? every : ((every / 10) as Milliseconds);
        if (!closing.signal.aborted) cancel = clock.after(next, tick);
      });
  }
  return {
    health: () => ({
      stampedAt,
      size: sizes.at(-1) ?? 0,
      backlog: waitingSince !== undefined && clock.wall() - waitingSince > 2 * every,
      code,
    }),
    round,
    stampOf: (index) => stampedSince(folder, index),
    async [Symbol.asyncDispose]() {
      closing.abort();
      cancel();
      await running?.catch(() => undefined);
    },
  };
}

const pathOf = (folder: string, size: number, kind: 'tsr' | 'txt'): string =>
  join(folder, 'tsr', `${String(size).padStart(16, '0')}.${kind}`);

/** The oldest stamped checkpoint with more than `index` leaves, where nothing stamps either. @param folder - the log's */
export async function stampedSince(folder: string, index: number): Promise<StampedCheckpoint | undefined> {
  const size = (await stampedSizes(folder)).find((one) => one > index);
  if (size === undefined) return undefined;
  const [note, token] = await Promise.all([
    readFile(pathOf(folder, size, 'txt'), 'utf8'),
    readFile(pathOf(folder, size, 'tsr')),
  ]);
  return { size, note, token };
}

/** In order. */
async function stampedSizes(folder: string): Promise<number[]> {
  try {
    const names = await readdir(join(folder, 'tsr'));
    return names
      .filter((name) => /^\d{16}\.tsr$/.test(name))
      .map((name) => Number(name.slice(0, 16)))
      .sort((a, b) => a - b);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
