import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeskEvent } from '../../src/agents/agent-desk.ts';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { Scope } from '../../src/lib/scope.ts';
import { incompleteness } from '../../src/recording/coverage.ts';
import type { RtpPeer } from '../media/rtp-peer.ts';
import { atRest } from '../support/at-rest.ts';
import { type Callee, openCallee } from '../support/callee.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS, eventually } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { openTestApp } from '../support/test-app.ts';

/* Four SIP telephones, each with a tone of its own: who hears whom in every mode is read from the packets that each is sent. */

const WAIT = 60_000;
const TONES = { customer: 517, wei: 911, lin: 1_303, boss: 1_709 } as const;
type Who = keyof typeof TONES;
const ALL = Object.keys(TONES) as Who[];
const SPOKEN_MS = 800;

const windows = (samples: Int16Array, fits: (window: Int16Array) => boolean): number => {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) if (fits(samples.subarray(at, at + 160))) count += 20;
  return count;
};
const msHeard = (samples: Int16Array, who: Who): number =>
  windows(samples, (window) => powerAt(window, TONES[who]) > 500_000 && shareAt(window, TONES[who]) > 0.1);

test('customer, agent, whom the agent consults and the supervisor: each hears whom the mode says, and the recording tells them apart', async () => {
  await using scope = new Scope((error) => {
    throw error;
  });
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-conference-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const ports = { wei: await freePort(), lin: await freePort(), boss: await freePort() };
  const file = join(folder, 'queues.yaml');
  await writeFile(
    file,
    `default: service
queues: { service: { wait_unstaffed: true, offer_s: 60 }, cards: { wait_unstaffed: true, offer_s: 60 } }
agents:
  wei: { queues: { service: 1 }, languages: [en], telephone: 'sip:wei@127.0.0.1:${ports.wei}' }
  lin: { queues: { cards: 1 }, languages: [en], telephone: 'sip:lin@127.0.0.1:${ports.lin}' }
  boss: { queues: { cards: 1 }, languages: [en], telephone: 'sip:boss@127.0.0.1:${ports.boss}' }
`,
  );
  const bank = scope.use(
    await openTestApp({
      set: { 'dialplan.file': join(DIALPLANS, 'short.yaml'), 'dialplan.grammars': DIALPLANS, 'queues.file': file },
    }),
  );
  const { desks, supervision, sip } = bank.app;
  if (desks === undefined || supervision === undefined) throw new Error('there are no queues');
  const events: DeskEvent[] = [];
  desks.subscribe('wei', (event) => void events.push(event));
  desks.subscribe('lin', () => undefined);
  const telephones: Record<Exclude<Who, 'customer'>, Callee> = {
    wei: scope.use(await openCallee(sip, ports.wei)),
    lin: scope.use(await openCallee(sip, ports.lin)),
    boss: scope.use(await openCallee(sip, ports.boss)),
  };
  const customer = scope.use(await openCaller(sip));
  const rtp: Record<Who, RtpPeer> = {
    customer: customer.rtp,
    wei: telephones.wei.rtp,
    lin: telephones.lin.rtp,
    boss: telephones.boss.rtp,
  };
  /** Answers, and takes the call with key 1 after the whisper. */
  async function takes(who: 'wei' | 'lin'): Promise<void> {
    await telephones[who].answer();
    await eventually(
      async () => {
        if (bank.events.some((event) => event.type === 'agent-answered' && event.agent === who)) return true;
        await rtp[who].press('1');
        return false;
      },
      (done) => done,
      WAIT,
    );
  }
  /** Those present speak at the same time: who hears whom, as `listener: voices`. */
  async function heard(present: readonly Who[]): Promise<readonly string[]> {
    const before = new Map(present.map((who) => [who, rtp[who].received.length]));
    // what was said before has left all buffers
    for (const who of present)
      await rtp[who].until(() => rtp[who].received.length >= (before.get(who) ?? 0) + 15, `packets for ${who}`, WAIT);
    const from = new Map(present.map((who) => [who, rtp[who].received.length]));
    await Promise.all(
      present.map(async (who) => {
        rtp[who].quiet();
        await rtp[who].speak(tone([TONES[who]], SPOKEN_MS * 8));
        rtp[who].idle();
      }),
    );
    const spoken = new Map(present.map((who) => [who, rtp[who].received.length]));
    for (const who of present)
      await rtp[who].until(() => rtp[who].received.length >= (spoken.get(who) ?? 0) + 10, `packets for ${who}`, WAIT);
    return present.map((who) => {
      const samples = rtp[who].heard(from.get(who));
      return `${who}: ${ALL.filter((other) => msHeard(samples, other) >= SPOKEN_MS / 4).join(' ')}`;
    });
  }

  /** They speak again where a busy machine was late with packets. */
  const hears = async (present: readonly Who[], expected: readonly string[]): Promise<void> => {
    const found = await eventually(
      () => heard(present),
      (each) => JSON.stringify(each) === JSON.stringify(expected),
      WAIT,
    );
    expect(found).toEqual(expected);
  };

  await desks.signIn('wei', 'telephone');
  await desks.signIn('lin', 'telephone');
  customer.invite();
  await customer.answered();
  await bank.until('notice-given', undefined, WAIT);
  await customer.rtp.press('0');
  await takes('wei');
  expect(desks.setup('wei').canConsult).toBe(true);
  customer.rtp.idle();
  await hears(['customer', 'wei'], ['customer: wei', 'wei: customer']);

  const watching = supervision.monitor('boss', 'wei', 'listen', 'quality');
  await telephones.boss.answer();
  const { ended } = await watching;
  const three = ['customer', 'wei', 'boss'] as const;
  await hears(three, ['customer: wei', 'wei: customer', 'boss: customer wei']);
  await supervision.setMonitoring('boss', 'whisper');
  await hears(three, ['customer: wei', 'wei: customer boss', 'boss: customer wei']);
  await supervision.setMonitoring('boss', 'barge');
  await hears(three, ['customer: wei boss', 'wei: customer boss', 'boss: customer wei']);
  await supervision.setMonitoring('boss', 'listen');

  await desks.consult('wei', { agent: 'lin' });
  await takes('lin');
  await hears(ALL, ['customer: ', 'wei: lin', 'lin: wei', 'boss: wei lin']); // music for the customer
  await desks.conference('wei');
  await hears(ALL, ['customer: wei lin', 'wei: customer lin', 'lin: customer wei', 'boss: customer wei lin']);
  await desks.completeTransfer('wei');
  await Promise.all([telephones.wei.hungUpOn(WAIT), telephones.boss.hungUpOn(WAIT), ended]);
  await hears(['customer', 'lin'], ['customer: lin', 'lin: customer']);
  await telephones.lin.hangUp();
  await customer.hungUpOn(WAIT);
  await atRest(bank, WAIT);
  expectWhole(bank.events, 'bot-hung-up');

  const recording = await recordingOf(bank.events);
  const { manifest } = recording;
  expect(manifest.audio).toMatchObject({ left: ['customer'], right: ['bot', 'agent', 'consulted', 'supervisor'] });
  const ms = async (track: string, who: Who): Promise<number> => msOfTone(await recording.track(track), TONES[who]);
  for (const [track, who] of [
    ['agent', 'wei'],
    ['agent-private', 'wei'],
    ['consulted', 'lin'],
    ['consulted-private', 'lin'],
    ['supervisor', 'boss'],
    ['supervisor-private', 'boss'],
  ] as const)
    expect(await ms(track, who), track).toBeGreaterThan(SPOKEN_MS / 2);
  const persons = manifest.participants.filter(({ track }) => track !== 'bot' && track !== 'customer');
  const heardByCustomer = persons.filter(({ track }) => !track.endsWith('-private'));
  expect(heardByCustomer.toSorted((a, b) => a.from_ms - b.from_ms)).toMatchObject([
    { track: 'agent', who: 'wei' },
    { track: 'supervisor', who: 'boss' },
    { track: 'consulted', who: 'lin' },
  ]);
  // what the customer does not hear of them is expected, too: a whisper, the consultation
  const others = new Set(
    persons.filter((one) => !heardByCustomer.includes(one)).map(({ track, who }) => `${track} ${who}`),
  );
  expect([...others].toSorted()).toEqual(['agent-private wei', 'consulted-private lin', 'supervisor-private boss']);
  // the agent's track goes on through the consultation: seconds of the journal are seconds of audio, or of rest
  const [agent] = heardByCustomer;
  const gaps = manifest.gaps.filter(({ track, because }) => track === 'agent' && because !== 'hold');
  const holds = manifest.gaps.filter(({ track, because }) => track === 'agent' && because === 'hold');
  const lengthOf = (list: readonly { readonly samples: number }[]): number =>
    list.reduce((sum, { samples }) => sum + samples / 8, 0);
  const kept = manifest.tracks.find(({ track }) => track === 'agent')!;
  const span = agent!.to_ms - agent!.from_ms;
  expect(
    Math.abs((kept.received * 1_000) / 8_000 + lengthOf(gaps) + lengthOf(holds) - (kept.to - kept.from) / 8),
  ).toBeLessThan(100);
  expect((kept.to - kept.from) / 8).toBeGreaterThanOrEqual(span - 1_000);
  expect(incompleteness(manifest, manifest.call!)).toEqual([]);
}, 240_000);
