import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentDesks } from '../../src/agents/agent-desk.ts';
import { shareAt } from '../../src/audio/goertzel.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { atRest } from '../support/at-rest.ts';
import { type Callee, openCallee } from '../support/callee.ts';
import { type Caller, openCaller } from '../support/caller.ts';
import { callOf, expectWhole } from '../support/calls.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS, eventually } from '../support/server-process.ts';
import { sounds } from '../support/sounds.ts';
import { freePort } from '../support/sipp.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/*
 * Whatever becomes of the way to an agent, the customer is recorded once and without a break. The customer, from when they wait, and the agent
 * each send one tone for as long as they are there, so the audio itself tells what is missing.
 */

const CUSTOMER_HZ = 700;
const AGENT_HZ = 1_600;
const WAIT = 60_000;
/** Before a telephone sends anything, while the customer is on hold, and where a busy machine sent late: nobody’s words are missing. */
const EXPLAINED: ReadonlySet<string> = new Set(['no-rtp', 'hold', 'not-sent']);
/** One packet. */
const FRAME = 160;

interface Scene {
  readonly bank: TestApp;
  readonly desks: AgentDesks;
  readonly customer: Caller;
  /** Of the agent. */
  readonly telephone: Callee;
  /** Of the customer's call, up to now. */
  events(): readonly CallEvent[];
  /** The agent's telephone is rung and answered. */
  answers(): Promise<() => Promise<void>>;
  /** Answered, the whisper heard, key 1, and both heard. @returns the agent stops speaking */
  takes(): Promise<() => Promise<void>>;
}

