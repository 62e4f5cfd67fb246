import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { DestructionCertificate, DestructionOverview } from '../../src/archive/destruction.ts';
import { byteRange } from '../../src/http/routes/archive/byte-range.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { type Client } from '../support/console.ts';
import { HIDDEN, RATE, recordingRow } from '../support/memory-recordings.ts';
import { bank, CARDS, grantOf, people, useBank, WHY } from './console-bank.ts';

useBank();

const LOANS = recordingRow(1).id;
const RESTRICTED = recordingRow(5).id;

/** Of an answer whose body nobody wants. */
async function statusOf(reply: Promise<Response>): Promise<number> {
  const { status, body } = await reply;
  return body?.cancel().then(() => status) ?? status;
}

describe('audio', () => {
  const audio = (who: Client, id: string, grant: string, headers = {}) =>
    who.get(`/api/archive/recordings/${id}/audio.wav?grant=${grant}`, headers);

  test('needs a grant of this session for this recording', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    expect(await statusOf(audio(people.compliance, CARDS, 'x'.repeat(43)))).toBe(403);
    expect(await statusOf(audio(people.compliance, LOANS, grant))).toBe(403);
    expect(await statusOf(audio(people.supervisor, CARDS, grant))).toBe(403);
    expect(await statusOf(audio(people.compliance, CARDS, grant))).toBe(200);
  });

  test('by ranges, each with a row before its first byte and what was played after it; hidden spans are silent', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    const from = 44 + 32 * HIDDEN.fromMs;
    const reply = await audio(people.compliance, CARDS, grant, { range: `bytes=${from}-${from + 31_999}` });
    expect([reply.status, reply.headers.get('content-range'), reply.headers.get('content-type')]).toEqual([
      206,
      `bytes ${from}-${from + 31_999}/${44 + 60 * RATE * 4}`,
      'audio/wav',
    ]);
    const bytes = new Int16Array(await reply.arrayBuffer());
    expect(bytes.filter((_, i) => i % 2 === 0).every((sample) => sample === 0)).toBe(true);
    expect(bytes.some((sample) => sample > 7_000)).toBe(true);
    const played = async () =>
      (await bank.staff.audit.list({ target: CARDS, limit: 5 })).find(
        ({ result, detail }) => result === 'done' && detail['from_ms'] === HIDDEN.fromMs,
      );
    await expect
      .poll(played)
      .toMatchObject({ detail: { from_ms: 20_000, to_ms: 21_000 }, ...WHY, actor: 'compliance' });
    expect(await statusOf(audio(people.compliance, CARDS, grant, { range: 'bytes=99999999-' }))).toBe(416);
  });

  test('a player that goes away stops the reading, and what was played until then is written down', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    const { playback } = bank.archive;
    const open = playback.open.bind(playback);
    const ended = deferred<boolean>();
    playback.open = async (...given) => {
      const wav = await open(...given);
      return {
        ...wav,
        async *read(_from, _to, signal) {
          for (let i = 0; !signal.aborted; i++) {
            yield Buffer.alloc(i < 10 ? 32_000 : 0);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          ended.resolve(signal.aborted);
        },
      };
    };
    try {
      const asked = request(`${bank.web.address}/api/archive/recordings/${CARDS}/audio.wav?grant=${grant}`, {
        headers: { cookie: people.compliance.cookie, range: 'bytes=44-', connection: 'close' },
        agent: false,
      }).end();
      const [reply] = (await once(asked, 'response')) as [IncomingMessage];
      await once(reply, 'data');
      asked.destroy();
      expect(await ended.promise).toBe(true);
    } finally {
      playback.open = open;
    }
    const rows = async () =>
      (await bank.staff.audit.list({ target: CARDS, limit: 3 })).filter(({ result }) => result === 'done');
    await expect.poll(async () => Number((await rows())[0]?.detail['to_ms'])).toBeLessThan(60_000);
  });

  test('in clear only for compliance, with a ticket', async () => {
    const grant = await grantOf(people.compliance, CARDS, 'recording.play-clear');
    const from = 44 + 32 * HIDDEN.fromMs;
    const bytes = new Int16Array(
      await (await audio(people.compliance, CARDS, grant, { range: `bytes=${from}-${from + 999}` })).arrayBuffer(),
    );
    expect(bytes.filter((_, i) => i % 2 === 0).some((sample) => sample !== 0)).toBe(true);
    const ask = (who: Client, ticket: string) =>
      who.send('POST', `/api/archive/recordings/${CARDS}/access`, {
        action: 'recording.play-clear',
        purpose: WHY.purpose,
        ticket,
      });
    expect((await ask(people.compliance, '')).status).toBe(403);
    expect((await ask(people.supervisor, 'T-1')).status).toBe(403);
  });

  test('no row, no audio', async () => {
    const grant = await grantOf(people.compliance, CARDS);
    let opened = 0;
    const { playback } = bank.archive;
    const open = playback.open.bind(playback);
    playback.open = (...given) => {
      opened += 1;
      return open(...given);
    };
    await bank.storage.knex.schema.renameTable('audit_head', 'audit_away');
    try {
      const reply = await audio(people.compliance, CARDS, grant);
      expect([reply.status, ((await reply.json()) as { error: string }).error]).toEqual([503, 'AUDIT_FAILED']);
      expect(opened).toBe(0);
    } finally {
      await bank.storage.knex.schema.renameTable('audit_away', 'audit_head');
      playback.open = open;
    }
    expect(await statusOf(audio(people.compliance, CARDS, grant))).toBe(200);
  });

  test.each<[keyof typeof people, string]>([
    ['agent', CARDS],
    ['administrator', CARDS],
    ['auditor', CARDS],
    ['legal', CARDS],
    ['privacy', CARDS],
    ['supervisor', LOANS],
    ['supervisor', RESTRICTED],
    ['compliance', RESTRICTED],
  ])('%s does not hear %s, and that is written down', async (role, id) => {
    const reply = await people[role].send('POST', `/api/archive/recordings/${id}/access`, {
      action: 'recording.play',
      ...WHY,
    });
    expect(reply.status).toBe(403);
    expect((await bank.staff.audit.list({ target: id, limit: 1 }))[0]).toMatchObject({ actor: role, result: 'denied' });
  });

  test('a grant does not outlive the right to it', async () => {
    const other = await bank.client('second-supervisor', ['supervisor']);
    const grant = await grantOf(other, CARDS);
    expect(await statusOf(audio(other, CARDS, grant))).toBe(200);
    const id = other.person.holder.actor.id;
    await bank.staff.accounts.change(id, { attributes: { queues: ['loans'], level: 'C2', maxAgeDays: null } });
    expect(await statusOf(audio(other, CARDS, grant))).toBe(403);
    expect((await people.administrator.send('PATCH', `/api/staff/accounts/${id}`, { disabled: true })).status).toBe(
      200,
    );
    expect(await statusOf(audio(other, CARDS, grant))).toBe(401);
  });
});

