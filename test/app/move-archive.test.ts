import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archivePlaces } from '../../src/app/archive-places.ts';
import { checkedParts } from '../../src/app/checked-parts.ts';
import { indexHash } from '../../src/app/index-hash.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { moveArchive } from '../../src/app/move-archive.ts';
import { expectNotMoved } from '../../src/app/moved-mark.ts';
import { openArchive, openBlobs } from '../../src/app/open-archive.ts';
import { storageOptions } from '../../src/app/storage-options.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { checkRecording } from '../../src/archive/maintenance/fsck.ts';
import { storeRecords } from '../../src/archive/maintenance/retention-store.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { openAudioSealer } from '../../src/archive/pipeline/open-audio-sealer.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { openSearch } from '../../src/archive/search/open-search.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { newContactId, newLegId, type RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { openLadderStore } from '../../src/journal/ladder-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openAudit } from '../../src/staff/open-audit.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { STARTED, sealedForTest } from '../archive/pipeline/sealed-recording.ts';
import { utterance } from '../support/archive-rows.ts';
import { hasPeer } from '../support/peers.ts';
import { noPostgresql } from '../support/postgresql.ts';
import { type S3Server, sharedS3 } from '../support/shared-s3.ts';
import { sharedDatabase } from '../support/shared-database.ts';

/* The whole way with a real PostgreSQL and a real S3 server with Object Lock. */

let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-moving-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

const embedded = (more: Readonly<Record<string, string | boolean>> = {}): Promise<Config> =>
  loadConfig({
    environment: {},
    overrides: {
      'storage.file': join(folder, 'data/tellerline.sqlite'),
      'storage.node': 'node-1',
      'recordings.directory': join(folder, 'recordings'),
      'staff.key_file': join(folder, 'data/staff.key'),
      ...more,
    },
  });

async function openEmbedded(config: Config) {
  const storage = scope.use(
    await openStorage({ ...(await storageOptions(config)), migrations: MIGRATIONS }, silentLogger),
  );
  const archive = await openArchive(config, storage, scope, silentLogger);
  const sealer = scope.use(openAudioSealer());
  const hash = indexHash(archive.keys, config);
  return {
    ...archive,
    async archiveOne(text: string, number: string): Promise<RecordingId> {
      const { recording, folder: source } = await sealedForTest(config.recordings.directory, { callMs: 500 });
      const intent = { caller: '*8000', callee: '*88', callerHash: hash.number(number), calleeHash: null };
      await archive.index.expect({
        id: recording,
        contact: newContactId(STARTED),
        leg: newLegId(STARTED),
        node: 'node-1',
        direction: 'inbound',
        startedAt: wallMs(STARTED),
        sipCallId: 'x@y',
        retentionClass: 'customer-call',
        ...intent,
      });
      const description = {
        accountHashes: [],
        agents: ['ann'],
        queues: ['cards'],
        intents: [],
        language: 'en',
        outcome: 'caller-hung-up',
        dialplan: 'd',
        dialplanVersion: 1,
        level: 'C2' as const,
        unheardNotices: [],
      };
      await archiveRecording(
        recording,
        source,
        {
          ...archive,
          sealer,
          facts: async () => ({
            description,
            events: [],
            found: [],
            secret: [],
            receipts: [],
            journal: '[]',
            segments: [utterance(text)],
            transcript: undefined,
          }),
          wall: () => systemClock.wall(),
        },
        { workFolder: archive.places.work, keepSealedMs: 0, software: 'test' },
      );
      return recording;
    },
  };
}

