import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asError } from '../../domain/error.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { DestructionState } from '../retention/reaper.ts';

export interface ExaminedParts {
  readonly keys: KeyStore;
  readonly blobs: Blobs;
  readonly index: ArchiveIndex;
  readonly log: TransparencyLog;
  /** Folders of this machine that fill up, each with what it is for. */
  readonly folders: Readonly<Record<string, string>>;
  readonly witnesses: number;
  readonly timeStamps: boolean;
  readonly retention: RetentionState;
  /** How many recordings' locks and holds in the store have to follow a change, since when (Unix ms), and how many cannot. */
  readonly protection: () => Promise<{ readonly due: number; readonly since: number | null; readonly wrong: number }>;
  /** What others know, by what it is about. */
  readonly others: Readonly<Record<string, () => Promise<Omit<Diagnosis, 'name'>>>>;
}

export interface RetentionState {
  destructions(): Promise<Readonly<Record<DestructionState, number>>>;
  /** Records that are not in the store yet, and since when. */
  waiting(): Promise<{ readonly records: number; readonly since: number | null }>;
  readonly wall: () => number;
}

export interface Diagnosis {
  readonly name: string;
  /** `risk`: works, and could be lost or doubted; `bad`: does not do what it should. */
  readonly state: 'ok' | 'risk' | 'bad';
  readonly says: string;
}

const FULL = 0.8;
/** Records of retention are stored within seconds. */
const LATE_MS = 300_000;

/** What is at risk, part by part; never throws. */
export async function examine(parts: ExaminedParts): Promise<readonly Diagnosis[]> {
  const { blobs, index, keys, log, witnesses, timeStamps } = parts;
  const look = async (
    name: string,
    work: () => Promise<Omit<Diagnosis, 'name'>> | Omit<Diagnosis, 'name'>,
  ): Promise<Diagnosis> => {
    try {
      return { name, ...(await work()) };
    } catch (thrown) {
      return { name, state: 'bad', says: asError(thrown).message };
    }
  };
  return [
    await look('keys', async () => {
      const { problems, backedUp, epochs } = await keys.state();
      if (problems.length > 0) return { state: 'risk', says: problems.join('; ') };
      const when = backedUp === undefined ? '' : `, backed up ${new Date(backedUp).toISOString()}`;
      return { state: 'ok', says: `${epochs.length} epochs${when}` };
    }),
    await look('store', () => storeOf(blobs)),
    await look('copies', async () => copiesOf(blobs, (await keys.state()).copy)),
    await look('protection', async () => {
      const { due, since, wrong } = await parts.protection();
      if (wrong > 0)
        return {
          state: 'bad',
          says: `${wrong} recordings are not locked or held in the store as they should be; \`tellerline archive fsck\` names them`,
        };
      if (due === 0) return { state: 'ok', says: 'locks and legal holds of the store are what retention says' };
      const late = since !== null && parts.retention.wall() - since > LATE_MS;
      return { state: late ? 'risk' : 'ok', says: `${due} recordings wait for their lock or legal hold to follow` };
    }),
    await look('recordings', async () => {
      const { MISSING, SEALED, ARCHIVED, VERIFIED } = await index.counts();
      const says = `${VERIFIED} verified, ${ARCHIVED} archived and not verified, ${SEALED} waiting, ${MISSING} missing`;
      return { state: MISSING > 0 ? 'bad' : ARCHIVED > 0 ? 'risk' : 'ok', says };
    }),
    await look('retention', async () => {
      const { records, since } = await parts.retention.waiting();
      if (records === 0) return { state: 'ok', says: 'every hold, policy and certificate is in the store, too' };
      const late = since !== null && parts.retention.wall() - since > LATE_MS;
      const says = `${records} records of holds, policies or certificates are in the database alone, since ${new Date(since ?? 0).toISOString()}`;
      return { state: late ? 'risk' : 'ok', says };
    }),
    await look('destruction', async () => {
      const { proposed, approved, shredding, destroyed } = await parts.retention.destructions();
      const says = `${proposed} due and waiting for two people, ${approved} agreed to, ${shredding} begun and not finished, ${destroyed} destroyed`;
      return { state: shredding > 0 ? 'risk' : 'ok', says };
    }),
    await look('log', () => ({ state: 'ok', says: `${log.size} leaves as ${log.origin}` })),
    await look('witness', () =>
      witnesses > 0
        ? { state: 'ok', says: `${witnesses} configured` }
        : {
            state: 'risk',
            says: 'no independent witness has seen the log: whoever holds the keys could rewrite it. Set archive.witness_url',
          },
    ),
    await look('time stamps', () =>
      timeStamps
        ? { state: 'ok', says: 'configured' }
        : { state: 'risk', says: 'no authority says when: set archive.tsa_url' },
    ),
    ...(await Promise.all(Object.entries(parts.others).map(([name, work]) => look(name, work)))),
    ...(await Promise.all(
      Object.entries(parts.folders).map(([name, folder]) => look(`disk of ${name}`, () => diskOf(folder))),
    )),
  ];
}

/** Locks of files bind nobody who is root on their machine. */
function storeOf({ copies, location }: Blobs): Omit<Diagnosis, 'name'> {
  if (copies.some(({ kind }) => kind === 's3'))
    return { state: 'ok', says: `${location}, objects locked by the store` };
  return {
    state: 'risk',
    says: `${location}: its locks bind Tellerline and not whoever is root; an S3 store with Object Lock has them bind everybody`,
  };
}

function copiesOf({ copies }: Blobs, keys: string | undefined): Omit<Diagnosis, 'name'> {
  const risks = [
    ...(copies.length === 1 ? [`one copy of every object, in ${copies[0]?.location}: set archive.copy.blobs`] : []),
    ...(keys === undefined
      ? ['one copy of the recordings’ keys: set archive.copy.keys_directory, or copy `epochs` and `secrets` every day']
      : []),
  ];
  if (risks.length > 0) return { state: 'risk', says: risks.join('; ') };
  return {
    state: 'ok',
    says: `objects in ${copies.map(({ location }) => location).join(' and ')}, keys in ${keys} too`,
  };
}

async function diskOf(folder: string): Promise<Omit<Diagnosis, 'name'>> {
  const { bavail, blocks } = await statfs(await existing(folder));
  const used = 1 - bavail / blocks;
  return { state: used > FULL ? 'risk' : 'ok', says: `${folder}: ${Math.round(used * 100)} % full` };
}

/** The folder, or where it will be made. */
async function existing(folder: string): Promise<string> {
  const there = await stat(folder).catch(() => undefined);
  return there !== undefined || dirname(folder) === folder ? folder : existing(dirname(folder));
}
