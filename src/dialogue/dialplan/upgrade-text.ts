import { IvrError } from '../../domain/error.ts';
import { readDialplan } from './dialplan-source.ts';
import { MAIN } from './flow-names.ts';

const START = /^start:.*(?:\r?\n|$)/m;
const STATES = /^states:.*(?:\r?\n|$)/m;

/**
 * The text of a dialplan with its states in the flow `main`: what it was, but for the place of `start` and `states`. Comments stay
 * where they are.
 *
 * @throws IvrError DIALPLAN_INVALID, when it is no dialplan or its states cannot be moved
 */
export function upgradedText(file: string, text: string): string {
  const { plan } = readDialplan(file, text);
  if (plan.strict) return text;
  const states = STATES.exec(text);
  const start = START.exec(text);
  const fail = (): IvrError =>
    new IvrError('DIALPLAN_INVALID', `${file}:1:1: expected 'start:' and 'states:' at the beginning of lines`, {
      file,
    });
  if (states === null || start === null || states[0].trim() !== 'states:') throw fail();
  const from = states.index + states[0].length;
  // to the next key of the file
  const rest = text.slice(from);
  const length = /^[^\s#]/m.exec(rest)?.index ?? rest.length;
  const moved = rest.slice(0, length).replaceAll(/^(?=[^\r\n])/gm, '    ');
  const without = (part: string): string => part.replace(START, '');
  const upgraded = `${without(text.slice(0, states.index))}flows:\n  ${MAIN}:\n    start: ${plan.start}\n    states:\n${moved}${without(rest.slice(length))}`;
  const { plan: after } = readDialplan(file, upgraded);
  if (JSON.stringify({ ...after, strict: false }) !== JSON.stringify(plan)) throw fail();
  return upgraded;
}
