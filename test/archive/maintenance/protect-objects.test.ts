import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Blobs } from '../../../src/archive/blobs/blobs.ts';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../../../src/archive/blobs/mirrored-blobs.ts';
import { openS3Blobs } from '../../../src/archive/blobs/s3-blobs.ts';
import type { IndexedRecording } from '../../../src/archive/index/archive-index.ts';
import type { KeyStore } from '../../../src/archive/keys/key-store.ts';
import { openDestroyer } from '../../../src/archive/maintenance/open-destroyer.ts';
import { protectionFor, protectionProblems, protectObjects } from '../../../src/archive/maintenance/protect-objects.ts';
import { issuePermit } from '../../../src/domain/destruction-permit.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { recordingAt, utterance } from '../../support/archive-rows.ts';
import { hasPeer } from '../../support/peers.ts';
import { type S3Server, sharedS3 } from '../../support/shared-s3.ts';

const NOW = Date.now();
const HOUR = 3_600_000;
let server: S3Server | undefined;
let folder: string;
beforeAll(async () => {
  if (hasPeer('radosgw')) server = await sharedS3();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-protect-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const inFolder = (name: string): Promise<Blobs> => openFileBlobs(join(folder, name), Date.now);
const inS3 = async (): Promise<Blobs> =>
  openS3Blobs(await server!.client(), { bucket: await server!.bucket(true), prefix: 'p/' });
const STORES: readonly { readonly name: string; readonly can: boolean; readonly open: () => Promise<Blobs> }[] = [
  { name: 'files', can: true, open: () => inFolder('blobs') },
  { name: 'S3 with Object Lock', can: hasPeer('radosgw'), open: inS3 },
  {
    name: 'files and a copy in S3',
    can: hasPeer('radosgw'),
    open: async () => mirroredBlobs(await inFolder('blobs'), await inS3(), Date.now),
  },
];

/** A recording of three objects, locked for so long; why it is kept is changed by hand. */
async function archived(blobs: Blobs, lockMs = HOUR) {
  const row: IndexedRecording = recordingAt(NOW);
  const base = `customer-call/2026/11/30/07/${row.id}`;
  const keys = [`${base}.rec`, `${base}.mft`, `${base}.supervisor-private.pcmu.rec`];
  const lock = { mode: 'GOVERNANCE', until: wallMs((lockMs === HOUR ? NOW : Date.now()) + lockMs) } as const;
  for (const key of keys) await blobs.put(key, randomBytes(1_000), lock);
  // another recording whose key begins alike is none of its business
  await blobs.put('customer-call/2026/11/30/07/0190a0a0-0000-7000-8000-000000000001.rec', randomBytes(10), lock);
  const kept = { untils: [NOW + HOUR] as (number | null)[], holds: 0, card: false, hidden: '' };
  const parts = {
    blobs,
    index: {
      content: async () => ({
        events: [],
        spans:
          kept.hidden === ''
            ? []
            : [{ track: 'customer', fromMs: 0, toMs: 1, kind: 'masked', level: 'C3', source: kept.hidden } as const],
        segments: [utterance(kept.card ? 'it is 4111 1111 1111 1111' : 'hello')],
      }),
    },
    retention: {
      bases: async () =>
        kept.untils.map((until) => ({
          recording: row.id,
          policy: 'p',
          policyVersion: 1,
          legalReference: 'law',
          event: null,
          startedAt: null,
          until: until === null ? null : wallMs(until),
        })),
      holds: async () =>
        Array.from({ length: kept.holds }, (_, n) => ({
          id: `${n}`,
          caseNumber: 'C',
          reason: 'r',
          placedBy: 'l',
          placedAt: wallMs(NOW),
          releasedBy: [],
          releasedAt: null,
        })),
    },
    finalMode: 'COMPLIANCE' as 'COMPLIANCE' | 'GOVERNANCE',
    wall: () => wallMs(Date.now()),
  };
  const located = { ...row, location: `${base}.rec` };
  const states = async () => {
    const found: { mode: string | undefined; until: number; legalHold: boolean }[] = [];
    for (const store of blobs.copies)
      for await (const ref of store.list(base)) {
        const { lock: locked, legalHold } = await store.state(ref);
        found.push({ mode: locked?.mode, until: Math.round(((locked?.until ?? 0) - NOW) / HOUR), legalHold });
      }
    return found;
  };
  const all = (state: { mode: string; until: number; legalHold: boolean }) =>
    Array.from({ length: keys.length * blobs.copies.length }, () => state);
  return { row: located, parts, kept, keys, states, all };
}

for (const { name, can, open } of STORES)
  describe.skipIf(!can)(`the protection of stored objects in ${name}`, () => {
    test('follows a hold, its release, a longer term and an event: every object, in every copy, read back', async () => {
      await using blobs = await open();
      const { row, parts, kept, states, all } = await archived(blobs);
      const archivedRow = { ...row, state: 'ARCHIVED' as const };
      kept.holds = 1;
      const held = await protectObjects(archivedRow, parts);
      expect(held.read).toMatchObject({ mode: 'governance', legalHold: true, problem: null });
      expect(held.found).toHaveLength(3 * blobs.copies.length);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 1, legalHold: true }));
      // again is nothing
      expect((await protectObjects(archivedRow, parts)).found).toEqual([]);
      kept.holds = 0;
      kept.untils = [NOW + 5 * HOUR, NOW + HOUR];
      await protectObjects(archivedRow, parts);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 5, legalHold: false }));
      kept.untils.push(null); // waits for an event
      await protectObjects(archivedRow, parts);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 5, legalHold: true }));
      kept.untils = [NOW + 2 * HOUR]; // shorter than what was promised: nothing is weakened
      await protectObjects(archivedRow, parts);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 5, legalHold: false }));
    });

    test('is for good once it is verified and nothing sensitive stands in it, and never before', async () => {
      await using blobs = await open();
      const { row, parts, kept, states, all } = await archived(blobs);
      await protectObjects({ ...row, state: 'ARCHIVED' }, parts);
      kept.card = true;
      await protectObjects(row, parts);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 1, legalHold: false }));
      kept.card = false;
      for (kept.hidden of ['pause-ran-out', 'dtmf']) {
        await protectObjects(row, parts);
        expect(await states(), kept.hidden).toEqual(all({ mode: 'GOVERNANCE', until: 1, legalHold: false }));
      }
      kept.hidden = 'card-number'; // in the audio, encrypted, it may be
      parts.finalMode = 'GOVERNANCE';
      await protectObjects(row, parts);
      expect(await states()).toEqual(all({ mode: 'GOVERNANCE', until: 1, legalHold: false }));
      parts.finalMode = 'COMPLIANCE';
      expect((await protectObjects(row, parts)).read).toMatchObject({ mode: 'compliance', problem: null });
      expect(await states()).toEqual(all({ mode: 'COMPLIANCE', until: 1, legalHold: false }));
      // from then on it is extended as COMPLIANCE, whatever is wanted
      kept.untils = [NOW + 3 * HOUR];
      parts.finalMode = 'GOVERNANCE';
      await protectObjects(row, parts);
      expect(await states()).toEqual(all({ mode: 'COMPLIANCE', until: 3, legalHold: false }));
    });

    test('what somebody changed in the store is found by a look alone, named, and put right', async () => {
      await using blobs = await open();
      const { row, parts, kept, keys } = await archived(blobs);
      kept.holds = 1;
      await protectObjects(row, parts);
      const last = blobs.copies.at(-1)!;
      await last.setLegalHold((await last.find(keys[1]!))!, false);
      const wanted = await protectionFor(row, parts);
      const [problem, ...others] = await protectionProblems(row, wanted, blobs);
      expect(others).toEqual([]);
      expect(problem).toContain(keys[1]!);
      expect(problem).toContain('should be under a legal hold of the store, and is not');
      const { found, read } = await protectObjects(row, parts);
      expect([found.length, read.problem]).toEqual([1, null]);
      expect(await protectionProblems(row, wanted, blobs)).toEqual([]);
    });
  });

