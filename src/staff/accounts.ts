import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';
import { uuidV7 } from '../domain/ids.ts';
import type { Clock } from '../lib/clock.ts';
import { isDuplicateKey, orStorageFailed } from '../storage/storage-failure.ts';
import { type Passwords, passwordProblem } from './password.ts';
import { type Attributes, ROLES, type Role } from './staff-service.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

export interface StaffAccount {
  readonly id: string;
  /** What is typed to sign in: lower case. */
  readonly name: string;
  readonly fullName: string;
  readonly roles: readonly Role[];
  readonly attributes: Attributes;
  readonly disabled: boolean;
  /** Has a second factor. */
  readonly enrolled: boolean;
  /** The password was set by somebody else and has to be changed. */
  readonly mustChange: boolean;
  readonly createdAt: WallMs;
}

/** With what signs in; it never leaves this folder. */
export interface StoredAccount extends StaffAccount {
  readonly password: string;
  readonly totp: string | null;
  readonly lastStep: number;
  readonly recovery: readonly string[];
}

export interface NewAccount {
  readonly name: string;
  readonly fullName: string;
  readonly password: string;
  readonly roles: readonly Role[];
  readonly attributes?: Partial<Attributes>;
}

export interface Accounts {
  /** Its password is a first one, to be changed. @throws IvrError USAGE, CONFLICT */
  add(account: NewAccount): Promise<StaffAccount>;
  list(): Promise<readonly StaffAccount[]>;
  byName(name: string): Promise<StoredAccount | undefined>;
  byId(id: string): Promise<StoredAccount | undefined>;
  /** @throws IvrError USAGE, NOT_FOUND */
  change(id: string, to: Partial<Pick<StaffAccount, 'fullName' | 'roles' | 'attributes' | 'disabled'>>): Promise<void>;
  /** @param byThemselves - else it is a first password again, and the second factor is enrolled anew */
  setPassword(account: Pick<StaffAccount, 'id' | 'name'>, password: string, byThemselves: boolean): Promise<void>;
  setSecondFactor(
    id: string,
    to: { readonly totp: string | null; readonly enrolled: boolean; readonly recovery: readonly string[] },
  ): Promise<void>;
  /** @returns false when that step, or a later one, has been taken meanwhile */
  takeStep(id: string, step: number): Promise<boolean>;
  /** @returns false when the codes have changed meanwhile */
  spendRecovery(id: string, before: readonly string[], after: readonly string[]): Promise<boolean>;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly full_name: string;
  readonly password: string;
  readonly must_change: number;
  readonly totp: string | null;
  readonly enrolled: number;
  readonly last_step: number | string;
  readonly recovery: string;
  readonly roles: string;
  readonly attributes: string;
  readonly disabled: number;
  readonly created_at: number | string;
}

const NAME = /^[a-z0-9][a-z0-9._-]{1,62}$/;
const EVERYTHING: Attributes = { queues: [], level: 'C2', maxAgeDays: null };

