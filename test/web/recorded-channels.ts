import { expect } from 'vitest';
import { parseWav } from '../../src/audio/wav.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { msOfTone, type SealedRecording } from '../support/recording-of.ts';
import type { StaffClient } from '../support/staff-client.ts';

/* The one recording of bot, queue and agent, as a reviewer hears it: who is in which channel, when, and without a break. */

/** The tones that the two said; each for as long as the other heard it, or longer. */
export interface Spoken {
  readonly customerHz: number;
  readonly customerMs: number;
  readonly agentHz: number;
  readonly agentMs: number;
  /** While the customer was on hold, unix ms. */
  readonly held: readonly [number, number];
}

/** Before anybody sends, while somebody is on hold, and where a busy machine sent late: nobody's words are missing. */
const EXPLAINED: ReadonlySet<string> = new Set(['no-rtp', 'hold', 'not-sent']);
const PACKET = 160;
const PER_MS = 8;
/** A clock of the test and one of the server's machinery. */
const SLACK_MS = 500;
/** A tone begins and ends within a frame. */
const WHOLE = 0.95;
/** Where the drift of two clocks is made up, a sample of each frame is left out: 1,600 Hz then turn by 72°, and two thirds of the power are left. Nothing is missing. */
const CORRECTED = 0.5;

/** No more than a packet is missing of what the customer, or the agent while they are there, has said. */
export function expectNoGaps({ manifest }: SealedRecording): void {
  const talks = manifest.participants.filter(({ track }) => track === 'agent');
  expect(talks).toHaveLength(1);
  const there = (at: number): boolean =>
    talks.some(({ from_ms, to_ms }) => at >= from_ms * PER_MS && at < to_ms * PER_MS);
  const missing = manifest.gaps.filter(
    ({ track, at, samples, because }) =>
      !EXPLAINED.has(because) && samples > PACKET && (track === 'customer' || (track === 'agent' && there(at))),
  );
  expect(missing).toEqual([]);
}

/** The archived audio, played as compliance does. */
export async function channelsOf(compliance: StaffClient, id: string): Promise<readonly Int16Array[]> {
  const stated = { action: 'recording.play', purpose: 'who is in which channel', ticket: 'T-1' };
  const { grant } = await compliance.ok<{ grant: string }>('POST', `/api/archive/recordings/${id}/access`, stated);
  const reply = await compliance.send('GET', `/api/archive/recordings/${id}/audio.wav?grant=${grant}`);
  expect(reply.status).toBe(200);
  const { rate, samples } = parseWav(Buffer.from(await reply.arrayBuffer()));
  expect([rate, samples.length]).toEqual([8_000, 2]);
  return samples;
}

/** The customer on the left, bot and agent on the right; each tone whole, in its own channel alone, and where the journal says that it was said. */
export function expectChannels(
  [left = new Int16Array(0), right = new Int16Array(0)]: readonly Int16Array[],
  { manifest }: Pick<SealedRecording, 'manifest'>,
  events: readonly CallEvent[],
  spoken: Spoken,
): void {
  const { customerHz, customerMs, agentHz, agentMs, held } = spoken;
  const at = (type: CallEvent['type']): number => events.find((event) => event.type === type)?.at ?? Number.NaN;
  const began = Date.parse(manifest.started_at);
  // in whole frames, which are those of the whole
  const place = (when: number): number => Math.max(0, Math.round(((when - began) * PER_MS) / PACKET)) * PACKET;
  const during = (samples: Int16Array, from: number, to: number): Int16Array =>
    samples.subarray(place(from), place(to));
  const talk = (samples: Int16Array): Int16Array =>
    during(samples, at('agent-answered') - SLACK_MS, at('agent-left') + SLACK_MS);
  expect(msOfTone(talk(left), customerHz, CORRECTED), 'the customer, on the left').toBeGreaterThan(WHOLE * customerMs);
  expect(msOfTone(talk(right), agentHz, CORRECTED), 'the agent, on the right').toBeGreaterThan(WHOLE * agentMs);
  expect(msOfTone(left, agentHz), 'the agent, on the left').toBe(0);
  expect(msOfTone(right, customerHz), 'the customer, on the right').toBe(0);
  expect(msOfTone(right, agentHz), 'the agent, outside the conversation').toBe(msOfTone(talk(right), agentHz));
  expect(msOfTone(during(right, held[0] + SLACK_MS, held[1] - SLACK_MS), agentHz), 'the agent, on hold').toBe(0);
  const bot = during(right, began, at('agent-answered') - SLACK_MS);
  expect(
    bot.some((sample) => Math.abs(sample) > 1_000),
    'the bot, on the right',
  ).toBe(true);
}