describe.skipIf(noPostgresql || !hasPeer('radosgw'))('archive move', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await sharedS3();
  }, 180_000);

  async function scaledOut(): Promise<Config> {
    const { address } = await sharedDatabase();
    await writeFile(join(folder, 's3.secret'), s3.secretKey, { mode: 0o600 });
    return embedded({
      'storage.url': `postgres://tellerline@x/${address.database}?host=${encodeURIComponent(address.host)}&sslmode=disable`,
      'archive.directory': join(folder, 'scaled'),
      'archive.blobs': 's3',
      'archive.s3_endpoint': s3.endpoint,
      'archive.s3_bucket': await s3.bucket(true),
      'archive.s3_prefix': 'tellerline/',
      'archive.s3_access_key': s3.accessKey,
      'archive.s3_secret_file': join(folder, 's3.secret'),
    });
  }

  test('while a server writes, stopped half-way, and again: nothing is lost, and the new place proves it', async () => {
    const [from, to] = [await embedded(), await scaledOut()];
    const archive = await openEmbedded(from);
    const { knex } = archive.storage;
    const first = await archive.archiveOne('I have lost my credit card', '+8613800138000');
    const second = await archive.archiveOne('我的银行卡丢了', '13912345678');
    const hold = await archive.retention.placeHold({ caseNumber: '(2026)1', reason: 'dispute', placedBy: 'legal' }, [
      first,
      second,
    ]);
    await archive.retention.restrict({ recording: second, reason: 'PIPL', restrictedBy: 'privacy' });
    await archive.blobs.setLegalHold((await archive.blobs.find((await archive.index.find(first))!.location!))!, true);
    // SQLite takes a fraction where the schema says a whole number; earlier releases wrote some
    await knex('trusted_clock').insert({ node: 'node-1', at: STARTED + 0.59 });
    const audit = openAudit(knex, systemClock);
    const row = {
      actor: { kind: 'system-user', name: 'ann' },
      role: '',
      purpose: 'p',
      ticket: '',
      approval: null,
      detail: {},
    } as const;
    await audit.append({ ...row, action: 'recording.play', targets: [first], result: 'allowed' });
    await knex('call_event').insert({
      contact: 'c1',
      seq: 1,
      at: 1,
      t_ms: 0,
      v: 1,
      type: 'call-offered',
      data: '{"a":"\\u0000"}',
    });
    await knex('staff_grant').insert({
      token_hash: 'h',
      session: 's',
      action: 'a',
      recording: first,
      purpose: 'p',
      ticket: '',
      expires_at: 1,
    });

    const caller = newContactId(STARTED);
    const ladder = { steps: [], omitted: 3 };
    await openLadderStore(archive.storage).put(caller, ladder, wallMs(STARTED));

    const running = await moveArchive({ ...archive, serving: true }, to, () => undefined);
    expect(running.complete).toBe(false);
    expect(running.problems[0]).toMatch(/a server is writing here; stop it/);
    await expectNotMoved(from);

    // life goes on meanwhile
    const third = await archive.archiveOne('another card', '13800138001');
    await archive.retention.releaseHold(hold, ['ann', 'bo']);
    const later = await archive.retention.placeHold({ caseNumber: '(2026)2', reason: '', placedBy: 'legal' }, [third]);
    await archive.retention.liftRestriction(second, 'privacy');
    await storeRecords({ ...archive, wall: () => systemClock.wall() });
    await knex('staff_grant').delete();
    await audit.append({ ...row, action: 'hold.release', targets: [first], result: 'done' });
    // the run before was killed: its list of what is copied ends within a line
    const list = join(folder, 'recordings/archive/move');
    const name = (await readdir(list)).find((one) => one.endsWith('.jsonl'));
    const lines = await readFile(join(list, name!), 'utf8');
    await writeFile(join(list, name!), lines.slice(0, -40));

    const moved = await moveArchive(archive, to, () => undefined);
    expect(moved.problems).toEqual([]);
    expect(moved).toMatchObject({ complete: true });
    expect(Object.fromEntries(moved.checks.map(({ name: check, says }) => [check, says]))).toMatchObject({
      holds: '1 holds in force on 1 recordings',
      'inclusion proofs': expect.stringMatching(/^3 recordings are in the log/),
    });
    await expect(expectNotMoved(from)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expectNotMoved(to);
    // and again is no harm
    expect(await moveArchive(archive, to, () => undefined)).toMatchObject({ complete: true });

    const places = archivePlaces(to);
    await using there = await openStorage(
      { ...(await storageOptions(to)), file: join(folder, 'other/x.sqlite'), migrations: MIGRATIONS },
      silentLogger,
    );
    await using blobs = await openBlobs(to, places, systemClock);
    const index = openArchiveIndex(there, systemClock);
    for (const id of [first, second, third]) {
      const [was, is] = [(await archive.index.find(id))!, (await index.find(id))!];
      expect(is).toEqual({ ...was, versionId: is.versionId });
      expect(is.versionId).not.toBe(was.versionId);
      const parts = { ...checkedParts(archive, systemClock), index, blobs };
      expect(await checkRecording(is, parts, { repair: false })).toEqual({ recording: id, problems: [] });
      expect(await index.content(id)).toEqual(await archive.index.content(id));
    }
    const moved1 = (await index.find(first))!;
    const state = await blobs.state({ key: moved1.location!, version: moved1.versionId! });
    expect(state).toMatchObject({ legalHold: true, lock: { mode: 'GOVERNANCE' } });
    expect(Math.abs(state.lock!.until - (await archive.index.find(first))!.lockUntil!)).toBeLessThan(1_000);

    const search = openSearch(there, indexHash(archive.keys, to));
    const found = async (query: object): Promise<readonly string[]> =>
      (
        await search.find(query, { queues: null, level: 'C3', notBefore: null, restricted: 'shown' }, { limit: 9 })
      ).recordings.map(({ id }) => id);
    expect(await found({ words: 'credit card' })).toEqual([first]);
    expect(await found({ words: '银行卡' })).toEqual([second]);
    expect(await found({ number: '008613800138000' })).toEqual([first]);
    expect(await found({ agent: 'ann', onHold: true })).toEqual([third]);
    const retention = openRetention(there, {
      wall: () => systemClock.wall(),
      trusted: () => systemClock.wall(),
    });
    expect((await retention.holds({ inForce: true })).map(({ id }) => id)).toEqual([later]);
    expect(await openAudit(there.knex, systemClock).verify()).toEqual({ rows: 2, broken: null });
    expect(await there.knex('staff_grant')).toEqual([]);
    expect(await openLadderStore(there).find(caller)).toEqual(ladder);
    // the next record and the next row of the trail follow
    await retention.placeHold({ caseNumber: '3', reason: '', placedBy: 'x' }, [first]);
    await openAudit(there.knex, systemClock).append({ ...row, action: 'x', targets: [], result: 'done' });
  }, 180_000);

  test('what is there and is no copy is not overwritten; configurations that would leave a gap are refused', async () => {
    const [from, to] = [await embedded(), await scaledOut()];
    const archive = await openEmbedded(from);
    await archive.archiveOne('a', '1');
    {
      await using there = await openStorage(
        { ...(await storageOptions(to)), file: join(folder, 'other/x.sqlite'), migrations: MIGRATIONS },
        silentLogger,
      );
      await archive.storage
        .knex('call_event')
        .insert({ contact: 'c1', seq: 1, at: 1, t_ms: 0, v: 1, type: 'x', data: '{}' });
      await there.knex('call_event').insert({ contact: 'c1', seq: 1, at: 2, t_ms: 0, v: 1, type: 'other', data: '{}' });
    }
    await expect(moveArchive(archive, to, () => undefined)).rejects.toMatchObject({ code: 'CONFLICT' });
    for (const more of [
      { 'storage.url': '' },
      { 'archive.origin': 'bank.example/other' },
      { 'recordings.directory': join(folder, 'elsewhere') },
      { 'staff.key_file': join(folder, 'other.key') },
      { 'archive.enabled': false },
    ]) {
      const wrong = await embedded({ 'storage.url': to.storage.url, ...more });
      await expect(
        moveArchive(archive, wrong, () => undefined),
        JSON.stringify(more),
      ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });
});
