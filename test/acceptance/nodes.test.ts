import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openCallee } from '../support/callee.ts';
import { call, type Caller } from '../support/caller.ts';
import { noPostgresql } from '../support/postgresql.ts';
import { msOfTone } from '../support/recording-of.ts';
import { eventually, runTellerline, type ServerProcess, startServer } from '../support/server-process.ts';
import { sharedDatabase } from '../support/shared-database.ts';
import { freePort } from '../support/sipp.ts';
import { addStaff, signIn } from '../support/staff-of-server.ts';

/* Two servers on one PostgreSQL share their queues: a customer on one, an agent at the desk of the other; then one of them is killed. */

const WAIT = 90_000;
const AGENT_HZ = 1_600;
const CUSTOMER_HZ = 700;
const WINDOW = '00000000-0000-4000-8000-000000000001';

async function waits(server: ServerProcess): Promise<Caller> {
  const customer = await call(server.sip);
  const own = ({ contact }: { readonly contact: string }): boolean =>
    server.events.some(
      (event) => event.type === 'call-offered' && event.sip_call_id === customer.callId && event.contact === contact,
    );
  await server.until('notice-given', own, WAIT);
  await customer.rtp.press('0');
  await server.until('queue-entered', own, WAIT);
  return customer;
}

test.skipIf(noPostgresql)(
  'a customer on one node is answered from the desk of another; the place outlives the node; the one journal proves it',
  async () => {
    await using scope = new Scope((error) => {
      throw error;
    });
    const folder = await mkdtemp(join(tmpdir(), 'tellerline-nodes-'));
    scope.defer(() => rm(folder, { recursive: true, force: true }));
    const { address } = scope.use(await sharedDatabase());
    const port = await freePort();
    const queues = join(folder, 'queues.yaml');
    await writeFile(
      queues,
      `default: service
queues: { service: { wait_unstaffed: true, wrap_up_s: 0, offer_s: 60, keep_place_s: 3600 } }
agents: { lin: { queues: { service: 1 }, languages: [en], telephone: 'sip:lin@127.0.0.1:${port}' } }
`,
    );
    const start = async (name: string): Promise<ServerProcess> => {
      const own = join(folder, name);
      await mkdir(own);
      const set = {
        'queues.file': queues,
        'storage.url': `postgres://${address.user}@localhost:${address.port}/${address.database}?host=${encodeURIComponent(address.host)}`,
        'storage.node': name,
        'staff.key_file': join(folder, 'staff-key'), // one for all nodes
        'archive.enabled': false,
      };
      return scope.use(await startServer({ folder: own, set }));
    };
    const near = await start('near');
    const far = await start('far');
    await addStaff(join(folder, 'far'), 'lin', 'agent');
    const lin = await signIn(far.http, 'lin');
    const telephone = scope.use(await openCallee(near.sip, port));

    const customer = scope.use(await waits(near));
    const desk = await lin.send('GET', `/api/staff/desk/events?window=${WINDOW}`);
    scope.defer(() => desk.body?.cancel());
    await lin.ok('POST', `/api/staff/desk/sign-in?window=${WINDOW}`, { device: 'telephone', queues: ['service'] });
    await telephone.answer();
    await eventually(
      async () => {
        if (near.events.some(({ type }) => type === 'agent-answered')) return true;
        await telephone.rtp.press('1');
        return false;
      },
      Boolean,
      WAIT,
    );
    for (const [from, to, hz] of [
      [telephone.rtp, customer.rtp, AGENT_HZ],
      [customer.rtp, telephone.rtp, CUSTOMER_HZ],
    ] as const) {
      const before = to.received.length;
      from.quiet();
      await from.speak(tone([hz], 8_000));
      from.idle();
      await to.until(() => msOfTone(to.heard(before), hz) > 500, `${hz} Hz`, WAIT);
    }
    expect(await far.metric('queue_waiting')).toBe(0);
    await telephone.hangUp();
    await customer.hungUpOn(WAIT);
    await lin.ok('POST', `/api/staff/desk/sign-out?window=${WINDOW}`, {});
    const report = await eventually(
      () => far.get('/api/reports?of=queue'),
      ({ text }) => text.includes('"handled":1'),
      WAIT,
    );
    expect(JSON.parse(report.text)).toMatchObject({
      lines: [{ name: 'service', counts: { joined: 1, answered: 1, handled: 1, abandoned: 0 } }],
    });

    // the node of somebody who waits is gone: they call the other one, and have the place that they had
    scope.use(await waits(near));
    expect(
      await eventually(
        () => far.metric('queue_waiting'),
        (waiting) => waiting === 1,
        WAIT,
      ),
    ).toBe(1);
    near.kill('SIGKILL');
    await near.exited;
    expect(
      await eventually(
        () => far.metric('queue_waiting'),
        (waiting) => waiting === 0,
        WAIT,
      ),
    ).toBe(0);
    const again = scope.use(await waits(far));
    expect(await far.until('queue-entered')).toMatchObject({ queue: 'service', returned: true });
    await again.hangUp();
    await eventually(
      () => far.metric('queue_waiting'),
      (waiting) => waiting === 0,
      WAIT,
    );

    const journal = join(folder, 'journal.jsonl');
    const config = join(folder, 'far', 'tellerline.yaml');
    expect((await runTellerline('queues', 'journal', '--to', journal, '--config', config)).status).toBe(0);
    const proof = await runTellerline('queues', 'prove', journal, '--json');
    expect([proof.status, proof.stderr]).toEqual([0, '']);
    expect(JSON.parse(proof.stdout)).toMatchObject({
      proven: true,
      calls: 3,
      overtakings: 0,
      doubleAnswers: 0,
      lost: 0,
    });
  },
  300_000,
);
