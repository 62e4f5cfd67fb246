import { expect, test } from 'vitest';
import type { VisitContext, VisitEffect } from '../../src/calls/queueing/visit-state.ts';
import { step } from '../../src/calls/queueing/visit-step.ts';
import { CONTEXT, type EventName, EVENTS, type PlaceName, PLACES, visitAt } from './visit-scenes.ts';

const effectsOf = (place: PlaceName, event: EventName): readonly VisitEffect[] =>
  step(CONTEXT, visitAt(PLACES[place]), EVENTS[event]).slice(1) as VisitEffect[];

test('the bot verifies the customer again: the agent waits, or the customer comes back to the place that they had', () => {
  const done = (place: PlaceName, event: EventName): string[] => effectsOf(place, event).map((effect) => effect.do);
  expect(done('talking', 'verify')).toEqual(['part', 'tell', 'quiet', 'note', 'start-timer', 'lend', 'show']);
  expect(done('held', 'verify')).not.toContain('part');
  expect(done('verifying', 'bot-back')).toEqual(['stop-timer', 'note', 'join', 'tell', 'show']);
  expect(done('unheard', 'bot-back')).toContain('music');
  for (const event of ['take-back', 'too-long'] as const) expect(done('verifying', event)).toEqual(['take-back']);
  for (const event of ['hang-up', 'agent-left'] as const)
    expect(effectsOf('verifying', event)).toContainEqual({
      do: 'tell',
      event: { type: 'talk-ended', entry: 'e', because: 'returned-to-bot', keepsPlace: true },
    });
  const [back, ...effects] = step(CONTEXT, visitAt(PLACES.lent), EVENTS['bot-back']);
  expect(back).toMatchObject({ entry: 'e2', queue: 'service', needs: { last_agent: 'wei' } });
  expect(effects).toContainEqual(
    expect.objectContaining({ do: 'note', fact: { type: 'verification-ended', entry: 'e', outcome: 'not-verified' } }),
  );
});

test('nobody is verified where the dialplan has no way to, nor for an agent who is not heard or does not have the customer yet', () => {
  const refusal = (context: VisitContext, place: PlaceName, event: EventName) =>
    step(context, visitAt(PLACES[place]), EVENTS[event]).slice(1);
  const because = (why: string) => [expect.objectContaining({ do: 'refuse', because: why })];
  expect(refusal({ ...CONTEXT, canVerify: false }, 'talking', 'verify')).toEqual(because('no-verification'));
  expect(refusal(CONTEXT, 'away', 'verify')).toEqual(because('not-heard'));
  expect(refusal(CONTEXT, 'consulting', 'verify')).toEqual(because('in-consultation'));
  expect(refusal({ ...CONTEXT, behalf: true }, 'talking', 'verify')).toEqual(because('consulted'));
  for (const event of ['verify', 'hold', 'resume', 'to-queue', 'to-number', 'satisfaction', 'consult'] as const)
    expect(refusal(CONTEXT, 'verifying', event)).toEqual(because('verifying'));
});
