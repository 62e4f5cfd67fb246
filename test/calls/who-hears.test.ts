import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pairIn, type Situation, type SupervisionMode, whoHears } from '../../src/calls/conference/who-hears.ts';

type Who = string;
const situation = (more: Partial<Situation<Who>> = {}): Situation<Who> => ({
  customer: 'C',
  agent: 'A',
  consulted: undefined,
  customerIn: true,
  supervisors: [],
  ...more,
});
const supervised = (mode: SupervisionMode, of = 'A', member = 'S') => ({ member, of, mode });
/** `C:A A:CS`: the customer hears the agent, the agent the customer and the supervisor. */
const told = (of: Situation<Who>): string =>
  [...whoHears(of)].map(([who, row]) => `${who}:${[...row].toSorted().join('')}`).join(' ');

const aside = { consulted: 'X', customerIn: false };
const three = { consulted: 'X' };

test.each<readonly [string, Partial<Situation<Who>>, string]>([
  ['nobody is there yet', { agent: undefined, customerIn: false }, 'C:'],
  ['talking', {}, 'C:A A:C'],
  ['on hold', { customerIn: false }, 'C: A:'],
  ['consulting', aside, 'C: A:X X:A'],
  ['all three', three, 'C:AX A:CX X:AC'],
  ['the consulted person is put through', { agent: 'X' }, 'C:X X:C'],
  ['listen', { supervisors: [supervised('listen')] }, 'C:A A:C S:AC'],
  ['whisper', { supervisors: [supervised('whisper')] }, 'C:A A:CS S:AC'],
  ['barge', { supervisors: [supervised('barge')] }, 'C:AS A:CS S:AC'],
  ['listen on hold', { customerIn: false, supervisors: [supervised('listen')] }, 'C: A: S:A'],
  ['barge on hold', { customerIn: false, supervisors: [supervised('barge')] }, 'C: A:S S:A'],
  ['barge into a consultation', { ...aside, supervisors: [supervised('barge')] }, 'C: A:SX X:AS S:AX'],
  ['whisper to one of three', { ...three, supervisors: [supervised('whisper')] }, 'C:AX A:CSX X:AC S:ACX'],
  ['barge into all three', { ...three, supervisors: [supervised('barge')] }, 'C:ASX A:CSX X:ACS S:ACX'],
  ['whisper to who was consulted', { ...aside, supervisors: [supervised('whisper', 'X')] }, 'C: A:X X:AS S:AX'],
  [
    'two supervisors: a whisper is heard by the agent alone, who barges in by the other as well',
    { supervisors: [supervised('whisper'), supervised('listen', 'A', 'T')] },
    'C:A A:CS S:AC T:AC',
  ],
  [
    'one barges in while the other listens',
    { supervisors: [supervised('barge'), supervised('listen', 'A', 'T')] },
    'C:AS A:CS S:AC T:ACS',
  ],
  ['whoever they supervised has gone', { supervisors: [supervised('barge', 'Z')] }, 'C:A A:C'],
])('%s', (_name, of, expected) => {
  expect(told(situation(of))).toBe(expected);
});

test('nobody hears themselves; a customer on hold hears nobody and is heard by nobody; who listens is heard by nobody', () => {
  const mode = fc.constantFrom<SupervisionMode>('listen', 'whisper', 'barge');
  const supervisors = fc.uniqueArray(
    fc.record({ member: fc.constantFrom('S', 'T', 'U'), of: fc.constantFrom('A', 'X'), mode }),
    { selector: ({ member }) => member },
  );
  const any = fc.record({
    customer: fc.constant('C'),
    agent: fc.constantFrom(undefined, 'A'),
    consulted: fc.constantFrom(undefined, 'X'),
    customerIn: fc.boolean(),
    supervisors,
  });
  fc.assert(
    fc.property(any, (of) => {
      const rows = whoHears<Who>(of);
      for (const [who, row] of rows) {
        expect(row.has(who)).toBe(false);
        if (!of.customerIn) expect(row.has('C') || (who === 'C' && row.size > 0)).toBe(false);
        for (const { member, of: whom, mode: how } of of.supervisors) {
          if (!row.has(member)) continue;
          expect(how).not.toBe('listen');
          if (how === 'whisper') expect(who).toBe(whom);
        }
      }
    }),
  );
});

test('two who hear each other alone are a pair, which any media joins', () => {
  expect(pairIn(whoHears(situation()))).toEqual(['C', 'A']);
  expect(pairIn(whoHears(situation(aside)))).toEqual(['A', 'X']);
  expect(pairIn(whoHears(situation(three)))).toBeUndefined();
  expect(pairIn(whoHears(situation({ customerIn: false })))).toBeUndefined();
  expect(pairIn(whoHears(situation({ customerIn: false, supervisors: [supervised('whisper')] })))).toEqual(['A', 'S']);
  expect(pairIn(whoHears(situation({ supervisors: [supervised('listen')] })))).toBeUndefined();
});
