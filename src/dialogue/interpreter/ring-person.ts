import type { StateOf } from '../dialplan/plan.ts';
import { valuesOf } from './conversation.ts';
import { type Draft, inFrame, remember, report } from './draft.ts';
import { say } from './speaking.ts';

/** Rings a person. */
export function ringPerson(draft: Draft, state: StateOf<'transfer'>): void {
  const because = draft.now.because ?? state.because;
  report(draft, { type: 'person-requested', because });
  if (state.say !== undefined && draft.now.person) say(draft, 'none', [state.say]);
  const values = valuesOf(draft.now);
  const known = state.context.flatMap((name) => (values[name] === undefined ? [] : [[name, String(values[name])]]));
  const { intent } = draft.now;
  const [main] = draft.programs.keys();
  draft.effects.push({
    do: 'transfer',
    because,
    ringMs: state.ringMs,
    ...(state.queue === undefined ? {} : { queue: state.queue }),
    ...(draft.now.language === main ? {} : { language: draft.now.language }),
    ...(state.verify === undefined ? {} : { verifies: true }),
    context: { ...(intent === null ? {} : { intent }), ...Object.fromEntries(known) },
  });
  remember(draft, { because: null, silent: 0 });
  inFrame(draft, { recent: [] });
}