describe('four eyes', () => {
  interface Asked {
    readonly id: string;
    readonly state: string;
  }
  const ask = (who: Client, action: string, targets: readonly string[], terms: object) =>
    who.send('POST', '/api/archive/requests', { action, targets, terms, ...WHY });
  const decide = (who: Client, id: string, decision = 'approved') =>
    who.send('POST', `/api/archive/requests/${id}/decision`, { decision, note: '' });
  const carryOut = (who: Client, id: string) => who.send('POST', `/api/archive/requests/${id}/carry-out`);

  test('an export: asked for, agreed to by another, carried out once, downloaded by its requester alone', async () => {
    const asked = (await (await ask(people.legal, 'recording.export', [CARDS], { masked: true })).json()) as Asked;
    expect(asked.state).toBe('waiting');
    expect((await carryOut(people.legal, asked.id)).status).toBe(403);
    expect((await decide(people.legal, asked.id)).status).toBe(403);
    expect((await decide(people.supervisor, asked.id)).status).toBe(403);
    expect((await decide(people.administrator, asked.id)).status).toBe(403);
    expect((await decide(people.compliance, asked.id)).status).toBe(200);
    expect((await carryOut(people.compliance, asked.id)).status).toBe(403);
    const { export: job } = await people.legal.ok<{ export: { id: string } }>(
      'POST',
      `/api/archive/requests/${asked.id}/carry-out`,
    );
    expect((await carryOut(people.legal, asked.id)).status).toBe(403);
    const state = async () => (await people.legal.ok<{ state: string }>('GET', `/api/archive/exports/${job.id}`)).state;
    await expect.poll(state).toBe('done');
    expect((await people.compliance.get(`/api/archive/exports/${job.id}/bundle.zip`)).status).toBe(404);
    const bundle = await people.legal.get(`/api/archive/exports/${job.id}/bundle.zip`);
    expect([bundle.status, (await bundle.text()).slice(0, 2)]).toEqual([200, 'PK']);
    expect((await bank.staff.audit.list({ action: 'export.download', limit: 1 }))[0]).toMatchObject({
      actor: 'legal',
      ...WHY,
    });
  });

  test('who may not do it may not ask for it; orders have to be right', async () => {
    expect((await ask(people.supervisor, 'recording.export', [CARDS], { masked: true })).status).toBe(403);
    expect((await ask(people.legal, 'recording.destroy', [CARDS], {})).status).toBe(403);
    expect((await ask(people.legal, 'recording.export', [CARDS], { masked: 'no' })).status).toBe(400);
    expect((await ask(people.legal, 'recording.export', [CARDS, LOANS], { masked: true })).status).toBe(400);
    expect((await ask(people.legal, 'recording.play', [CARDS], {})).status).toBe(400);
  });

  test('destruction, restriction, release and policies go the same way', async () => {
    const through = async (who: Client, by: Client, action: string, targets: readonly string[], terms: object) => {
      const asked = (await (await ask(who, action, targets, terms)).json()) as Asked;
      expect((await decide(by, asked.id)).status).toBe(200);
      return await who.ok('POST', `/api/archive/requests/${asked.id}/carry-out`);
    };
    const old = [recordingRow(100).id, recordingRow(101).id];
    expect(await through(people.privacy, people.legal, 'recording.destroy', old, {})).toEqual({
      refused: { [old[1] ?? '']: 'held' },
    });
    expect(bank.archive.destroyed).toEqual([old[0]]);
    await through(people.privacy, people.compliance, 'recording.restrict', [recordingRow(2).id], { on: true });
    expect((await bank.archive.recordings.find(recordingRow(2).id))?.restricted).toBe(true);
    const hold = await people.legal.ok<{ id: string }>('POST', '/api/archive/holds', {
      caseNo: 'C-9',
      reason: 'dispute',
      recordings: [LOANS],
    });
    await through(people.legal, people.compliance, 'hold.release', [hold.id], {});
    expect(bank.archive.released).toContain(hold.id);
    const policy = {
      id: 'bank-default',
      name: 'Calls',
      legalReference: 'x',
      basis: { kind: 'fixed' },
      years: 6,
      months: 0,
    };
    await through(people.compliance, people.legal, 'policy.change', ['bank-default'], policy);
    expect((await bank.archive.policies.list())[0]).toMatchObject({ version: 3, years: 6, approvedBy: 'legal' });

    const stopped = async () =>
      (await people.auditor.ok<{ overview: DestructionOverview }>('GET', '/api/archive/destruction')).overview.stopped;
    expect(await stopped()).toBe('set-forward');
    expect((await ask(people.compliance, 'destruction.resume', ['set-forward'], {})).status).toBe(403);
    await through(people.privacy, people.legal, 'destruction.resume', ['set-forward'], {});
    expect(await stopped()).toBeNull();
  });

  test('a certificate of destruction is fetched as it was signed', async () => {
    type Page = { certificates: DestructionCertificate[]; next: string | null };
    const { certificates, next } = await people.auditor.ok<Page>('GET', '/api/archive/destruction/certificates');
    const earlier = await people.auditor.ok<Page>('GET', `/api/archive/destruction/certificates?before=${next}`);
    expect([certificates.length, earlier.certificates.length, earlier.next]).toEqual([100, 30, null]);
    expect(new Set([...certificates, ...earlier.certificates].map(({ id }) => id)).size).toBe(130);
    const path = (recording: string) => `/api/archive/destruction/${recording}/certificate.json`;
    const [first] = certificates;
    const answer = await people.auditor.get(path(first?.recording ?? ''));
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([
      200,
      `attachment; filename="certificate-${first?.recording}.json"`,
    ]);
    expect(await answer.json()).toEqual({
      certificate: '{"format":"tellerline-destruction-certificate"}',
      signatures: [],
    });
    expect(await statusOf(people.auditor.get(path(CARDS)))).toBe(404);
    expect(await statusOf(people.administrator.get(path(first?.recording ?? '')))).toBe(403);
  });
});

