import { Secret } from '../../domain/secret.ts';
import type { StateOf } from '../dialplan/plan.ts';
import { valuesOf } from './conversation.ts';
import { type Draft, remember } from './draft.ts';
import { spoken } from './speaking.ts';

/** Asks the bank. */
export function askBank(draft: Draft, state: StateOf<'look-up'>): void {
  const { plan, confidential } = draft.program;
  const id = draft.now.lookUp + 1;
  remember(draft, { lookUp: id });
  const values = valuesOf(draft.now);
  const args = Object.entries(state.args);
  const hidden = args.flatMap(([name, from]) => (confidential.has(from) ? [name] : []));
  draft.effects.push({
    do: 'look-up',
    id,
    service: state.service,
    args: Object.fromEntries(
      args.map(([name, from]) => [name, plan.secrets.has(from) ? secretOf(draft) : String(values[from] ?? '')]),
    ),
    ...(hidden.length === 0 ? {} : { confidential: hidden }),
    ...(state.identifies ? { identifies: true } : {}),
    timeoutMs: state.timeoutMs,
    fillers: state.fillers.map(({ afterMs, say }) => ({ afterMs, prompt: spoken(plan, say, values) })),
  });
}

/** A secret goes from the event straight into the effect: it is never part of the conversation. */
const secretOf = ({ event }: Draft): Secret =>
  event?.type === 'fill' && event.secret !== undefined ? event.secret : new Secret('');
