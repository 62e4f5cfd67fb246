import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AgentDesks, DeskEvent } from '../../src/agents/agent-desk.ts';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { type Baresip, openBaresip } from '../support/baresip.ts';
import { type Caller, openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS, eventually } from '../support/server-process.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* Customers wait in a queue for agents with desk telephones: baresip, and the key 1 after the whisper. */

const SECOND = 8_000;
const WAIT = 60_000;

async function ownFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tellerline-queue-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function openBank(telephone: number, folder: string): Promise<TestApp> {
  const file = join(folder, `queues-${telephone}.yaml`);
  await writeFile(
    file,
    `default: service
queues: { service: { wait_unstaffed: true, wrap_up_s: 30, offer_s: 30, declined_s: 1 } }
agents: { wei: { queues: { service: 1 }, languages: [en], telephone: 'sip:baresip@127.0.0.1:${telephone}' } }
`,
  );
  return openTestApp({
    set: { 'dialplan.file': join(DIALPLANS, 'short.yaml'), 'dialplan.grammars': DIALPLANS, 'queues.file': file },
  });
}

interface Desk {
  readonly desks: AgentDesks;
  readonly events: DeskEvent[];
  until<T extends DeskEvent['type']>(type: T): Promise<Extract<DeskEvent, { readonly type: T }>>;
}

function sitDown({ app }: TestApp): Desk {
  const { desks } = app;
  if (desks === undefined) throw new Error('there are no queues');
  const events: DeskEvent[] = [];
  desks.subscribe('wei', (event) => void events.push(event));
  return {
    desks,
    events,
    async until(type) {
      type Wanted = Extract<DeskEvent, { readonly type: typeof type }>;
      const found = await eventually(
        () => Promise.resolve(events.findLast((event): event is Wanted => event.type === type)),
        (event) => event !== undefined,
        WAIT,
      );
      if (found === undefined) throw new Error(`no ${type}; there were: ${events.map((each) => each.type).join(', ')}`);
      return found;
    },
  };
}

async function asksForSomebody(bank: TestApp, customer: Caller): Promise<void> {
  customer.invite();
  await customer.answered();
  await bank.until('notice-given', undefined, WAIT);
  await customer.rtp.press('0');
  await bank.until('queue-entered', undefined, WAIT);
}

const talks = async (agent: Baresip, bank: TestApp): Promise<void> => {
  await agent.next('CALL_ESTABLISHED', WAIT);
  await eventually(
    async () => {
      if (bank.events.some(({ type }) => type === 'agent-answered')) return true;
      await agent.command('sndcode', '1');
      return false;
    },
    (done) => done,
    WAIT,
  );
};

test.skipIf(!hasPeer('baresip'))(
  'the desk shows who calls before the telephone rings; after the whisper and key 1 both hear each other; one recording has it all',
  async () => {
    await using agent = await openBaresip({ answers: true });
    await using folder = await ownFolder();
    await using bank = await openBank(agent.port, folder.path);
    const desk = sitDown(bank);
    await using customer = await openCaller(bank.app.sip);
    await asksForSomebody(bank, customer);
    const waiting = customer.rtp.received.length;
    await customer.rtp.until(() => customer.rtp.heard(waiting).some((sample) => sample !== 0), 'music', WAIT);

    await desk.desks.signIn('wei', 'telephone');
    const { offer } = await desk.until('offer');
    expect(agent.events.filter(({ type }) => type === 'CALL_ESTABLISHED')).toEqual([]);
    expect(offer).toMatchObject({ queue: 'service', kind: 'call', context: { contact: bank.events[0]?.contact } });
    expect(offer.context.transcript.some(({ side }) => side === 'bot')).toBe(true);
    await talks(agent, bank);
    const { talk } = await desk.until('talk');
    expect(talk).toMatchObject({ contact: offer.context.contact, held: false, others: [] });

    const joined = customer.rtp.received.length;
    await agent.say(tone([1_600], 4 * SECOND));
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(joined), 1_600) > 500, 'the agent', WAIT);
    await customer.rtp.speak(tone([700], 2 * SECOND));

    await desk.desks.hold('wei', true);
    await desk.desks.hold('wei', false);
    await agent.command('hangup');
    await desk.until('talk-ended');
    await customer.hungUpOn(WAIT);
    await atRest(bank);
    expectWhole(bank.events, 'bot-hung-up');
    expect(msOfTone(await agent.heard(), 700)).toBeGreaterThan(500);
    const recording = await recordingOf(bank.events);
    expect(msOfTone(await recording.track('agent'), 1_600)).toBeGreaterThan(500);
    expect(msOfTone(await recording.track('customer'), 700)).toBeGreaterThan(500);
    expect(recording.manifest.tracks.find(({ track }) => track === 'agent')).toBeDefined();
    expect((await desk.until('state')).state).toBe('wrap-up');
    await desk.desks.wrapUp('wei', {
      contact: offer.context.contact,
      reason: 'resolved',
      notes: 'card 4111 1111 1111 1111',
    });
    expect((await bank.until('wrapped-up')).notes).not.toContain('4111');
    expect((await desk.until('state')).state).toBe('available');
  },
  240_000,
);

test.skipIf(!hasPeer('baresip'))(
  'whoever declines is passed over, the caller keeps waiting; who gives up is abandoned and nobody rings on',
  async () => {
    await using agent = await openBaresip({ answers: false });
    await using folder = await ownFolder();
    await using bank = await openBank(agent.port, folder.path);
    const desk = sitDown(bank);
    await desk.desks.signIn('wei', 'telephone');
    await using customer = await openCaller(bank.app.sip);
    await asksForSomebody(bank, customer);
    await agent.next('CALL_INCOMING', WAIT);
    const { offer } = await desk.until('offer');
    await desk.desks.decline('wei', offer.entry, offer.fence);
    await agent.next('CALL_CLOSED', WAIT);
    expect(await bank.until('agent-missed', undefined, WAIT)).toMatchObject({ agent: 'wei', because: 'declined' });
    // offered again after a second: now the customer hangs up while it rings
    await agent.next('CALL_INCOMING', WAIT);
    await customer.hangUp();
    await agent.next('CALL_CLOSED', WAIT);
    await atRest(bank);
    expectWhole(bank.events);
    expect(await desk.until('offer-ended')).toMatchObject({ because: 'abandoned' });
    await expect(desk.desks.accept('wei', offer.entry, offer.fence)).rejects.toMatchObject({ code: 'OFFER_OVER' });
    await expect(desk.desks.hold('wei', true)).rejects.toMatchObject({ code: 'NO_TALK' });
  },
  240_000,
);