test('break-glass: a supervisor past the own queue, an alarm, and a review by another', async () => {
  const { supervisor, auditor } = people;
  expect((await people.administrator.send('POST', '/api/staff/break-glass', { recording: LOANS, ...WHY })).status).toBe(
    403,
  );
  await supervisor.ok('POST', '/api/staff/break-glass', { recording: LOANS, ...WHY });
  const grant = await grantOf(supervisor, LOANS, 'recording.play-clear');
  expect(await statusOf(supervisor.get(`/api/archive/recordings/${LOANS}/audio.wav?grant=${grant}`))).toBe(200);
  const { emergencies } = await auditor.ok<{ emergencies: { id: string; account: string }[] }>(
    'GET',
    '/api/staff/break-glass',
  );
  expect(emergencies[0]).toMatchObject({ account: 'supervisor' });
  const review = (who: Client) =>
    who.send('POST', `/api/staff/break-glass/${emergencies[0]?.id}/review`, { verdict: 'unjustified', note: 'no' });
  expect((await review(supervisor)).status).toBe(403);
  expect((await review(auditor)).status).toBe(200);
});

test.each<[string, ReturnType<typeof byteRange>]>([
  ['', undefined],
  ['bytes=0-', { from: 0, to: 100 }],
  ['bytes=10-19', { from: 10, to: 20 }],
  ['bytes=90-900', { from: 90, to: 100 }],
  ['bytes=-10', { from: 90, to: 100 }],
  ['bytes=-1000', { from: 0, to: 100 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['items=0-1', undefined],
  ['bytes=-', undefined],
])('Range: %s', (header, expected) => {
  expect(byteRange(header, 100)).toEqual(expected);
});
