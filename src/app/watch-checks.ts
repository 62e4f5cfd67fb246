import { type Milliseconds, ms } from '../domain/units.ts';
import type { Check } from './part.ts';

export interface CheckWatch extends Disposable {
  /** As last read. */
  readonly latest: readonly Check[];
  /** Read again, unless that was a moment ago: probes in any number cost the parts nothing more. */
  now(): Promise<readonly Check[]>;
  /** Told after each reading. */
  onRead(listener: () => void): void;
}

/** What probes see is at most this old. */
const FRESH_MS = 250;

/**
 * Reads the checks again and again, so that whoever must decide at once, as about a new call, has them.
 */
export async function watchChecks(
  read: () => Promise<readonly Check[]>,
  every: Milliseconds = ms(500),
): Promise<CheckWatch> {
  let latest: readonly Check[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let told = (): void => undefined;
  let reading: Promise<readonly Check[]> | undefined;
  const readOnce = async (): Promise<readonly Check[]> => {
    latest = await read();
    readAt = performance.now();
    reading = undefined;
    told();
    return latest;
  };
  const readNow = (): Promise<readonly Check[]> => (reading ??= readOnce());
  await readNow();
  const timer = setInterval(() => void readNow(), every);
  return {
    get latest() {
      return latest;
    },
    onRead(listener) {
      told = listener;
    },
    now: () => (performance.now() - readAt < FRESH_MS ? Promise.resolve(latest) : readNow()),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** What is wrong with the line: the first thing without which no call can be served; undefined when nothing is. */
export const missingIn = (checks: readonly Check[]): string | undefined =>
  checks.find(({ state, stops }) => state !== 'ok' && stops === 'line')?.state;
