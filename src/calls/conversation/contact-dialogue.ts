import type { DialogueEffect, InputModes, Listening } from '../../dialogue/dialogue.ts';
import type { EndReason } from '../../domain/call-event.ts';
import { type Draft, drive, note, reset, secure, startTurn } from './contact-draft.ts';
import type { Contact, News } from './contact-state.ts';

/* What the dialogue hears and wants: its effects are done in order, and its silence is noticed. */

/** Nothing plays, listens, rings or is looked up for this long: the caller hears dead air, and we do something about it. */
export const DEAD_AIR_MS = 4_000;

/** What the dialogue wants, in order; what came before it and waits is done after it. */
export function ask(draft: Draft, effects: readonly DialogueEffect[]): void {
  if (effects.some((effect) => effect.do !== 'report'))
    draft.now = {
      ...draft.now,
      lastSaid: effects.filter((effect) => effect.do === 'say' || effect.do === 'listen'),
    };
  for (const effect of effects) {
    if (effect.do !== 'report') continue;
    if (effect.fact.type === 'state-entered') {
      draft.now = { ...draft.now, stateName: effect.fact.state };
      note(draft, effect.fact);
    } else note(draft, { ...effect.fact, turn: draft.now.turnId });
  }
  note(draft, { type: 'turn-began', turn: draft.now.turnId, state: draft.now.stateName });
  draft.now = {
    ...draft.now,
    ahead: [...effects.filter((effect) => effect.do !== 'report'), ...draft.now.ahead],
  };
}

/** Does what the dialogue asked for until an effect needs an answer; then tells it what waited. */
export function carryOn(draft: Draft): void {
  for (;;) {
    const [effect, ...ahead] = draft.now.ahead;
    if (effect !== undefined) {
      draft.now = { ...draft.now, ahead };
      if (perform(draft, effect)) return;
      continue;
    }
    const [news, ...inbox] = draft.now.inbox;
    if (news === undefined || draft.now.phase.at === 'disturbed') break;
    draft.now = { ...draft.now, inbox };
    if (draft.now.phase.at !== 'over' && draft.now.dismissed === undefined) hear(draft, news);
  }
  concludeStep(draft);
}

/** The dialogue hears the news, and says what follows. */
function hear(draft: Draft, { event, endedAt, interrupts }: News): void {
  const { dialogue } = draft.now;
  if (dialogue === undefined) return;
  if (interrupts) {
    draft.now = { ...draft.now, phase: { at: 'talking' } };
    reset(draft);
    draft.effects.push({ do: 'stop-playback', interrupted: false });
    secure(draft, false);
  }
  startTurn(draft, endedAt);
  const [next, ...effects] = draft.context.dialogue.step(dialogue, event, inputModes(draft));
  draft.now = { ...draft.now, dialogue: next };
  ask(draft, effects);
  // otherwise the turn has said why what it heard could not be understood
  if (event.type !== 'keys-only') noteDeafness(draft, effects);
}

export const inputModes = ({ context }: Draft): InputModes =>
  context.deafness === undefined ? 'voice-and-keys' : 'keys';

/** A question that takes speech is asked for keys alone. */
export function noteDeafness(draft: Draft, effects: readonly DialogueEffect[]): void {
  const { deafness } = draft.context;
  if (deafness !== undefined && effects.some((effect) => effect.do === 'listen' && effect.deaf === true))
    note(draft, { type: 'keys-only', turn: draft.now.turnId, because: deafness });
}

/** @returns whether an answer must come before anything else is done */
function perform(draft: Draft, effect: DialogueEffect): boolean {
  switch (effect.do) {
    case 'say':
      draft.effects.push({ do: 'say', turn: draft.now.turnId, prompts: effect.prompts, bargeIn: effect.bargeIn });
      return true;
    case 'listen':
      listen(draft, effect.listening);
      return false;
    case 'look-up': {
      const { phase } = draft.now;
      const ids = phase.at === 'looking-up' ? phase.ids : [];
      draft.now = { ...draft.now, phase: { at: 'looking-up', ids: [...ids, effect.id] } };
      draft.effects.push({ do: 'look-up', asked: effect });
      return false;
    }
    case 'transfer':
    case 'hang-up':
      draft.now = { ...draft.now, phase: { at: 'closing', leave: effect } };
      return false;
    case 'report':
      return false;
  }
}

function listen(draft: Draft, listening: Listening): void {
  secure(draft, listening.keys?.secret === true);
  draft.effects.push({ do: 'listen', incompleteMs: listening.incompleteMs });
  drive(draft, { type: 'listen', listening });
}

/** What waits for the end of the prompts happens when nothing plays any more; and where nothing is to come, dead air is timed. */
function concludeStep(draft: Draft): void {
  const { phase, turn } = draft.now;
  if (phase.at === 'closing' && turn.playing.length === 0) {
    if (phase.leave.do === 'hang-up') hangUp(draft, phase.leave.because);
    else {
      draft.now = { ...draft.now, phase: { at: 'with-person' }, awaited: undefined };
      draft.effects.push({ do: 'transfer', asked: phase.leave });
    }
  }
  const deadAir = idle(draft.now) && draft.now.dialogue !== undefined;
  if (deadAir === draft.now.deadAir) return;
  draft.now = { ...draft.now, deadAir };
  draft.effects.push(
    deadAir ? { do: 'start-timer', timer: 'dead-air', ms: DEAD_AIR_MS } : { do: 'stop-timer', timer: 'dead-air' },
  );
}

/** Nothing plays, listens, rings or is looked up. */
export const idle = ({ phase, turn }: Contact): boolean =>
  phase.at === 'talking' && turn.playing.length === 0 && turn.listening === undefined;

export function hangUp(draft: Draft, because: EndReason): void {
  reset(draft);
  draft.now = { ...draft.now, phase: { at: 'over' }, inbox: [] };
  draft.effects.push({ do: 'hang-up', because });
}
