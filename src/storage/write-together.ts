import { asError } from '../domain/error.ts';

/** Few enough for one statement of any database. */
const MOST = 64;

interface Waiting<T> {
  readonly item: T;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * What comes while others are being written is written together with all else that came meanwhile: a disk that syncs a hundred times
 * a second takes any number of small writes. Where a group is refused each of it is written alone, and stands or falls alone.
 *
 * @param write - all of them, or none
 * @returns what writes one, and resolves when it is durable. It throws what `write` throws
 */
export function writeTogether<T>(write: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let running = false;

  async function settle(group: readonly Waiting<T>[]): Promise<void> {
    try {
      await write(group.map(({ item }) => item));
    } catch (thrown) {
      if (group.length > 1) for (const one of group) await settle([one]);
      else group[0]?.failed(asError(thrown));
      return;
    }
    for (const { done } of group) done();
  }
  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) await settle(waiting.splice(0, MOST));
    running = false;
  }
  return (item) =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed });
      if (!running) void run();
    });
}
