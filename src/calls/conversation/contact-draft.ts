import type { SharedMs } from '../../domain/units.ts';
import type { CallFact } from '../../domain/call-event.ts';
import { turnId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
import { step } from '../turn/turn.ts';
import { silentTurn, type TurnEffect, type TurnEvent } from '../turn/turn-state.ts';
import type { Contact, ContactContext, ContactEffect, News } from './contact-state.ts';
import { recognizedFact } from './recognized-fact.ts';

/** A step of the contact while it is being worked out: where it has come to, and what follows so far. */
export interface Draft {
  readonly context: ContactContext;
  now: Contact;
  readonly effects: ContactEffect[];
}

export const note = (draft: Draft, fact: CallFact): void => void draft.effects.push({ do: 'note', fact });

/** The dialogue hears it once it has done what it asked for last. */
export function tell(draft: Draft, news: News): void {
  draft.now = { ...draft.now, inbox: [...draft.now.inbox, news] };
}

/** What the bot says and asks from here on is one turn, and its first audio is timed. */
export function startTurn(draft: Draft, endedAt: SharedMs | undefined): void {
  const turnNumber = draft.now.turnNumber + 1;
  const id = turnId(draft.context.contact, turnNumber);
  draft.now = { ...draft.now, turnNumber, turnId: id };
  draft.effects.push({ do: 'time-first-audio', turn: id, endedAt });
}

/** A secure entry begins with its listening and ends with its answer. */
export function secure(draft: Draft, on: boolean): void {
  if (draft.now.secure === on) return;
  draft.now = { ...draft.now, secure: on };
  draft.effects.push({ do: 'secure', on });
  note(draft, { type: on ? 'secure-began' : 'secure-ended', turn: draft.now.turnId });
}

/** Nothing plays, is heard or is half entered any more. */
export function reset(draft: Draft): void {
  draft.effects.push({ do: 'cancel-decodes' }, { do: 'stop-timers' });
  draft.now = {
    ...draft.now,
    turn: { ...silentTurn, failures: draft.now.turn.failures },
    ahead: [],
    deadAir: false,
  };
}

/** Lets the turn go on. */
export function drive(draft: Draft, event: TurnEvent): void {
  const [turn, ...effects] = step(draft.now.turn, event);
  draft.now = { ...draft.now, turn };
  for (const effect of effects) act(draft, effect);
}

function act(draft: Draft, effect: TurnEffect): void {
  switch (effect.do) {
    case 'decode': {
      // half a phrase matches no grammar: the partial decode only asks whether these are words
      const constrained = effect.kind === 'partial' ? undefined : draft.now.turn.listening?.speech;
      draft.effects.push({
        do: 'decode',
        utterance: effect.utterance,
        request: {
          language: languageIn(draft),
          kind: effect.kind,
          orFree: constrained?.orFree === true,
          ...(constrained === undefined ? {} : { grammar: constrained.grammar }),
        },
      });
      return;
    }
    case 'stop-playback':
      draft.effects.push({ do: 'stop-playback', interrupted: true });
      return;
    case 'report':
      return report(draft, effect.fact);
    case 'deliver': {
      const { event, endedAt } = effect;
      if (event.type === 'keyed')
        note(draft, {
          type: 'digits-keyed',
          turn: draft.now.turnId,
          count: event.digits.length,
          via: draft.now.keyVia,
          secret: event.digits instanceof Secret,
        });
      secure(draft, false);
      return tell(draft, { event, endedAt, interrupts: false });
    }
    default:
      draft.effects.push(effect);
  }
}

function report(draft: Draft, fact: Extract<TurnEffect, { do: 'report' }>['fact']): void {
  const { turnId: turn, pausedAfterMs } = draft.now;
  if (fact.type === 'recognized') return note(draft, recognizedFact(turn, fact.transcript, fact.speculative));
  if (fact.type === 'barge-in')
    return note(
      draft,
      fact.by === 'key'
        ? { type: 'barge-in', turn, by: 'key', outcome: 'committed' }
        : { type: 'barge-in', turn, by: 'speech', outcome: fact.outcome, silence_after_ms: pausedAfterMs },
    );
  note(draft, { ...fact, turn });
}

/** The language that is spoken. */
export const languageIn = ({ now, context }: Draft): string =>
  now.dialogue === undefined ? context.dialogue.language : context.dialogue.place(now.dialogue).language;
