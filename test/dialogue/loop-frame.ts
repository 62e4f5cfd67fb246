import type { Service } from '../../src/dialogue/service.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { IvrError } from '../../src/domain/error.ts';
import { smallGrammars } from './support/small-plan.ts';

/* Dialplans that go round without the caller: the check refuses them, and the guard stops what it has missed. */

export const frame = (states: string, more = ''): string => `dialplan: looping
version: 1
language: en-US
maximum-call-seconds: 600
notices: [{ id: recording, version: 1, text: Recorded. }]
start: main
time-up: bye
shutdown: bye
trouble: { no-input: Nothing., no-match: Pardon?, tries: 3, escalate: bye, silent-tries: 3, silent: bye }
keys-only: { say: Keys please., escalate: person }
commands: { grammar: commands.abnf, list: { person: { to: person, keys: '0' }, repeat: {} } }
${more}states:
  main:
    kind: menu
    say: What now?
    options: { one: { to: first, keys: '1', phrases: [one] }, two: { to: bye, keys: '2', phrases: [two] } }
  bye: { kind: end, say: Goodbye. }
${states}`;

export const PERSON = '  person: { kind: transfer, because: asked, completed: bye, no-answer: main }\n';

/** What the dialplans of these tests look up. */
export const ANY_SERVICE: readonly Service[] = [
  {
    name: 'service',
    arguments: { pin: { secret: false, required: false } },
    results: ['token'],
    refusals: ['no'],
    timeoutMs: 8000,
    effect: 'none',
    needs: [],
    gives: [],
  },
];

export function problems(text: string): string {
  try {
    openDialogue('looping.yaml', text, smallGrammars, ANY_SERVICE);
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown.message;
    throw thrown;
  }
  return '';
}
