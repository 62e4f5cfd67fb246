import type { Knex } from 'knex';
import type { Clock } from '../lib/clock.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import { isTokenShaped, tokenHash } from './sessions.ts';
import type { Action, Stated } from './staff-service.ts';

/** What somebody said before they were let in to one recording; a player names it in each of its requests. */
export interface Grant extends Stated {
  readonly session: string;
  readonly action: Action;
  readonly recording: string;
}

export interface Grants {
  /** @param token - `newToken()` */
  give(grant: Grant, token: string): Promise<void>;
  /** Of this session alone, and not expired. */
  find(token: string, session: string): Promise<Grant | undefined>;
}

const TTL_MS = 3_600_000;

interface Row extends Grant {
  readonly token_hash: string;
  readonly expires_at: number | string;
}

export function openGrants(knex: Knex, clock: Pick<Clock, 'wall'>): Grants {
  const table = () => knex<Row>('staff_grant');
  const safely = <T>(work: PromiseLike<T>): Promise<T> => orStorageFailed('grants', Promise.resolve(work));
  return {
    async give(grant, token) {
      await safely(table().where('expires_at', '<=', clock.wall()).delete());
      await safely(table().insert({ ...grant, token_hash: tokenHash(token), expires_at: clock.wall() + TTL_MS }));
    },
    async find(token, session) {
      if (!isTokenShaped(token)) return undefined;
      const row = await safely(
        table()
          .where({ token_hash: tokenHash(token), session })
          .where('expires_at', '>', clock.wall())
          .first(),
      );
      if (row === undefined) return undefined;
      const { action, recording, purpose, ticket } = row;
      return { session: row.session, action, recording, purpose, ticket };
    },
  };
}
