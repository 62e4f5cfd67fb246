import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Scope } from '../../src/lib/scope.ts';
import { openCallee } from '../support/callee.ts';
import { openCaller, speaks } from '../support/caller.ts';
import { faultShimMissing, openFaultShim } from '../support/fault-shim.ts';
import { DIALPLANS, eventually, type ServerProcess, startServer } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { expectComplete, expectRecorded, sealedBelow } from './aftermath.ts';
import { talk } from './callers.ts';
import { type LoopDisk, openLoopDisk } from './loop-disk.ts';

/* The disk of the recordings gets full, or dies, under calls: nobody is answered without a verified recording, or it is told. */

const UNSYNCED_MS = 2_000;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-disks-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** No later than the disk is looked at, `/readyz` says it. */
const readiness = (
  server: ServerProcess,
  status: number,
): Promise<{ readonly status: number; readonly text: string }> =>
  eventually(
    () => server.get('/readyz'),
    (answer) => answer.status === status,
  );

async function expectRefused(server: ServerProcess): Promise<void> {
  await using late = await openCaller(server.sip);
  late.invite();
  await late.refused(503);
}

const verified = (server: ServerProcess, contact: string) =>
  server.until('recording-verified', (event) => event.contact === contact, 60_000);

/** Takes all the room there is. */
async function fill(path: string): Promise<void> {
  const file = createWriteStream(path);
  await new Promise<void>((resolve) => {
    file.once('error', () => resolve());
    const more = (): void => void file.write(Buffer.alloc(1 << 20), (error) => error ?? more());
    more();
  });
  file.destroy();
}

const opened = openLoopDisk(320);
if (typeof opened === 'string') console.log(`skipped: a full disk: ${opened}`);
describe.skipIf(typeof opened === 'string')('a disk that is full', () => {
  const disk = opened as LoopDisk;
  afterEach(() => disk[Symbol.dispose]());

  test('calls under way get to their end and are verified, others are refused until there is room', async () => {
    await using server = await startServer({
      folder,
      set: { 'recordings.directory': join(disk.folder, 'recordings') },
    });
    await using leaver = await talk(server.sip);
    await using stayer = await talk(server.sip);
    await speaks(leaver.line);
    await fill(join(disk.folder, 'filler'));
    expect((await readiness(server, 503)).text).toContain('the disk of the recordings is full');
    await expectRefused(server);
    await pause(2_000);
    await leaver.line.hangUp();
    expect(await verified(server, leaver.contact)).toMatchObject({ ok: true, problems: [] });

    await rm(join(disk.folder, 'filler'));
    expect(await readiness(server, 200)).toMatchObject({ status: 200 });
    await using next = await talk(server.sip);
    await speaks(next.line);
    for (const caller of [stayer, next]) {
      caller.quiet();
      await caller.line.hangUp();
      expect(await verified(server, caller.contact)).toMatchObject({ ok: true, problems: [] });
    }
    await expectComplete(server);
  }, 240_000);
});

if (faultShimMissing !== undefined) console.log(`skipped: a dead disk: ${faultShimMissing}`);
describe.skipIf(faultShimMissing !== undefined)('a disk that dies', () => {
  test('under a caller and a person, with a spill: their talk goes on and is whole after the next start', async () => {
    const recordings = join(folder, 'recordings');
    using shim = openFaultShim(recordings);
    const personPort = await freePort();
    const set = {
      'dialplan.file': join(DIALPLANS, 'front-end.yaml'),
      'person.uri': `sip:person@127.0.0.1:${personPort}`,
      'recordings.spill': join(folder, 'spill'),
    };
    let diedAt = 0;
    await using scope = new Scope();
    const server = scope.use(await startServer({ folder, set, environment: shim.environment }));
    const caller = scope.use(await talk(server.sip));
    const person = scope.use(await openCallee(server.sip, personPort));
    await server.until('keys-only');
    await caller.line.rtp.press('0');
    await person.answer();
    await server.until('transfer-answered');
    shim.arm('dead');
    await readiness(server, 503);
    await expectRefused(server);
    await pause(3_000);
    await server.until('trouble', ({ where }) => where === 'recording');
    const heard = person.rtp.received.length;
    await pause(500);
    expect(person.rtp.received.length, 'packets to the person').toBeGreaterThan(heard);
    diedAt = Date.now();
    caller.quiet();
    await Promise.all([caller.line.hangUp(), person.hungUpOn()]);
    await server.until('recording-failed', undefined, 60_000);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ status: 0 });

    shim.disarm();
    await using again = await startServer({ folder, set });
    const sealed = await sealedBelow(recordings);
    expect(await expectRecorded(caller, sealed, { diedAt, mostMs: 200 })).toBeLessThanOrEqual(200);
    const tracks = sealed.get(caller.contact)?.manifest.tracks ?? [];
    expect(tracks.map(({ track }) => track)).toEqual(expect.arrayContaining(['agent', 'bot', 'customer']));
    await expectComplete(again);
  }, 240_000);

  const started = async (policy: string) => {
    const shim = openFaultShim(join(folder, 'recordings'));
    const set = { 'recordings.on_unsynced': policy, 'recordings.unsynced_ms': UNSYNCED_MS };
    const server = await startServer({ folder, set, environment: shim.environment });
    const caller = await talk(server.sip);
    await server.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'));
    shim.arm('dead');
    await server.until('trouble', ({ code }) => code === 'RECORDING_UNSYNCED');
    return { shim, server, caller };
  };

  test('without a spill, on_unsynced: end: the caller hears why and is hung up', async () => {
    const { shim, server, caller } = await started('end');
    await using _server = server;
    await using _caller = caller;
    await server.until('prompt-started', ({ text }) => /recorded/.test(text));
    await caller.line.hungUpOn();
    await server.until('call-ended', ({ because }) => because === 'recording-lost', 60_000);
    await expectRefused(server);
    shim.disarm();
    shim[Symbol.dispose]();
    await expectSoonComplete(server);
  }, 240_000);

  test.each(['announce', 'continue'])(
    'without a spill, on_unsynced: %s: the call goes on, and nothing is lost when the disk is back',
    async (policy) => {
      const { shim, server, caller } = await started(policy);
      await using _server = server;
      await using _caller = caller;
      if (policy === 'announce')
        await server.until('prompt-started', ({ text }) => /no longer being recorded/.test(text));
      await pause(1_000);
      shim.disarm();
      shim[Symbol.dispose]();
      await caller.line.rtp.press('1');
      await server.until('state-entered', ({ state }) => state === 'hours');
      expect(
        server.events.some((event) => event.type === 'prompt-started' && /no longer being recorded/.test(event.text)),
      ).toBe(policy === 'announce');
      caller.quiet();
      await caller.line.hangUp();
      expect(await verified(server, caller.contact)).toMatchObject({ ok: true, problems: [] });
      await expectSoonComplete(server);
    },
    240_000,
  );
});

/** What could not be sealed while the disk was dead is sealed by the next start. */
async function expectSoonComplete(server: ServerProcess): Promise<void> {
  server.kill('SIGTERM');
  await server.exited;
  await using again = await startServer({ folder });
  await expectComplete(again);
}
