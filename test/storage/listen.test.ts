import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { listenTo } from '../../src/storage/listen.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** A connection as pg has it, of a server that takes LISTEN or does not. */
class Connection extends EventEmitter {
  ended = false;
  readonly #query: () => Promise<void>;
  constructor(query: () => Promise<void>) {
    super();
    this.#query = query;
  }
  query = (): Promise<void> => this.#query();
  async end(): Promise<void> {
    this.ended = true;
    this.emit('end');
  }
}

/** @param listens - whether the server takes each LISTEN, one after another */
function serverThat(...listens: readonly boolean[]) {
  const connections: Connection[] = [];
  const acquireRawConnection = async (): Promise<Connection> => {
    const takes = listens[connections.length] ?? true;
    const connection = new Connection(async () => {
      if (!takes) throw new Error('no');
    });
    connections.push(connection);
    return connection;
  };
  const storage = { knex: { client: { acquireRawConnection } }, dialect: 'postgresql' };
  return { connections, storage: storage as unknown as Pick<Storage, 'knex' | 'dialect'> };
}

test('a connection on which nobody can listen is closed', async () => {
  const { connections, storage } = serverThat(false);
  await expect(listenTo(storage, 'channel', () => undefined)).rejects.toThrow('no');
  expect(connections.map(({ ended }) => ended)).toEqual([true]);
});

test('a connection that is lost is made anew, once at a time, until somebody listens again', async () => {
  vi.useFakeTimers();
  try {
    const { connections, storage } = serverThat(true, false, true);
    const heard: string[] = [];
    const listening = await listenTo(storage, 'channel', (what) => heard.push(what));
    connections[0]!.emit('error', new Error('reset'));
    connections[0]!.emit('end');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([connections.length, heard]).toEqual([2, []]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([connections.length, heard]).toEqual([3, ['']]);
    connections[2]!.emit('notification', { payload: 'news' });
    expect(heard).toEqual(['', 'news']);
    await listening[Symbol.asyncDispose]();
    expect(connections.slice(1).map(({ ended }) => ended)).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connections).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});
