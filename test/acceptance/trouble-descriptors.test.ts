import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, openCaller, speaks } from '../support/caller.ts';
import { archiveBegun, eventually, type ServerProcess, startServer } from '../support/server-process.ts';

/* The server may open no more files and sockets while people talk with it. */

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
  // what opens files once has opened them
  await using first = await call(server.sip);
  await speaks(first);
  await first.hangUp();
  await archiveBegun(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const limitTo = (descriptors: number): void => {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(server.pid), `--nofile=${descriptors}:`], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
};
const MANY = 4_096;
/** Below what it held from its first moment: one that is closed meanwhile makes no room for another. */
const NONE = 16;
const ready = (status: number): Promise<unknown> =>
  eventually(
    () =>
      server.get('/readyz').then(
        (answer) => answer.status,
        () => 0, // no descriptor for the connection
      ),
    (now) => now === status,
  );

test('no descriptor is left: the line says so and refuses, calls under way and their recordings are as ever, and it comes back', async () => {
  await using caller = await call(server.sip);
  await speaks(caller);
  const held = (await server.descriptors()).length;

  // few are left: not ready, in words
  limitTo(held + 20);
  expect(await ready(503)).toBe(503);
  expect((await server.get('/readyz')).text).toMatch(/file descriptors.*of \d+ are free: raise ulimit -n/);
  await using early = await openCaller(server.sip);
  early.invite();
  const refused = await early.refused(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  // none at all, while a call ends and is sealed
  await using talking = await (async () => {
    limitTo(MANY);
    expect(await ready(200)).toBe(200);
    return call(server.sip);
  })();
  await speaks(talking);
  limitTo(NONE);
  await using late = await openCaller(server.sip);
  late.invite();
  await late.refused(503);
  const heard = caller.rtp.received.length;
  await caller.rtp.press('1');
  await speaks(caller, heard);
  await talking.hangUp();
  await server.until('call-ended', ({ because }) => because === 'caller-hung-up');
  const exhausted = /FILE_DESCRIPTORS_EXHAUSTED/;
  expect(
    await eventually(
      () => Promise.resolve(server.stderr),
      (log) => exhausted.test(log),
    ),
  ).toMatch(exhausted);

  limitTo(MANY);
  expect(await ready(200)).toBe(200);
  await using next = await call(server.sip);
  await speaks(next);
  for (const each of [caller, next]) await each.hangUp();
  for (const each of [caller, talking, next]) {
    const { contact } = await server.until('call-offered', ({ sip_call_id }) => sip_call_id === each.callId);
    const verified = await server.until('recording-verified', (event) => event.contact === contact);
    expect(verified).toMatchObject({ ok: true, problems: [] });
  }
});
