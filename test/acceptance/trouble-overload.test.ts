import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import createKnex from 'knex';
import { expect, test } from 'vitest';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { call, openCaller, speaks } from '../support/caller.ts';
import { eventually, startServer } from '../support/server-process.ts';
import { answered, sipp, sippMissing, caller as steps } from '../support/sipp.ts';

/* More than there is: of calls, of disk. */

const INVITES = 200;
const AT_ONCE = 5;

test.skipIf(sippMissing)(
  'a flood of INVITEs: some are served, the others are told when to come back, and it is over',
  async () => {
    await using server = await startServer({ set: { 'limits.calls': AT_ONCE, 'sip.setups_per_second': 20 } });
    const scenario = [
      steps.invite(),
      '<recv response="100" optional="true"/>',
      '<recv response="503" optional="true" next="1"/>',
      answered,
      steps.request('ACK', 1),
      '<pause milliseconds="800"/>',
      steps.request('BYE', 2),
      '<recv response="200" next="2"/>',
      '<label id="1"/>',
      steps.ackFailure,
      '<label id="2"/>',
    ].join('\n');
    const flood = sipp(scenario, ['-r', '100', `${server.sip.host}:${server.sip.port}`], {
      calls: INVITES,
      timeout: 40,
    });
    const { status, messages, errors } = await flood.done;
    expect(status, errors).toBe(0);

    const refusals = messages.split(/^-{20,}.*$/m).filter((message) => /^SIP\/2\.0 503 /m.test(message));
    const refusedCalls = new Set(refusals.map((message) => /^Call-ID: *(\S+)/im.exec(message)?.[1]));
    expect(refusals.filter((message) => !/^Retry-After: [1-9]/m.test(message))).toEqual([]);
    expect(refusedCalls.size).toBeGreaterThan(INVITES / 2);
    const served = server.events.filter(({ type }) => type === 'call-answered').length;
    expect(served + refusedCalls.size).toBe(INVITES);
    expect(served).toBeGreaterThanOrEqual(AT_ONCE);

    const left = await eventually(
      async () => [
        await server.metric('calls'),
        await server.metric('media_endpoints'),
        await server.metric('sip_dialogs'),
      ],
      (levels) => levels.every((level) => level === 0),
    );
    expect(left).toEqual([0, 0, 0]);
    expect(await server.get('/readyz')).toMatchObject({ status: 200 });
    await using afterwards = await call(server.sip);
    await speaks(afterwards);
    await afterwards.hangUp();
  },
  90_000,
);

/** Takes all the room there is. */
async function fill(folder: string): Promise<string> {
  const path = join(folder, 'filler');
  const file = await open(path, 'w');
  const block = Buffer.alloc(1 << 16);
  try {
    for (;;) await file.write(block);
  } catch {
    return path;
  } finally {
    await file.close();
  }
}

