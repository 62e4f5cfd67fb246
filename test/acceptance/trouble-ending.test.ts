import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeMulaw } from '../../src/audio/g711.ts';
import { parseWav } from '../../src/audio/wav.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { CallRow, RecordingRow } from '../../src/journal/journal-store.ts';
import { call, openCaller, speaks } from '../support/caller.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { hasPeer } from '../support/peers.ts';
import { runTellerline, type ServerProcess, startServer } from '../support/server-process.ts';

/* The server is told to stop, or is killed, while people talk with it. */

/** What the database holds, when nobody else has it open. */
async function journalOf(folder: string) {
  await using store = await openStoreIn(join(folder, 'tellerline.sqlite'));
  const contacts: { row: CallRow; events: readonly CallEvent[]; recordings: readonly RecordingRow[] }[] = [];
  for (const row of await store.calls({ limit: 500 })) {
    const [events, recordings] = [await store.events(row.contact), await store.recordings(row.contact)];
    contacts.push({ row, events, recordings });
  }
  return contacts;
}

const sealedBy = (server: ServerProcess) => server.until('recording-sealed');

test('SIGTERM: callers hear an apology and are hung up, recordings are sealed, nobody else gets in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-sigterm-'));
  try {
    await using server = await startServer({ folder, set: { 'http.port': 0 } });
    await using caller = await call(server.sip);
    await using late = await openCaller(server.sip);
    await server.until('keys-only');
    await speaks(caller);
    await server.until('prompt-finished', ({ because, prompt }) => because === 'end' && prompt.startsWith('main'));

    const before = caller.rtp.received.length;
    server.kill('SIGTERM');
    await server.until('prompt-started', ({ text }) => text.startsWith('Sorry, we must stop'));
    const readiness = await server.get('/readyz');
    expect(readiness).toMatchObject({ status: 503, text: expect.stringContaining('draining') });
    late.invite();
    const refusal = await late.refused(503);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    await caller.hungUpOn();
    await speaks(caller, before, 500);

    const { status, stdout } = await server.exited;
    expect(status).toBe(0);
    expect(stdout).toMatch(/stopping: 1 call under way\nstopped\n$/);

    const [answered] = await journalOf(folder);
    expect(answered?.row).toMatchObject({ because: 'shutdown' });
    const apology = answered?.events.findLast((event) => event.type === 'prompt-finished');
    expect(apology).toMatchObject({ prompt: expect.stringContaining('shutdown'), because: 'end' });
    expect(answered?.recordings).toMatchObject([{ state: 'VERIFIED' }]);
    const path = answered?.recordings[0]?.path ?? '';
    const verified = await runTellerline('recordings', 'verify', dirname(path));
    expect(verified).toMatchObject({ status: 0, stdout: expect.stringMatching(/^verified /) });
    expect(await readdir(join(folder, 'recordings', 'spool'))).not.toContainEqual(expect.stringMatching(/\.spool$/));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a second SIGTERM ends at once', async () => {
  await using server = await startServer();
  await using caller = await call(server.sip);
  await server.until('call-answered');
  server.kill('SIGTERM');
  await server.until('prompt-started', ({ text }) => text.startsWith('Sorry, we must stop'));
  server.kill('SIGTERM');
  expect(await server.exited).toMatchObject({ status: 130 });
  expect(caller.sip.unheard).not.toContain('BYE');
});

/** A code that silence, concealment and comfort noise do not make. */
const SAID = 0x10;
const [said16] = decodeMulaw(Uint8Array.of(SAID));

test('kill -9 in mid-call: at the next start the recording is there but for less than a second, and the call is ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-killed-'));
  try {
    let said = 0;
    {
      await using server = await startServer({ folder });
      await using caller = await openCaller(server.sip);
      caller.invite();
      await caller.answered();
      const payload = new Uint8Array(160).fill(SAID);
      const talking = setInterval(() => {
        caller.rtp.send(payload);
        said += payload.length;
      }, 20);
      try {
        await server.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'));
        await caller.rtp.until(() => said >= 24_000, 'three seconds of talk', 20_000);
        server.kill('SIGKILL');
        expect(await server.exited).toMatchObject({ signal: 'SIGKILL' });
      } finally {
        clearInterval(talking);
      }
    }
    {
      await using server = await startServer({ folder });
      expect(server.stdout).toMatch(/Recovered\s+1 recording/);
      const { text } = await server.get('/api/calls');
      expect(JSON.parse(text)).toMatchObject({ calls: [{ live: false, because: 'crashed' }] });
      expect(await server.get('/readyz')).toMatchObject({ status: 200 });
      await using next = await call(server.sip);
      await speaks(next);
      await next.hangUp();
      await sealedBy(server);
      await server.until('call-ended');
    }
    const crashed = (await journalOf(folder)).find(({ row }) => row.because === 'crashed');
    expect(crashed?.events.map(({ seq }) => seq)).toEqual(crashed?.events.map((_, index) => index + 1));
    expect(crashed?.events.slice(-3)).toMatchObject([
      { type: 'recording-sealed', recovered: true },
      { type: 'recording-verified', ok: true },
      { type: 'call-ended', because: 'crashed' },
    ]);
    const path = crashed?.recordings[0]?.path ?? '';
    const whole = await runTellerline('recordings', 'verify', dirname(path));
    expect(whole).toMatchObject({ status: 0 });
    const customer = await readFile(join(dirname(path), 'tracks', 'customer.pcmu.wav'));
    const kept = parseWav(customer).samples[0]?.filter((sample) => sample === said16).length ?? 0;
    expect(said - kept).toBeLessThanOrEqual(8_000);
    if (hasPeer('sox')) {
      const { status, stderr } = spawnSync('sox', [path, '-n', 'stat'], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    }

    await using again = await startServer({ folder });
    expect(again.stdout).not.toContain('Recovered');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
