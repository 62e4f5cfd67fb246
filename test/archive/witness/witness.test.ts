import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { TransparencyLog } from '../../../src/archive/log/transparency-log.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../../src/archive/signing/raw-key.ts';
import { formatAddCheckpoint } from '../../../src/archive/witness/add-checkpoint.ts';
import { httpWitness } from '../../../src/archive/witness/http-witness.ts';
import { keepCosigned } from '../../../src/archive/witness/keep-cosigned.ts';
import { type OpenWitness, openWitness } from '../../../src/archive/witness/open-witness.ts';
import { ms } from '../../../src/domain/units.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { cosignedAt, type NoteKey, parseNote } from '../../../src/verify/note.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const logSigner = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
const witnessSigner = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
const origin = 'bank.example/tellerline';
const logKey: NoteKey = { name: origin, raw: rawEd25519(logSigner.publicKey) };
const witnessName = 'audit.example/witness';
const witnessKey: NoteKey = { name: witnessName, raw: rawEd25519(witnessSigner.publicKey) };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-witness-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const log = (name: string): Promise<TransparencyLog> =>
  openTransparencyLog({ folder: join(folder, name), origin, signer: logSigner, witnesses: [witnessKey] });
const witness = (name = 'witness'): Promise<OpenWitness> =>
  openWitness(
    {
      folder: join(folder, name),
      name: witnessName,
      signer: witnessSigner,
      logs: [logKey],
      host: '127.0.0.1',
      port: 0,
    },
    systemClock,
    silentLogger,
  );
const fill = (into: TransparencyLog, n: number, mark = 1): Promise<unknown> =>
  Promise.all(
    Array.from({ length: n }, (_, at) => {
      const digest = Buffer.alloc(32, mark);
      digest.writeUInt32BE(into.size + at);
      return into.append({ type: 'RECORDING', digest });
    }),
  );

test('the witness cosigns what goes on from what it has seen, also after both have been started anew', async () => {
  for (let day = 1; day <= 2; day++) {
    await using ours = await log('log');
    await using theirs = await witness();
    await using cosigning = keepCosigned(
      ours,
      [httpWitness(theirs.url, witnessKey)],
      { every: ms(60_000), limit: ms(10_000) },
      systemClock,
      silentLogger,
    );
    await fill(ours, 300);
    await cosigning.round();
    await fill(ours, 5);
    await cosigning.round();
    expect(cosigning.health()).toEqual([
      { witness: witnessName, size: day * 305, failingSince: undefined, code: undefined },
    ]);
    const cosigned = ours.cosigned();
    expect(cosigned?.size).toBe(day * 305);
    const at = await cosignedAt(parseNote(cosigned?.note ?? ''), witnessKey);
    expect(Math.abs((at ?? 0) - Date.now() / 1_000)).toBeLessThan(60);
  }
});

test('a history that was rewritten, a roll-back and a fork are refused, and the alarm says so', async () => {
  await using theirs = await witness();
  const ask = httpWitness(theirs.url, witnessKey);
  const options = { every: ms(60_000), limit: ms(10_000) };
  {
    await using ours = await log('log');
    await using cosigning = keepCosigned(ours, [ask], options, systemClock, silentLogger);
    await fill(ours, 20);
    await cosigning.round();
    expect(cosigning.health()[0]?.size).toBe(20);
  }
  for (const [name, size] of [
    ['rewritten', 25],
    ['rolled-back', 12],
    ['forked', 20],
  ] as const) {
    await using forged = await log(name);
    await using cosigning = keepCosigned(forged, [ask], options, systemClock, silentLogger);
    await fill(forged, size, 2);
    await cosigning.round();
    expect(cosigning.health()[0], name).toMatchObject({ code: 'WITNESS_REFUSED' });
    expect(cosigning.health()[0]?.failingSince, name).toBeDefined();
    expect(forged.cosigned(), name).toBeUndefined();
  }
  // the true one still goes on
  await using ours = await log('log');
  await using cosigning = keepCosigned(ours, [ask], options, systemClock, silentLogger);
  await fill(ours, 1);
  await cosigning.round();
  expect(ours.cosigned()?.size).toBe(21);
});

