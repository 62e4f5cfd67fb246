import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import { type RecordingId, timeOfUuid } from '../../domain/ids.ts';
import { makeFolder, syncFolder } from '../../lib/durable-folder.ts';
import { othersRun } from '../../lib/others-run.ts';
import { KEY_BYTES } from '../../lib/wrap-key.ts';

/*
 * The shred secrets: a file a day (UTC, of the recording's id), a row of 64 bytes for each recording: its id (16), its secret (32), and a
 * checksum of both (16). A destroyed secret is zeros in its place, checksum included; the id stays, so that a lost secret and
 * a destroyed one are told apart.
 */

export const SECRET_BYTES = 32;
const ROW_BYTES = 64;
const ID_BYTES = 16;

export interface SecretLog {
  /** The recording's secret, made and durable when there is none yet. @throws IvrError KEY_DESTROYED, KEYS_UNREADABLE */
  make(recording: RecordingId): Promise<Uint8Array>;
  /** `destroyed`: it was; undefined: there never was one. @throws IvrError KEYS_UNREADABLE */
  find(recording: RecordingId): Promise<Uint8Array | 'destroyed' | undefined>;
  /** Zeros, durably. Idempotent. @throws IvrError KEYS_UNREADABLE */
  destroy(recording: RecordingId): Promise<void>;
  /**
   * What another log has: idempotent; what is destroyed here stays destroyed, and what is destroyed there is destroyed here.
   *
   * @throws IvrError KEYS_UNREADABLE: another secret is there; DISK_FULL
   */
  put(recording: RecordingId, secret: Uint8Array | 'destroyed'): Promise<void>;
  /** Over zeros that nobody decided: a repair. @throws IvrError KEYS_UNREADABLE, DISK_FULL */
  restore(recording: RecordingId, secret: Uint8Array): Promise<void>;
  /** The days that have a file. @throws IvrError KEYS_UNREADABLE */
  days(): Promise<readonly string[]>;
  /** The file of a day, whole: for `rowsIn`, and to be compared. Empty where there is none. @throws IvrError KEYS_UNREADABLE */
  content(day: string): Promise<Buffer>;
}

interface Day {
  readonly path: string;
  /** Where each id's row begins. */
  readonly rows: Map<string, number>;
  /** After the last whole row. */
  end: number;
}

/** Days whose rows are kept in memory: today's, yesterday's, and those just looked at. */
const DAYS_KEPT = 4;

export function openSecretLog(folder: string): SecretLog {
  const days = new Map<string, Promise<Day>>();
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: rows are added and overwritten by place. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  const dayOf = (recording: RecordingId): Promise<Day> => {
    const name = new Date(timeOfUuid(recording)).toISOString().slice(0, 10);
    const known = days.get(name) ?? readDay(join(folder, `${name}.secrets`));
    days.delete(name);
    days.set(name, known);
    known.catch(() => days.delete(name));
    for (const old of days.keys()) if (days.size > DAYS_KEPT) days.delete(old);
    return known;
  };
  const rowAt = async (recording: RecordingId): Promise<Buffer | undefined> => {
    const { path, rows } = await dayOf(recording);
    const at = rows.get(recording);
    if (at === undefined) return undefined;
    return withFile(path, 'r', async (file) => {
      const row = Buffer.alloc(ROW_BYTES);
      await file.read(row, 0, ROW_BYTES, at);
      return row;
    });
  };
  const find = async (recording: RecordingId): Promise<Uint8Array | 'destroyed' | undefined> => {
    const row = await rowAt(recording);
    return row === undefined ? undefined : secretIn(row, (await dayOf(recording)).path);
  };
  const overwrite = async (recording: RecordingId, row: Uint8Array): Promise<void> => {
    const { path, rows } = await dayOf(recording);
    const at = rows.get(recording);
    if (at === undefined) return;
    await withFile(path, 'r+', async (file) => {
      await file.write(row.subarray(ID_BYTES), 0, ROW_BYTES - ID_BYTES, at + ID_BYTES);
      await file.sync();
    });
  };
  const append = async (recording: RecordingId, row: Uint8Array): Promise<void> => {
    const day = await dayOf(recording);
    await safely(folder, () => makeFolder(folder));
    await withFile(day.path, 'a', () => Promise.resolve()); // made when missing
    if (day.end === 0) await safely(folder, () => syncFolder(folder));
    // by place, over what a crash left of a row
    await withFile(day.path, 'r+', async (file) => {
      await file.write(row, 0, ROW_BYTES, day.end);
      await file.datasync();
    });
    day.rows.set(recording, day.end);
    day.end += ROW_BYTES;
  };
  return {
    find: (recording) => alone(() => find(recording)),
    make: (recording) =>
      alone(async () => {
        const known = await find(recording);
        if (known === 'destroyed') throw destroyed(recording);
        if (known !== undefined) return known;
        const secret = randomBytes(SECRET_BYTES);
        await append(recording, rowOf(recording, secret));
        return secret;
      }),
    destroy: (recording) => alone(() => overwrite(recording, destroyedRow(recording))),
    put: (recording, secret) =>
      alone(async () => {
        const row = secret === 'destroyed' ? destroyedRow(recording) : rowOf(recording, secret);
        const there = await rowAt(recording);
        if (there === undefined) return append(recording, row);
        if (isDestroyed(there) || there.equals(row)) return;
        if (secret !== 'destroyed' && isWhole(there))
          throw unreadable(
            folder,
            `it has another secret of recording ${recording} than its copy; nothing was changed`,
          );
        await overwrite(recording, row); // destroyed there, or damaged here
      }),
    restore: (recording, secret) => alone(() => overwrite(recording, rowOf(recording, secret))),
    async days() {
      const names = await safely(folder, () =>
        readdir(folder).catch((thrown: unknown) => {
          if (systemCode(thrown) === 'ENOENT') return [];
          throw thrown;
        }),
      );
      return names.filter((name) => DAY_FILE.test(name)).map((name) => name.slice(0, 10));
    },
    content: (day) => alone(() => readSecrets(join(folder, `${day}.secrets`))),
  };
}