test('the disk of the recordings fills up under a call: it goes on, the trouble is known, the next is refused; with room all is well', async ({
  skip,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-full-'));
  const recordings = join(folder, 'recordings');
  await mkdir(recordings);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', recordings], { stdio: 'ignore' });
  try {
    if (status !== 0) skip('a small file system can be mounted by root only');
    await using server = await startServer({ folder });
    await using caller = await call(server.sip);
    await speaks(caller);
    const { contact } = await server.until('call-answered');
    const filler = await fill(recordings);
    await server.until('trouble', (event) => event.code === 'DISK_FULL' && event.where === 'recording');
    expect(await server.metric('troubles_total{code="DISK_FULL"}')).toBeGreaterThan(0);

    await using next = await openCaller(server.sip);
    next.invite();
    expect((await next.refused(503)).headers.get('retry-after')).toMatch(/^[1-9]/);
    await server.until('call-rejected', (event) => event.status === 503);

    const heard = caller.rtp.received.length;
    await caller.rtp.press('1');
    await speaks(caller, heard, 400);
    await rm(filler);
    await caller.hangUp();
    await server.until('call-ended', (event) => event.contact === contact && event.because === 'caller-hung-up');
    const { path } = await server.until('recording-sealed', (event) => event.contact === contact);
    expect(await verifyRecording(dirname(path))).toMatchObject({ ok: true, problems: [] });

    await using last = await eventually(
      async () => {
        const again = await openCaller(server.sip);
        again.invite();
        if ((await again.final()).status === 200) return again;
        await again[Symbol.asyncDispose]();
        return undefined;
      },
      (again) => again !== undefined,
    );
    await last?.hangUp();
  } finally {
    if (status === 0) execFileSync('umount', ['-l', recordings]);
    await rm(folder, { recursive: true, force: true });
  }
});

test('the disk stays full to the end of the call: what was recorded is sealed at the next start', async ({ skip }) => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-full-'));
  const recordings = join(folder, 'recordings');
  await mkdir(recordings);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', recordings], { stdio: 'ignore' });
  try {
    if (status !== 0) skip('a small file system can be mounted by root only');
    let filler = '';
    {
      await using server = await startServer({ folder, set: { 'recordings.on_failure': 'continue' } });
      await using caller = await call(server.sip);
      await speaks(caller);
      filler = await fill(recordings);
      await server.until('trouble', (event) => event.code === 'DISK_FULL');
      // the reserve is given back to the live call; now that is taken as well
      await fill(recordings);
      await using unrecorded = await call(server.sip);
      await speaks(unrecorded);
      await server.until('recording-failed', ({ error }) => error === 'DISK_FULL');
      await unrecorded.hangUp();
      await caller.hangUp();
      await server.until('recording-failed', ({ recording }) =>
        server.events.some((event) => event.type === 'recording-started' && event.recording === recording),
      );
      server.kill('SIGTERM');
      expect(await server.exited).toMatchObject({ status: 0 });
    }
    await rm(filler);
    await using server = await startServer({ folder });
    expect(server.stdout).toMatch(/Recovered\s+1 recording/);
    const manifests = (await readdir(recordings, { recursive: true })).filter((name) => name.endsWith('manifest.json'));
    expect(manifests).toHaveLength(1);
    const [manifest = ''] = manifests;
    expect(await verifyRecording(join(recordings, dirname(manifest)))).toMatchObject({ intact: true });
    expect(JSON.parse(await readFile(join(recordings, manifest), 'utf8'))).toMatchObject({ recovered: true });
  } finally {
    if (status === 0) execFileSync('umount', ['-l', recordings]);
    await rm(folder, { recursive: true, force: true });
  }
});

test('another program holds the database under a call: the call goes on, health says so, and no event is lost', async () => {
  await using server = await startServer();
  await using caller = await call(server.sip);
  await speaks(caller);
  const holder = createKnex({
    client: 'sqlite3',
    connection: { filename: join(server.folder, 'tellerline.sqlite') },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  try {
    await holder.raw('BEGIN EXCLUSIVE');
    await caller.rtp.press('1');
    const { contact } = await server.until('state-entered', ({ state }) => state === 'hours');
    const ill = await eventually(
      () => server.get('/healthz'),
      ({ status }) => status === 503,
    );
    expect(ill).toMatchObject({ status: 503, text: expect.stringContaining('database') });
    await caller.hangUp();
    await server.until('recording-verified', ({ ok }) => ok);
    await server.until('call-ended', ({ because }) => because === 'caller-hung-up');
    await holder.raw('ROLLBACK');
    const well = await eventually(
      () => server.get('/healthz'),
      ({ status }) => status === 200,
    );
    expect(well).toMatchObject({ status: 200 });
    const { text } = await server.get(`/api/calls/${contact}`);
    const { call: kept, events } = JSON.parse(text) as { call: object; events: { seq: number; type: string }[] };
    expect(kept).toMatchObject({ because: 'caller-hung-up', live: false });
    expect(events.map(({ seq }) => seq)).toEqual(server.events.map((_, index) => index + 1));
    expect(events.map(({ type }) => type)).toEqual(server.events.map(({ type }) => type));
  } finally {
    await holder.destroy();
  }
});