test('a witness that is away is told of, and the log goes on without', async () => {
  await using ours = await log('log');
  let url: string;
  {
    await using theirs = await witness();
    url = theirs.url;
  }
  await using cosigning = keepCosigned(
    ours,
    [httpWitness(url, witnessKey)],
    { every: ms(60_000), limit: ms(2_000) },
    systemClock,
    silentLogger,
  );
  await fill(ours, 3);
  await cosigning.round();
  expect(cosigning.health()[0]).toMatchObject({ code: 'WITNESS_UNREACHABLE' });
  await fill(ours, 3);
  expect(ours.size).toBe(6);
});

test('without any witness the log’s head is signed all the same, again and again', async () => {
  await using ours = await log('log');
  const clock = new ManualClock();
  await using _cosigning = keepCosigned(ours, [], { every: ms(60_000), limit: ms(2_000) }, clock, silentLogger);
  await fill(ours, 3);
  expect(ours.latest()).toBeUndefined();
  for (const size of [3, 5]) {
    await fill(ours, size - ours.size);
    clock.advance(60_000);
    await vi.waitFor(() => expect(ours.latest()?.size).toBe(size));
  }
});

test('a log of strangers, a forged signature and nonsense are refused with the status of C2SP tlog-witness', async () => {
  await using theirs = await witness();
  await using ours = await log('log');
  await fill(ours, 4);
  const { note } = await ours.checkpoint();
  const post = async (body: string, path = '/add-checkpoint', method = 'POST'): Promise<number> => {
    const response = await fetch(theirs.url + path, { method, ...(method === 'POST' ? { body } : {}), signal: soon() });
    await response.text();
    return response.status;
  };
  const request = (text: string, old = 0): string => formatAddCheckpoint({ old, proof: [], note: text });
  expect(await post(request(note.replaceAll(origin, 'stranger.example/log')))).toBe(404);
  expect(await post(request(note.replace('\n4\n', '\n5\n')))).toBe(403);
  expect(await post(request(note, 5))).toBe(400);
  expect(await post(request(note, 3))).toBe(409);
  expect(await post(`old 0\n${'A'.repeat(43)}=\n\n${note}`)).toBe(422);
  for (const nonsense of ['', 'old', 'old 0\n\n', `old 00\n\n${note}`, `old 0\nAAAA\n\n${note}`, 'x'.repeat(1_000)])
    expect(await post(nonsense), nonsense).toBe(400);
  expect(await post('x'.repeat(70_000))).toBe(413);
  expect(await post('', '/')).toBe(404);
  expect(await post('', '/add-checkpoint', 'GET')).toBe(405);
  expect(await post(request(note))).toBe(200);
});

test('a witness that cannot read what it has seen does not start: going on would allow a roll-back', async () => {
  {
    await using theirs = await witness();
    await using ours = await log('log');
    await fill(ours, 4);
    await httpWitness(theirs.url, witnessKey).cosign((await ours.checkpoint()).note, 0, [], soon());
  }
  const [seen = ''] = await readdir(join(folder, 'witness', 'seen'));
  await writeFile(join(folder, 'witness', 'seen', seen), 'nothing that makes sense');
  await expect(witness()).rejects.toMatchObject({ code: 'LOG_DAMAGED' });
});

test('whoever sends half a request holds nothing up', async () => {
  await using theirs = await witness();
  const { hostname, port } = new URL(theirs.url);
  const slow = connect(Number(port), hostname);
  await once(slow, 'connect');
  slow.write('POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nold 0');
  await using ours = await log('log');
  await fill(ours, 4);
  const answer = await httpWitness(theirs.url, witnessKey).cosign((await ours.checkpoint()).note, 0, [], soon());
  expect(answer).toHaveProperty('cosignature');
  slow.destroy();
});