const DAY_FILE = /^\d{4}-\d{2}-\d{2}\.secrets$/;

/** What stands in the file of a day, by recording. A damaged row is not among them. A day of a large line is a matter of a second: others run meanwhile. */
export async function rowsIn(bytes: Buffer): Promise<ReadonlyMap<string, 'kept' | 'destroyed'>> {
  const found = new Map<string, 'kept' | 'destroyed'>();
  for (const [id, at] of await placesIn(bytes)) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    if (isDestroyed(row)) found.set(id, 'destroyed');
    else if (isWhole(row)) found.set(id, 'kept');
    if (isTurnOver(at)) await othersRun();
  }
  return found;
}

export const destroyed = (recording: string): IvrError =>
  new IvrError('KEY_DESTROYED', `the key of recording ${recording} was destroyed`, { recording });

const idBytes = (recording: string): Buffer => Buffer.from(recording.replaceAll('-', ''), 'hex');
const checksum = (row: Uint8Array): Buffer =>
  createHash('sha256')
    .update(row.subarray(0, ID_BYTES + SECRET_BYTES))
    .digest()
    .subarray(0, ROW_BYTES - ID_BYTES - SECRET_BYTES);

function rowOf(recording: string, secret: Uint8Array): Buffer {
  const row = Buffer.concat([idBytes(recording), secret]);
  return Buffer.concat([row, checksum(row)]);
}

const destroyedRow = (recording: string): Buffer =>
  Buffer.concat([idBytes(recording), Buffer.alloc(ROW_BYTES - ID_BYTES)]);
const isDestroyed = (row: Uint8Array): boolean => row.subarray(ID_BYTES).every((byte) => byte === 0);
const isWhole = (row: Uint8Array): boolean => checksum(row).equals(row.subarray(ID_BYTES + SECRET_BYTES));

function secretIn(row: Buffer, path: string): Uint8Array | 'destroyed' {
  if (isDestroyed(row)) return 'destroyed';
  if (!isWhole(row)) throw unreadable(path, 'a row is damaged; restore the file from a backup');
  return new Uint8Array(row.subarray(ID_BYTES, ID_BYTES + KEY_BYTES));
}

export const unreadable = (path: string, why: string, thrown?: unknown): IvrError =>
  new IvrError('KEYS_UNREADABLE', `${path}: ${why}`, { path }, thrown);

async function readDay(path: string): Promise<Day> {
  const bytes = await readSecrets(path);
  return { path, rows: await placesIn(bytes), end: bytes.length - (bytes.length % ROW_BYTES) };
}

async function readSecrets(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return Buffer.alloc(0);
    throw unreadable(path, `it cannot be read (${systemCode(thrown) ?? 'unknown'})`, thrown);
  }
}

/** Rows that are gone through before others run: well below a millisecond. */
const ROWS_A_TURN = 256;
const isTurnOver = (at: number): boolean => (at / ROW_BYTES) % ROWS_A_TURN === ROWS_A_TURN - 1;

/** Where each id's row begins. */
async function placesIn(bytes: Buffer): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  for (let at = 0; at + ROW_BYTES <= bytes.length; at += ROW_BYTES) {
    const hex = bytes.toString('hex', at, at + ID_BYTES);
    rows.set(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`, at);
    if (isTurnOver(at)) await othersRun();
  }
  return rows;
}

const withFile = <T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> =>
  safely(path, async () => {
    await using file = await open(path, flags, 0o600);
    return await work(file);
  });

/** @throws IvrError DISK_FULL, KEYS_UNREADABLE */
export async function safely<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    const cause = systemCode(thrown) ?? 'unknown';
    if (cause === 'ENOSPC' || cause === 'EDQUOT')
      throw new IvrError('DISK_FULL', `${path}: ${cause}`, { path, cause }, thrown);
    throw unreadable(path, cause, thrown);
  }
}