test('a recording of which a store has nothing is said to be unprotected there', async () => {
  await using blobs = mirroredBlobs(await inFolder('blobs'), await inFolder('copy'), Date.now);
  const { row, parts } = await archived(blobs);
  await rm(join(folder, 'copy/customer-call'), { recursive: true });
  const { read } = await protectObjects(row, parts);
  expect(read.problem).toBe(`${join(folder, 'copy')} has nothing of it`);
});

test('a store that cannot be read says nothing about protection', async () => {
  await using blobs = await inFolder('blobs');
  const { row, parts, keys } = await archived(blobs);
  await rm(join(folder, 'blobs', `${keys[0]!}.lock`));
  await rm(join(folder, 'blobs', keys[0]!));
  await writeFile(join(folder, 'blobs', `${keys[1]!}.lock`), 'no JSON');
  await expect(protectObjects(row, parts)).rejects.toMatchObject({ code: 'BLOBS_UNREACHABLE' });
});

describe.skipIf(!hasPeer('radosgw'))('S3', () => {
  test('what is destroyed there is gone with every version, and only when its lock has ended', async () => {
    const client = await server!.client();
    const bucket = await server!.bucket(true);
    await using blobs = openS3Blobs(client, { bucket, prefix: 'p/' });
    const { row, keys: objects } = await archived(blobs, 8_000);
    // somebody wrote over one, and deleted another: both are still there, as earlier versions
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `p/${objects[0]!}`, Body: 'another' }));
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `p/${objects[1]!}` }));
    let shredded = false;
    const permit = issuePermit(row.id);
    const keys = {
      has: async () => !shredded,
      isDestroyed: async () => shredded,
      destroySecret: async () => void (shredded = true),
    } as unknown as KeyStore;
    const destroyer = openDestroyer({ keys, blobs, folders: () => [] });
    const versions = async (): Promise<number> => {
      const { Versions = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `p/${objects[0]!.slice(0, -4)}` }),
      );
      return Versions.length;
    };
    expect(await versions()).toBe(4);
    await expect(destroyer.deleteVersions(row, permit)).rejects.toMatchObject({ code: 'BLOB_LOCKED' });
    await destroyer.shred(row, permit);
    expect(await destroyer.isGone(row)).toBe(false);
    await expect
      .poll(
        () =>
          destroyer.deleteVersions(row, permit).then(
            () => destroyer.isGone(row),
            () => false,
          ),
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true);
    expect(await versions()).toBe(0);
  });

  test('a store that takes a hold and does not keep it is told: it is not protected', async () => {
    const client = await server!.client();
    const bucket = await server!.bucket(true);
    await using blobs = openS3Blobs(client, { bucket, prefix: '' });
    const { row, parts, kept } = await archived(blobs);
    kept.holds = 1;
    // every request to hold is answered with 200 and forgotten, as some stores do
    client.middlewareStack.add(
      (next, context) => async (args) =>
        context.commandName === PutObjectLegalHoldCommand.name
          ? { output: { $metadata: { httpStatusCode: 200 } }, response: {} }
          : next(args),
      { step: 'initialize', name: 'forgetful' },
    );
    const { read } = await protectObjects(row, parts);
    expect(read).toMatchObject({ legalHold: false, problem: expect.stringContaining('is not protected') });
  });
});
