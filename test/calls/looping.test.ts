import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Dialogue } from '../../src/dialogue/dialogue.ts';
import { compilePlan } from '../../src/dialogue/dialplan/compile-plan.ts';
import { readDialplan } from '../../src/dialogue/dialplan/dialplan-source.ts';
import type { Go, PlanState } from '../../src/dialogue/dialplan/plan.ts';
import { FLOW_LIMITS } from '../../src/dialogue/flow.ts';
import { dialogueOf } from '../../src/dialogue/open-dialogue.ts';
import { ms } from '../../src/domain/units.ts';
import { BUILT_IN_SERVICES } from '../../src/services/open-services.ts';
import { DIALPLANS, type FakeLine, openTalkingLine, settled } from './fake-line.ts';

/* A whole call whose dialplan goes round in circles, which no check would have let through. */

const to = (id: string): Go => ({ to: id, say: undefined, clear: [], because: undefined });

/** `short.yaml`, with nobody to be reached: whoever is rung in vain is rung again. */
function loopingDialogue(): Dialogue {
  const text = (name: string): string => readFileSync(join(DIALPLANS, name), 'utf8');
  const plan = compilePlan(
    readDialplan('short.yaml', text('short.yaml')),
    { folder: DIALPLANS, text },
    BUILT_IN_SERVICES,
  );
  const looping = (state: PlanState): PlanState =>
    state.kind === 'transfer'
      ? { ...state, noAnswer: to(state.id), busy: to(state.id), declined: to(state.id), failed: to(state.id) }
      : state;
  return dialogueOf({ ...plan, states: plan.states.map(looping) });
}

async function asksForAPerson(): Promise<FakeLine> {
  const line = await openTalkingLine({ dialogue: loopingDialogue() });
  line.at().finish();
  line.at().key('0');
  await settled();
  return line;
}

const said = (line: FakeLine): string[] =>
  line.at().told.flatMap((each) => (each.startsWith('play ') && each !== 'play music' ? [each.slice(5)] : []));

test('nobody can be reached, for ever: a ring a second at most, eight in all, an apology, a goodbye, and the call is over', async () => {
  const line = await asksForAPerson();
  const rungAt: number[] = [];
  for (let tenths = 0; tenths < 400 && line.fact('call-ended') === undefined; tenths++) {
    while (rungAt.length < line.dialled.length) {
      rungAt.push(line.clock.now());
      line.dialled.at(-1)?.outcome.resolve({ outcome: 'failed', status: 503 });
    }
    await settled();
    line.at().finish();
    line.clock.advance(100);
    await settled();
  }
  expect(rungAt).toHaveLength(FLOW_LIMITS.rings);
  for (let n = 1; n < rungAt.length; n++) expect((rungAt[n] ?? 0) - (rungAt[n - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(line.fact('flow-loop')).toMatchObject({ type: 'flow-loop', states: expect.stringContaining('person') });
  expect(said(line).slice(-2)).toEqual([
    'I am sorry, something has gone wrong on our side.',
    expect.stringMatching(/oodbye/),
  ]);
  expect(line.fact('call-ended')).toMatchObject({ because: 'failed' });
  await line.call.ended;
  expect(line.clock.pending).toBe(0);
});

test('the server stops in the midst of it: a goodbye, and the call is over within its time', async () => {
  const line = await asksForAPerson();
  line.dialled.at(-1)?.outcome.resolve({ outcome: 'failed', status: 503 });
  await settled();
  const began = line.clock.now();
  line.call.shutDown(ms(5_000));
  for (let tenths = 0; tenths < 60 && line.fact('call-ended') === undefined; tenths++) {
    line.at().finish();
    line.clock.advance(100);
    await settled();
  }
  expect(line.clock.now() - began).toBeLessThanOrEqual(5_100);
  expect(line.fact('call-ended')).toMatchObject({ because: 'shutdown' });
  await line.call.ended;
  expect(line.clock.pending).toBe(0);
});