describe('the way to an agent', () => {
  let folder = '';
  let bank: TestApp;
  let port = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-matrix-'));
    port = await freePort();
    const file = join(folder, 'queues.yaml');
    await writeFile(
      file,
      `default: service
queues: { service: { wait_unstaffed: true, offer_s: 20, declined_s: 1, not_answering_s: 1, wrap_up_s: 0 } }
agents: { wei: { queues: { service: 1 }, languages: [en], telephone: 'sip:wei@127.0.0.1:${port}' } }
`,
    );
    bank = await openTestApp({
      set: {
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'queues.file': file,
        'rtp.timeout_ms': 6_000,
      },
    });
  });
  afterAll(async () => {
    await bank?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** A customer who waits, an agent whose telephone can be called. */
  async function scene(play: (scene: Scene) => Promise<void>): Promise<readonly CallEvent[]> {
    const { desks, sip } = bank.app;
    if (desks === undefined) throw new Error('there are no queues');
    await using telephone = await openCallee(sip, port);
    await using customer = await openCaller(sip);
    customer.invite();
    await customer.answered();
    customer.rtp.idle();
    const events = () => callOf(bank, customer.callId);
    const has = (type: CallEvent['type']) => () => events().some((event) => event.type === type);
    const until = async (type: CallEvent['type']): Promise<void> => {
      expect(await eventually(() => Promise.resolve(has(type)()), Boolean, WAIT), type).toBe(true);
    };
    await until('notice-given');
    await customer.rtp.press('0');
    await until('queue-entered');
    const quiet = sounds(customer.rtp, CUSTOMER_HZ);
    await desks.signIn('wei', 'telephone');
    const answers = async (): Promise<() => Promise<void>> => {
      await telephone.ringing();
      await telephone.answer();
      return sounds(telephone.rtp, AGENT_HZ);
    };
    try {
      await play({
        bank,
        desks,
        customer,
        telephone,
        events,
        answers,
        async takes() {
          const taken = (): number => events().filter(({ type }) => type === 'agent-answered').length;
          const before = taken();
          const quiets = await answers();
          await eventually(
            async () => {
              if (taken() > before) return true;
              await telephone.rtp.press('1');
              return false;
            },
            Boolean,
            WAIT,
          );
          const [one, other] = [customer.rtp.received.length, telephone.rtp.received.length];
          await customer.rtp.until(() => msOfTone(customer.rtp.heard(one), AGENT_HZ) > 500, 'the agent', WAIT);
          await telephone.rtp.until(
            () => msOfTone(telephone.rtp.heard(other), CUSTOMER_HZ) > 500,
            'the customer',
            WAIT,
          );
          return quiets;
        },
      });
      await desks.signOut('wei').catch(() => undefined); // whoever is in a conversation may not
    } finally {
      await quiet();
    }
    await atRest(bank, 2 * WAIT);
    return events();
  }

  /** The agent ends it: the bot says goodbye. */
  async function hangsUp({ telephone, customer }: Scene, quiets: () => Promise<void>): Promise<void> {
    await telephone.hangUp();
    await quiets();
    await customer.hungUpOn(WAIT);
  }

  /** One recording of the whole call, verified; the customer without a break; the agent where they were heard, in the other channel. */
  async function expectContinuous(events: readonly CallEvent[], agents: number, because?: string): Promise<void> {
    expectWhole(events, because);
    const recording = await recordingOf(events);
    const { manifest } = recording;
    const talks = manifest.participants.filter(({ track }) => track === 'agent');
    expect(talks).toHaveLength(agents);
    // between one agent and the next there is nobody on that track; one who has gone is on neither
    const there = (at: number): boolean => talks.some(({ from_ms, to_ms }) => at >= from_ms * 8 && at < to_ms * 8);
    const gaps = manifest.gaps.filter(({ because, samples }) => !EXPLAINED.has(because) && samples > FRAME);
    expect(gaps.filter(({ track, at }) => !track.startsWith('agent') || there(at))).toEqual([]);
    expect(manifest.audio.left).toEqual(['customer']);
    const customer = await recording.track('customer');
    expect(longestBreak(customer, CUSTOMER_HZ)).toBeLessThanOrEqual(FRAME);
    expect(msOfTone(customer, AGENT_HZ)).toBe(0);
    if (agents === 0) return;
    const agent = await recording.track('agent');
    expect(msOfTone(agent, AGENT_HZ)).toBeGreaterThan(500);
    expect(msOfTone(agent, CUSTOMER_HZ)).toBe(0);
  }

  test.each([
    ['busy', 486],
    ['declined', 603],
  ] as const)(
    '%s: the customer waits on, and is answered the next time',
    async (_name, status) => {
      const events = await scene(async (play) => {
        const { telephone } = play;
        telephone.sip.respond(await telephone.ringing(), status, { tag: 'callee' });
        await hangsUp(play, await play.takes());
      });
      expect(events.filter(({ type }) => type === 'agent-missed')).toMatchObject([{ because: 'declined' }]);
      await expectContinuous(events, 1, 'bot-hung-up');
    },
    240_000,
  );

  test('no answer: it rings no longer than the offer lasts, and again', async () => {
    const events = await scene(async (play) => {
      const { sip } = play.telephone;
      const invite = await play.telephone.ringing();
      sip.respond(await sip.hearRequest('CANCEL', WAIT), 200, { tag: 'callee' });
      sip.respond(invite, 487, { tag: 'callee' });
      await hangsUp(play, await play.takes());
    });
    expect(events.filter(({ type }) => type === 'agent-missed')).toMatchObject([{ because: 'no-answer' }]);
    await expectContinuous(events, 1, 'bot-hung-up');
  }, 240_000);

  test('the agent hangs up while they are told who calls', async () => {
    const events = await scene(async (play) => {
      const { telephone } = play;
      const before = telephone.rtp.received.length;
      const quiets = await play.answers();
      await telephone.rtp.until(
        () => telephone.rtp.heard(before).some((sample) => Math.abs(sample) > 1_000),
        'the whisper',
        WAIT,
      );
      await telephone.hangUp();
      await quiets();
      await hangsUp(play, await play.takes());
    });
    expect(events.filter(({ type }) => type === 'agent-missed')).toMatchObject([{ because: 'declined' }]);
    await expectContinuous(events, 1, 'bot-hung-up');
  }, 240_000);

  test('the customer leaves while the agent is told who calls: the agent is hung up on', async () => {
    const events = await scene(async (play) => {
      const { customer, telephone } = play;
      const quiets = await play.answers();
      await customer.hangUp();
      await telephone.hungUpOn(WAIT);
      await quiets();
    });
    expect(events.some(({ type }) => type === 'agent-answered')).toBe(false);
    await expectContinuous(events, 0);
  }, 240_000);

  test('the agent’s media dies in the conversation: music, an apology, and the next one', async () => {
    const events = await scene(async (play) => {
      await (await play.takes())(); // and not a packet more
      await eventually(() => Promise.resolve(play.events().some(({ type }) => type === 'agent-left')), Boolean, WAIT);
      await play.telephone.hungUpOn(WAIT);
      await play.desks.choose('wei', 'available').catch(() => undefined); // they may be so already
      await hangsUp(play, await play.takes());
    });
    expect(events.filter(({ type }) => type === 'agent-answered')).toHaveLength(2);
    await expectContinuous(events, 2, 'bot-hung-up');
  }, 240_000);
});

/** Samples between two stretches of the tone, from its first to its last one. */
function longestBreak(samples: Int16Array, hz: number): number {
  let [last, longest] = [-1, 0];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    if (shareAt(samples.subarray(at, at + FRAME), hz) < 0.8) continue;
    if (last >= 0) longest = Math.max(longest, at - last - FRAME);
    last = at;
  }
  return longest;
}
