import { asError } from '../../domain/error.ts';
import { type MonotonicMs, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FreeswitchServer } from './freeswitch-server.ts';

const INTERVAL = ms(10_000);
/** A channel is nobody's only after more than any set-up takes. */
const AGE = 9_000;

interface Channel {
  readonly uuid: string;
  /** Of From: who called. */
  readonly cid_num: string;
}

/**
 * Finds our channels that no endpoint owns: left over from a dead control connection, a dead event socket, or our own
 * former life. Channels of other nodes are none of our business.
 */
export class OrphanSweep {
  killed = 0;
  readonly #isOurs: (from: string) => boolean;
  readonly #servers: readonly FreeswitchServer[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** When each was first seen without an owner. */
  readonly #seen = new Map<FreeswitchServer, ReadonlyMap<string, number>>();
  readonly #sweeping = new Map<FreeswitchServer, Promise<void>>();
  #cancel: CancelTimer | undefined;
  #closed = false;

  constructor(
    servers: readonly FreeswitchServer[],
    isOurs: (from: string) => boolean,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#servers = servers;
    this.#isOurs = isOurs;
    this.#clock = clock;
    this.#logger = logger;
    this.#await();
  }

  /** One after the other. Also shows whether it still answers. Never rejects. */
  sweep(server: FreeswitchServer): Promise<void> {
    const now = this.#clock.now();
    const swept = (this.#sweeping.get(server) ?? Promise.resolve()).then(() => this.#sweep(server, now));
    this.#sweeping.set(server, swept);
    return swept;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #sweep(server: FreeswitchServer, now: MonotonicMs): Promise<void> {
    try {
      const before = this.#seen.get(server);
      const without = new Map<string, number>();
      for (const { uuid, cid_num: from } of channelsIn(await server.api('show channels as json'))) {
        if (!this.#isOurs(from) || server.owned.has(uuid)) continue;
        const since = before?.get(uuid) ?? now;
        if (now - since < AGE) without.set(uuid, since);
        else await this.#kill(server, uuid);
      }
      this.#seen.set(server, without);
    } catch (thrown) {
      this.#logger.warn({ host: server.host }, 'FreeSWITCH did not list its channels', asError(thrown));
    }
  }

  #await(): void {
    if (this.#closed) return;
    this.#cancel = this.#clock.after(INTERVAL, () => {
      void this.#sweepAll();
      this.#await();
    });
  }

  async #sweepAll(): Promise<void> {
    await Promise.all(
      this.#servers
        .filter(({ state }) => state !== 'down')
        .map((server) => {
          server.forgive();
          return this.sweep(server);
        }),
    );
  }

  async #kill(server: FreeswitchServer, uuid: string): Promise<void> {
    this.killed++;
    this.#logger.warn({ host: server.host, channel: uuid }, 'an orphaned channel was ended');
    await server.kill(uuid);
  }
}

function channelsIn(answer: string): readonly Channel[] {
  const parsed: unknown = JSON.parse(answer);
  const rows = typeof parsed === 'object' && parsed !== null && 'rows' in parsed ? parsed.rows : [];
  return Array.isArray(rows) ? rows.filter(isChannel) : [];
}

const isChannel = (row: unknown): row is Channel =>
  typeof row === 'object' &&
  row !== null &&
  'uuid' in row &&
  typeof row.uuid === 'string' &&
  /^[0-9a-f-]{36}$/.test(row.uuid) &&
  'cid_num' in row &&
  typeof row.cid_num === 'string';
