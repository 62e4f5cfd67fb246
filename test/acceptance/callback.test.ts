import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { Scope } from '../../src/lib/scope.ts';
import { type Callee, openCallee } from '../support/callee.ts';
import { call, type Caller } from '../support/caller.ts';
import { msOfTone } from '../support/recording-of.ts';
import { eventually, runTellerline, type ServerProcess, startServer } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { expectingOk, sendAs, type StaffClient } from '../support/staff-client.ts';
import { addStaff, signIn } from '../support/staff-of-server.ts';

/* A customer asks to be called back; the server is killed while their telephone rings; then they are called again, and talk to the agent. */

const WAIT = 90_000;
const AGENT_HZ = 1_600;
const CUSTOMER_HZ = 700;
const WINDOW = '00000000-0000-4000-8000-000000000001';
/** Ringing, and the time in which whoever answers says that they are there. */
const LEASE_MS = 25_000;

const everyPress = (press: () => Promise<void>, done: () => boolean): Promise<boolean> =>
  eventually(
    async () => {
      if (done()) return true;
      await press();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return done();
    },
    Boolean,
    WAIT,
  );

/** The session outlives the server. */
async function worksAt(server: ServerProcess, cookie: string, scope: Scope): Promise<void> {
  const send: StaffClient['send'] = (...request) => sendAs(server.http, cookie, ...request);
  const desk = await send('GET', `/api/staff/desk/events?window=${WINDOW}`);
  scope.defer(() => desk.body?.cancel().catch(() => undefined));
  await expectingOk(send)('POST', `/api/staff/desk/sign-in?window=${WINDOW}`, {
    device: 'telephone',
    queues: ['service'],
  });
}

async function hear(from: Callee | Caller, to: Callee | Caller, hz: number): Promise<void> {
  const before = to.rtp.received.length;
  from.rtp.quiet();
  await from.rtp.speak(tone([hz], 8_000));
  from.rtp.idle();
  await to.rtp.until(() => msOfTone(to.rtp.heard(before), hz) > 500, `${hz} Hz`, WAIT);
}

test('called back in the place that was kept, once at a time, also across kill -9', async () => {
  await using scope = new Scope((error) => {
    throw error;
  });
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-callback-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const [home, desk] = [await freePort(), await freePort()];
  const set = { 'queues.file': join(folder, 'queues.yaml'), 'routing.file': join(folder, 'routing.yaml') };
  await writeFile(
    set['queues.file'],
    `default: service
bank: { en: Example Bank }
queues:
  service:
    wait_unstaffed: true
    wrap_up_s: 0
    offer_s: 60
    callback: { offer: { after_s: 0 }, ring_s: 5, retry_s: 10 }
agents: { lin: { queues: { service: 1 }, languages: [en], telephone: 'sip:lin@127.0.0.1:${desk}' } }
`,
  );
  await writeFile(set['routing.file'], `outbound: [{ numbers: ['+1555*'], gateways: ['sip:127.0.0.1:${home}'] }]\n`);
  let rangAt: number;
  let cookie: string;
  {
    await using server = await startServer({ folder, set });
    await addStaff(folder, 'lin', 'agent');
    await using customer = await call(server.sip);
    await server.until('notice-given', undefined, WAIT);
    await customer.rtp.press('0');
    const { entry } = await server.until('queue-entered', undefined, WAIT);
    const booked = (): boolean => server.events.some(({ type }) => type === 'callback-booked');
    expect(await everyPress(() => customer.rtp.press('1'), booked)).toBe(true);
    await customer.hungUpOn(WAIT);
    expect(server.events.find(({ type }) => type === 'callback-booked')).toMatchObject({
      entry,
      queue: 'service',
      other_number: false,
    });
    await using former = await openCallee(server.sip, home);
    ({ cookie } = await signIn(server.http, 'lin'));
    await worksAt(server, cookie, scope);
    const invite = await former.ringing();
    rangAt = Date.now();
    expect([invite.uri, invite.headers.get('expires')]).toEqual([`sip:+15551234@127.0.0.1:${home}`, '5']);
    server.kill('SIGKILL');
    await server.exited;
  }
  await using server = await startServer({ folder, set });
  const telephone = scope.use(await openCallee(server.sip, desk));
  const customer = scope.use(await openCallee(server.sip, home));
  await worksAt(server, cookie, scope);
  await customer.ringing();
  expect(Date.now() - rangAt).toBeGreaterThan(LEASE_MS - 2_000);
  await customer.answer();
  const told = await server.until('callback-called', undefined, WAIT);
  expect(told).toMatchObject({ queue: 'service', attempt: 1 });
  const reached = (): boolean => server.events.some(({ type }) => type === 'queue-entered');
  expect(await everyPress(() => customer.rtp.press('1'), reached)).toBe(true);
  await telephone.answer();
  const answered = (): boolean => server.events.some(({ type }) => type === 'agent-answered');
  expect(await everyPress(() => telephone.rtp.press('1'), answered)).toBe(true);
  await hear(telephone, customer, AGENT_HZ);
  await hear(customer, telephone, CUSTOMER_HZ);
  await telephone.hangUp();
  await customer.hungUpOn(WAIT);
  const ended = await server.until('call-ended', ({ contact }) => contact === told.contact, WAIT);
  expect(ended.because).toBe('bot-hung-up');
  expect(
    server.events.find(({ type, contact }) => type === 'recording-sealed' && contact === told.contact),
  ).toBeDefined();
  expect(server.events.find((event) => event.type === 'call-offered' && event.contact === told.contact)).toMatchObject({
    direction: 'outbound',
  });

  const journal = join(folder, 'journal.jsonl');
  const config = join(folder, 'tellerline.yaml');
  expect((await runTellerline('queues', 'journal', '--to', journal, '--config', config)).status).toBe(0);
  const proof = await runTellerline('queues', 'prove', journal, '--json');
  expect([proof.status, proof.stderr]).toEqual([0, '']);
  expect(JSON.parse(proof.stdout)).toMatchObject({ proven: true, overtakings: 0, doubleAnswers: 0, lost: 0, stuck: 0 });
}, 600_000);
