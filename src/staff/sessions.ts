import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { uuidV7 } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { orStorageFailed } from '../storage/storage-failure.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/** What is still to be done before the session opens anything. */
export type SessionStep = 'second-factor' | 'enrolment' | 'new-password' | 'full';

export interface Session {
  readonly id: string;
  readonly account: string;
  readonly step: SessionStep;
  /** It ends then, whatever is done with it. */
  readonly endsAt: WallMs;
}

export interface SessionLimits {
  /** Without a request. */
  readonly idleMs: number;
  readonly absoluteMs: number;
}

export interface Sessions {
  /** @returns its token, which is nowhere else: the database has its hash */
  begin(account: string, source: string, step: SessionStep): Promise<string>;
  /** Counts as a sign of life. */
  find(token: string): Promise<Session | undefined>;
  /** The next step has another token, so that one that was planted opens nothing. */
  renew(session: Session, source: string, step: SessionStep): Promise<string>;
  end(id: string): Promise<void>;
  /** All of an account, but for one. */
  endAll(account: string, except?: string): Promise<void>;
  /** Whether the account was signed in from there in the last 30 days. */
  knows(account: string, source: string): Promise<boolean>;
  /** Forgets sessions that ended long ago. */
  sweep(): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly token_hash: string;
  readonly account: string;
  readonly source: string;
  readonly step: SessionStep;
  readonly created_at: number | string;
  readonly seen_at: number | string;
  readonly ended_at: number | string | null;
}

const TOKEN = /^[\w-]{43}$/;
/** How long the steps of a sign-in may take together. */
const UNFINISHED_MS = 10 * 60_000;
/** Signs of life are written this often at most. */
const SEEN_MS = 30_000;
const KNOWN_MS = 30 * 86_400_000;

export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
export const newToken = (): string => randomBytes(32).toString('base64url');
export const isTokenShaped = (token: string): boolean => TOKEN.test(token);

export function openSessions(knex: Knex, clock: Pick<Clock, 'wall'>, limits: SessionLimits): Sessions {
  const table = () => knex<Row>('staff_session');
  const safely = <T>(work: PromiseLike<T>): Promise<T> => orStorageFailed('sessions', Promise.resolve(work));
  const begin = async (account: string, source: string, step: SessionStep): Promise<string> => {
    const token = newToken();
    const now = clock.wall();
    const row = { id: uuidV7(now), token_hash: tokenHash(token), account, source, step };
    await safely(table().insert({ ...row, created_at: now, seen_at: now, ended_at: null }));
    return token;
  };
  const end = async (id: string): Promise<void> => {
    await safely(table().where({ id }).whereNull('ended_at').update({ ended_at: clock.wall() }));
  };
  return {
    begin,
    end,
    async find(token) {
      if (!isTokenShaped(token)) return undefined;
      const row = await safely(
        table()
          .where({ token_hash: tokenHash(token) })
          .whereNull('ended_at')
          .first(),
      );
      if (row === undefined) return undefined;
      const now = clock.wall();
      const [createdAt, seenAt] = [Number(row.created_at), Number(row.seen_at)];
      const endsAt = wallMs(createdAt + (row.step === 'full' ? limits.absoluteMs : UNFINISHED_MS));
      // a clock that was put back must not make a session last longer
      if (now >= endsAt || now - seenAt >= limits.idleMs || now < createdAt - SEEN_MS) {
        await end(row.id);
        return undefined;
      }
      if (now - seenAt >= SEEN_MS) await safely(table().where({ id: row.id }).update({ seen_at: now }));
      return { id: row.id, account: row.account, step: row.step, endsAt };
    },
    async renew(session, source, step) {
      await end(session.id);
      return await begin(session.account, source, step);
    },
    async endAll(account, except = '') {
      await safely(
        table().where({ account }).whereNot({ id: except }).whereNull('ended_at').update({ ended_at: clock.wall() }),
      );
    },
    async knows(account, source) {
      const since = clock.wall() - KNOWN_MS;
      const found = table().where({ account, source, step: 'full' }).where('created_at', '>=', since).first('id');
      return (await safely(found)) !== undefined;
    },
    async sweep() {
      await safely(
        table()
          .where('created_at', '<', clock.wall() - KNOWN_MS - limits.absoluteMs)
          .delete(),
      );
    },
  };
}
