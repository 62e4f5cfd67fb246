import type { KeyStore } from '../archive/keys/key-store.ts';
import { leafOf } from '../archive/log/leaf.ts';
import type { LoggedRecord, LoggedRecords } from '../archive/maintenance/logged-records.ts';
import type { TransparencyLog } from '../archive/log/transparency-log.ts';
import type { Audit } from '../staff/audit.ts';

/* What people and keys did, in the log of the archive: whoever has an older checkpoint sees when any of it is changed afterwards. */

/** As it stands in a record of type ACCESS-BATCH: rows of the audit trail, and the hash of the last, which stands for all before it. */
interface AccessBatch {
  readonly from: number;
  readonly through: number;
  readonly head: string;
}

const batchIn = ({ text }: LoggedRecord): AccessBatch => JSON.parse(text) as AccessBatch;

/** Commits to the rows of the audit trail that came since the last time. @throws IvrError LOG_UNWRITABLE, STORAGE_FAILED */
export async function logAccesses(records: LoggedRecords, audit: Pick<Audit, 'head'>): Promise<void> {
  const last = await records.newest('ACCESS-BATCH');
  const from = (last === undefined ? 0 : batchIn(last).through) + 1;
  const head = await audit.head();
  if (head === undefined || head.seq < from) return; // without a head `fsck` tells of it
  await records.add('ACCESS-BATCH', `${from}-${head.seq}`, { from, through: head.seq, head: head.hash });
}

/** Commits to what became of keys since the last time: made, destroyed, backed up. @throws IvrError LOG_UNWRITABLE, STORAGE_FAILED, KEYS_UNREADABLE */
export async function logKeyEvents(records: LoggedRecords, keys: Pick<KeyStore, 'state'>): Promise<void> {
  const { epochs, backedUp } = await keys.state();
  const logged = new Set((await records.list('KEY-EVENT')).map(({ name }) => name));
  const happened = async (event: 'made' | 'destroyed' | 'backed-up', key: string, name: string): Promise<void> => {
    if (!logged.has(name)) await records.add('KEY-EVENT', name, { event, key });
  };
  for (const epoch of epochs) await happened('made', epoch, `made ${epoch}`);
  const there = new Set(epochs.map((epoch) => `made ${epoch}`));
  for (const name of logged)
    if (name.startsWith('made ') && !there.has(name)) {
      const key = name.slice('made '.length);
      await happened('destroyed', key, `destroyed ${key}`);
    }
  if (backedUp !== undefined) await happened('backed-up', 'root', `backed up ${new Date(backedUp).toISOString()}`);
}

/** Compares the records with their leaves, and the audit trail with both. @returns what is wrong, in sentences */
export async function checkLogged(
  records: Pick<LoggedRecords, 'list'>,
  log: Pick<TransparencyLog, 'leaf' | 'hash' | 'size'>,
  audit: Pick<Audit, 'rows' | 'verify'>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const batches = await records.list('ACCESS-BATCH');
  for (const record of [...batches, ...(await records.list('KEY-EVENT'))])
    if (record.leafIndex !== undefined && !(await isLeaf(record, record.leafIndex, log)))
      problems.push(
        `the record ${record.type} ${record.name} is not what leaf ${record.leafIndex} of the log commits to`,
      );
  const { rows, broken } = await audit.verify();
  if (broken !== null)
    problems.push(
      `row ${broken} of the audit trail was changed or removed; the ${rows} before it are as they were written`,
    );
  let expected = 1;
  for (const batch of batches.map(batchIn)) {
    if (batch.from !== expected)
      problems.push(`the log has no record of rows ${expected} to ${batch.from - 1} of the audit trail`);
    expected = batch.through + 1;
    const [row] = await audit.rows(batch.through, 1);
    if (row?.seq !== batch.through || row.hash !== batch.head)
      problems.push(`the audit trail up to row ${batch.through} is not the one that was logged`);
  }
  return problems;
}

async function isLeaf(
  { type, text }: LoggedRecord,
  index: number,
  log: Pick<TransparencyLog, 'leaf' | 'hash' | 'size'>,
): Promise<boolean> {
  if (index >= log.size) return false;
  const leaf = await log.leaf(index);
  return leaf.type === type && Buffer.from(leaf.digest).equals(leafOf(type, text, log.hash).digest);
}
