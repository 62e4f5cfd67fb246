import { join } from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { type Caller, openCaller } from '../support/caller.ts';
import { eventually, runTellerline, type ServerProcess, startServer } from '../support/server-process.ts';

/* The server is killed while customers wait: nobody is lost, whoever calls again has the place back, and the journal proves it. */

const WAIT = 90_000;
const QUEUES = `default: service
queues: { service: { wait_unstaffed: true, keep_place_s: 3600 } }
agents: { wei: { queues: { service: 1 }, languages: [en] } }
`;

async function asks(server: ServerProcess): Promise<Caller> {
  const customer = await openCaller(server.sip);
  customer.invite();
  await customer.answered();
  return customer;
}

async function waits(server: ServerProcess, customer: Caller): Promise<void> {
  await customer.rtp.press('0');
  await server.until('queue-entered', undefined, WAIT);
}

test('kill -9 in the middle of a queue: the next start ends what was cut off, the place is kept, and the journal is proven', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-queue-killed-'));
  const set = { 'queues.file': join(folder, 'queues.yaml') };
  await writeFile(set['queues.file'], QUEUES);
  try {
    {
      await using server = await startServer({ folder, set });
      await using customer = await asks(server);
      await server.until('notice-given', undefined, WAIT);
      await waits(server, customer);
      expect(await server.metric('queue_waiting')).toBe(1);
      server.kill('SIGKILL');
      await server.exited;
    }
    {
      await using server = await startServer({ folder, set });
      expect(await server.metric('queue_waiting')).toBe(0);
      await using again = await asks(server);
      await server.until('notice-given', undefined, WAIT);
      await again.rtp.press('0');
      expect(await server.until('queue-entered', undefined, WAIT)).toMatchObject({ queue: 'service', returned: true });
      await again.hangUp();
      await eventually(
        () => server.metric('queue_waiting'),
        (waiting) => waiting === 0,
        WAIT,
      );
      const journal = join(folder, 'journal.jsonl');
      const config = join(folder, 'tellerline.yaml');
      expect((await runTellerline('queues', 'journal', '--to', journal, '--config', config)).status).toBe(0);
      const proof = await runTellerline('queues', 'prove', journal, '--json');
      expect([proof.status, proof.stderr]).toEqual([0, '']);
      expect(JSON.parse(proof.stdout)).toMatchObject({
        proven: true,
        calls: 2,
        overtakings: 0,
        doubleAnswers: 0,
        stuck: 0,
        lost: 0,
        faults: [],
      });
      const report = await server.get('/api/reports?of=queue&interval=15min');
      expect(report.status).toBe(200);
      expect(JSON.parse(report.text)).toMatchObject({ lines: [{ scope: 'queue', name: 'service' }] });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
