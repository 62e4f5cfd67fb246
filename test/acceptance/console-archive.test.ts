import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call, speaks } from '../support/caller.ts';
import { eventually, startServer } from '../support/server-process.ts';
import { codeOf, NEXT_PASSWORD, PASSWORD } from '../support/staff.ts';

/* A call, found in the console by what was said, looked at, listened to, proven, held: over HTTP, as the pages do it. */

interface Found {
  readonly recordings: readonly { readonly id: string; readonly snippet: string | null; readonly state: string }[];
  readonly count: number;
}

test('a call is found in the console by its words, heard, proven and held', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-console-'));
  try {
    await using server = await startServer({ folder });
    await addStaff(folder, 'chen', 'compliance');
    await addStaff(folder, 'aud', 'auditor');
    {
      await using caller = await call(server.sip);
      await speaks(caller);
      await server.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'));
      await caller.hangUp();
    }
    const person = await signIn(server.http, 'chen');
    const auditor = await signIn(server.http, 'aud');
    const session = await person.ok<{ may: string[]; parts: string[] }>('GET', '/api/staff/session');
    for (const part of ['holds', 'exports', 'restriction', 'policies', 'completeness'])
      expect(session.parts).toContain(part);
    for (const action of ['hold.place', 'recording.export', 'completeness.read']) expect(session.may).toContain(action);

    const search = (query: object) => person.ok<Found>('POST', '/api/archive/search', { query });
    const page = await eventually(
      () => search({ words: 'press one' }),
      ({ recordings: [first] }) => first?.state === 'VERIFIED',
    );
    expect(page).toMatchObject({ count: 1, recordings: [{ state: 'VERIFIED' }] });
    expect(page.recordings[0]?.snippet?.toLowerCase()).toContain('press one');
    expect((await search({ words: 'zebra' })).count).toBe(0);
    expect((await search({ dialplan: 'short@1', held: false })).count).toBe(1);
    // the caller's, of which the index has a keyed hash from the intent to record
    expect((await search({ number: '+15551234' })).count).toBe(1);
    expect((await search({ number: '13800138000' })).count).toBe(0);
    const id = page.recordings[0]?.id ?? '';
    const path = `/api/archive/recordings/${id}`;

    const stated = { action: 'recording.play', purpose: 'a complaint about the menu', ticket: 'T-1' };
    const { grant } = await person.ok<{ grant: string }>('POST', `${path}/access`, stated);
    const detail = await person.ok<Record<string, unknown>>('GET', `${path}?grant=${grant}`);
    expect(detail).toMatchObject({
      id,
      channels: [
        { channel: 0, roles: ['customer'] },
        { channel: 1, roles: ['bot'] },
      ],
      transcript: expect.arrayContaining([
        expect.objectContaining({ role: 'bot', channel: 1, text: expect.stringMatching(/press one/i) }),
      ]),
      events: expect.arrayContaining([expect.objectContaining({ type: 'call-ended' })]),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      leafIndex: expect.any(Number),
    });
    const peaks = await person.ok<{ channels: number[][] }>('GET', `${path}/peaks?grant=${grant}`);
    expect(Math.max(...(peaks.channels[1] ?? []))).toBeGreaterThan(5);

    // a second from the middle of the WAV: the bot is heard
    const audio = await person.send('GET', `${path}/audio.wav?grant=${grant}`, undefined, { range: 'bytes=0-63999' });
    expect([audio.status, audio.headers.get('content-range')]).toEqual([
      206,
      expect.stringMatching(/^bytes 0-63999\/\d+$/),
    ]);
    const wav = Buffer.from(await audio.arrayBuffer());
    expect([wav.toString('latin1', 0, 4), wav.readUInt16LE(22), wav.readUInt32LE(24)]).toEqual(['RIFF', 2, 8000]);
    let loudest = 0;
    for (let at = 46; at + 2 <= wav.length; at += 4) loudest = Math.max(loudest, Math.abs(wav.readInt16LE(at)));
    expect(loudest).toBeGreaterThan(1000);

    interface Row {
      readonly action: string;
      readonly targets: readonly string[];
      readonly result: string;
      readonly purpose: string;
      readonly detail: Readonly<Record<string, unknown>>;
    }
    const { rows } = await auditor.ok<{ rows: readonly Row[] }>('GET', '/api/staff/audit');
    expect(rows).toContainEqual(
      expect.objectContaining({
        action: 'recording.play',
        targets: [id],
        result: 'allowed',
        purpose: 'a complaint about the menu',
        detail: expect.objectContaining({ what: 'audio', range: 'bytes=0-63999' }),
      }),
    );
    expect((await auditor.send('GET', `${path}/audio.wav?grant=${grant}`)).status).toBe(403);

    const proven = await person.ok<{ ok: boolean; steps: { name: string; result: string }[] }>(
      'POST',
      `${path}/verify`,
    );
    expect(proven.ok).toBe(true);
    expect(Object.fromEntries(proven.steps.map(({ name, result }) => [name, result]))).toEqual({
      'stored-bytes': 'proved',
      decryption: 'proved',
      'manifest-signature': 'proved',
      'audio-hash': 'proved',
      'object-lock': 'proved',
      'call-covered': 'proved',
      'inclusion-proof': 'proved',
      'checkpoint-signature': 'proved',
      witness: 'not-configured',
      'time-stamp': 'not-configured',
    });

    const placed = { caseNo: 'C-1', reason: 'a dispute about the menu', recordings: [id] };
    expect(await person.ok('POST', '/api/archive/holds', placed)).toMatchObject({ caseNo: 'C-1', recordings: 1 });
    expect((await search({ held: true })).count).toBe(1);
    expect(await person.ok('GET', `${path}?grant=${grant}`)).toMatchObject({ holds: 1, heldBy: [{ caseNo: 'C-1' }] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

async function addStaff(folder: string, name: string, role: string): Promise<void> {
  const config = join(folder, 'tellerline.yaml');
  const child = spawn(process.execPath, ['dist/main.js', 'staff', 'add', name, '--roles', role, '--config', config], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(`${PASSWORD}\n`);
  const [status] = (await once(child, 'exit')) as [number];
  expect(status).toBe(0);
}

/** First sign-in: password, second factor, a password of one's own. */
async function signIn(http: string, name: string) {
  let cookie = '';
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const reply = await fetch(`${http}${path}`, {
      method,
      headers: {
        connection: 'close',
        cookie,
        'x-tellerline-console': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return reply;
  };
  const ok = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await send(method, path, body);
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as T;
  };
  await ok('POST', '/api/staff/sign-in', { name, password: PASSWORD });
  const { secret } = await ok<{ secret: string }>('POST', '/api/staff/enrolment');
  await ok('POST', '/api/staff/enrolment/confirm', { code: codeOf(secret, Date.now()) });
  const { step } = await ok<{ step: string }>('POST', '/api/staff/password', {
    current: PASSWORD,
    next: NEXT_PASSWORD,
  });
  expect(step).toBe('full');
  return { send, ok };
}