export function openAccounts(knex: Knex, passwords: Passwords, clock: Pick<Clock, 'wall'>): Accounts {
  const table = () => knex<Row>('staff_account');
  const safely = <T>(work: PromiseLike<T>): Promise<T> => orStorageFailed('staff accounts', Promise.resolve(work));
  const find = async (where: Partial<Row>): Promise<StoredAccount | undefined> => {
    const row = await safely(table().where(where).first());
    return row === undefined ? undefined : fromRow(row);
  };
  return {
    async add(account) {
      const name = account.name.trim().toLowerCase();
      if (!NAME.test(name))
        throw new IvrError(
          'USAGE',
          'the name of an account has 2 to 63 letters, digits, dots or dashes, such as j.doe',
        );
      expectRoles(account.roles);
      expectPassword(account.password, name);
      const row: Row = {
        id: uuidV7(clock.wall()),
        name,
        full_name: account.fullName.trim() === '' ? name : account.fullName.trim(),
        password: await passwords.hash(account.password),
        must_change: 1,
        totp: null,
        enrolled: 0,
        last_step: 0,
        recovery: '[]',
        roles: JSON.stringify(account.roles),
        attributes: JSON.stringify({ ...EVERYTHING, ...account.attributes }),
        disabled: 0,
        created_at: clock.wall(),
      };
      try {
        await table().insert(row);
      } catch (thrown) {
        if (isDuplicateKey(thrown))
          throw new IvrError('CONFLICT', `an account named ${name} already exists`, {}, thrown);
        throw await orStorageFailed('adding an account', Promise.reject(thrown)).catch((error: unknown) => error);
      }
      return shown(fromRow(row));
    },
    list: async () => (await safely(table().orderBy('name'))).map((row) => shown(fromRow(row))),
    byName: (name) => find({ name: name.trim().toLowerCase() }),
    byId: (id) => find({ id }),
    async change(id, to) {
      if (to.roles !== undefined) expectRoles(to.roles);
      const changes = {
        ...(to.fullName === undefined ? {} : { full_name: to.fullName.trim() }),
        ...(to.roles === undefined ? {} : { roles: JSON.stringify(to.roles) }),
        ...(to.attributes === undefined ? {} : { attributes: JSON.stringify(to.attributes) }),
        ...(to.disabled === undefined ? {} : { disabled: to.disabled ? 1 : 0 }),
      };
      if ((await safely(table().where({ id }).update(changes))) === 0)
        throw new IvrError('NOT_FOUND', 'there is no such account');
    },
    async setPassword({ id, name }, password, byThemselves) {
      expectPassword(password, name);
      const anew = byThemselves ? { must_change: 0 } : { must_change: 1, totp: null, enrolled: 0, recovery: '[]' };
      await safely(
        table()
          .where({ id })
          .update({ password: await passwords.hash(password), ...anew }),
      );
    },
    async setSecondFactor(id, { totp, enrolled, recovery }) {
      await safely(
        table()
          .where({ id })
          .update({ totp, enrolled: enrolled ? 1 : 0, recovery: JSON.stringify(recovery) }),
      );
    },
    takeStep: async (id, step) =>
      (await safely(table().where({ id }).where('last_step', '<', step).update({ last_step: step }))) === 1,
    spendRecovery: async (id, before, after) =>
      (await safely(
        table()
          .where({ id, recovery: JSON.stringify(before) })
          .update({ recovery: JSON.stringify(after) }),
      )) === 1,
  };
}

/** Without what signs in. */
export const shown = ({
  id,
  name,
  fullName,
  roles,
  attributes,
  disabled,
  enrolled,
  mustChange,
  createdAt,
}: StaffAccount): StaffAccount => ({
  id,
  name,
  fullName,
  roles,
  attributes,
  disabled,
  enrolled,
  mustChange,
  createdAt,
});

function expectRoles(roles: readonly string[]): void {
  const unknown = roles.filter((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown.length > 0 || roles.length === 0)
    throw new IvrError(
      'USAGE',
      `roles are ${ROLES.join(', ')}${unknown.length > 0 ? `; not ${unknown.join(', ')}` : ''}`,
    );
  // who makes accounts would make one that hears, and who reads the trail would be in it
  for (const alone of ['administrator', 'auditor'])
    if (roles.includes(alone) && roles.length > 1)
      throw new IvrError(
        'USAGE',
        `the role ${alone} cannot be combined with other roles: give that person a second account`,
      );
}

function expectPassword(password: string, name: string): void {
  const problem = passwordProblem(password, name);
  if (problem !== undefined) throw new IvrError('USAGE', problem);
}

const fromRow = (row: Row): StoredAccount => ({
  id: row.id,
  name: row.name,
  fullName: row.full_name,
  password: row.password,
  mustChange: row.must_change === 1,
  totp: row.totp,
  enrolled: row.enrolled === 1,
  lastStep: Number(row.last_step),
  recovery: JSON.parse(row.recovery) as string[],
  roles: JSON.parse(row.roles) as Role[],
  attributes: JSON.parse(row.attributes) as Attributes,
  disabled: row.disabled === 1,
  createdAt: wallMs(Number(row.created_at)),
});
