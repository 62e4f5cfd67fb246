import type { DialogueEffect, SpokenPrompt } from '../../dialogue/dialogue.ts';
import { ask, carryOn, DEAD_AIR_MS, hangUp, idle, inputModes, noteDeafness } from './contact-dialogue.ts';
import { type Draft, drive, languageIn, note, reset, secure, startTurn, tell } from './contact-draft.ts';
import { personWaits, takenBack } from './contact-verification.ts';
import type { Contact, ContactContext, ContactEvent, ContactStep, Dismissal, Phase } from './contact-state.ts';

/**
 * Confidence of a partial decode at which words that mean nothing yet keep a prompt paused until it is known what was said. Of 400 ms of
 * speech Whisper is seldom sure, and of sounds other than speech it is never as sure as this (docs/performance.md).
 */
const WORDS_AT_ALL = 0.2;

/**
 * What happens to a contact in its phase (talking, looking up, closing, with a person, disturbed, over), and what
 * follows. Total: an event that means nothing in a phase leaves the contact as it was.
 */
export function step(context: ContactContext, now: Contact, event: ContactEvent): ContactStep {
  const draft: Draft = { context, now, effects: [] };
  happened(draft, event);
  carryOn(draft);
  return [draft.now, ...draft.effects];
}

function happened(draft: Draft, event: ContactEvent): void {
  const { phase } = draft.now;
  switch (event.type) {
    case 'answered':
      return answered(draft, event);
    case 'queued':
      return drive(draft, event);
    case 'playback-finished':
      return playbackFinished(draft, event);
    case 'bank-answered':
      return bankAnswered(draft, event);
    case 'person-left':
      return personLeft(draft, event);
    case 'person-waits':
      return personWaits(draft, event.asked, phase);
    case 'taken-back':
      return takenBack(draft, phase);
    case 'interrupted':
      return tell(draft, { event: event.by, endedAt: undefined, interrupts: true });
    case 'disturbed':
      return disturbed(draft, phase);
    case 'restored':
      return restored(draft, phase);
    case 'announced':
      return announced(draft, event.prompt, phase);
    case 'dismissed':
      return dismissed(draft, event.by, phase);
    default:
      // the caller's own doing: nothing while their media is gone, or once the call was asked to end
      if (phase.at !== 'disturbed' && phase.at !== 'over') callerDid(draft, event, phase);
  }
}

type CallerEvent = Exclude<
  ContactEvent,
  {
    readonly type:
      | 'answered'
      | 'queued'
      | 'playback-finished'
      | 'bank-answered'
      | 'person-left'
      | 'person-waits'
      | 'taken-back'
      | 'interrupted'
      | 'disturbed'
      | 'restored'
      | 'announced'
      | 'dismissed';
  }
>;

function callerDid(draft: Draft, event: CallerEvent, phase: Phase): void {
  switch (event.type) {
    case 'speech-began':
      draft.now = { ...draft.now, pausedAfterMs: event.pausedAfterMs };
      return drive(draft, event);
    case 'speech-ended':
      note(draft, { type: 'speech-ended', turn: draft.now.turnId, speech_ms: Math.round(event.speech) });
      return drive(draft, event);
    case 'speech-sustained':
    case 'speech-paused':
    case 'speech-resumed':
    case 'speech-dismissed':
    case 'timer':
      return drive(draft, event);
    case 'decoded':
      return drive(draft, { ...event, ...meaningOf(draft, event) });
    case 'decode-failed':
      note(draft, { type: 'trouble', code: event.code, where: 'recognition' });
      return drive(draft, event);
    case 'key':
      if (phase.at === 'with-person') return;
      draft.now = { ...draft.now, keyVia: event.via };
      return drive(draft, { type: 'key', key: event.key });
    case 'dead-air':
      return deadAir(draft);
    case 'filler-due':
      // a filler that comes after an interruption would delay the goodbye
      if (phase.at === 'looking-up')
        draft.effects.push({ do: 'say', turn: draft.now.turnId, prompts: [event.prompt], bargeIn: 'none' });
  }
}

function answered(
  draft: Draft,
  { caller, called, divertedFrom, today }: Extract<ContactEvent, { readonly type: 'answered' }>,
): void {
  const { dialogue, contact, person } = draft.context;
  if (draft.now.dialogue !== undefined) return;
  startTurn(draft, undefined);
  const [state, ...effects] = dialogue.start(
    {
      contact,
      caller,
      ...(called === undefined ? {} : { called }),
      ...(divertedFrom === undefined ? {} : { divertedFrom }),
      ...(today === undefined ? {} : { today }),
      person,
    },
    inputModes(draft),
  );
  draft.now = { ...draft.now, dialogue: state };
  ask(draft, effects);
  noteDeafness(draft, effects);
}

function playbackFinished(draft: Draft, event: Extract<ContactEvent, { readonly type: 'playback-finished' }>): void {
  const ours = draft.now.turn.playing.includes(event.playback);
  drive(draft, { type: 'playback-finished', playback: event.playback });
  // all was heard and nothing follows of itself: the dialogue goes on
  if (ours && idle(draft.now))
    tell(draft, { event: { type: 'prompts-finished' }, endedAt: undefined, interrupts: false });
}

function bankAnswered(
  draft: Draft,
  { asked, result, tookMs }: Extract<ContactEvent, { readonly type: 'bank-answered' }>,
): void {
  const answeredOne = <P extends Phase>(phase: P): P | { readonly at: 'talking' } => {
    if (phase.at !== 'looking-up') return phase;
    const ids = phase.ids.filter((id) => id !== asked.id);
    return ids.length > 0 ? { ...phase, ids } : { at: 'talking' };
  };
  const { phase } = draft.now;
  draft.now = {
    ...draft.now,
    phase: phase.at === 'disturbed' ? { ...phase, before: answeredOne(phase.before) } : answeredOne(phase),
  };
  const outcome = result.outcome === 'refused' ? result.because : result.outcome;
  note(draft, {
    type: 'looked-up',
    turn: draft.now.turnId,
    service: asked.service,
    outcome,
    identified: asked.identifies === true && outcome === 'done',
    took_ms: Math.round(tookMs),
  });
  tell(draft, { event: { type: 'looked-up', id: asked.id, result }, endedAt: undefined, interrupts: false });
}

function personLeft(
  draft: Draft,
  { gone, booked, outcome }: Extract<ContactEvent, { readonly type: 'person-left' }>,
): void {
  const { phase } = draft.now;
  if (phase.at === 'over') return;
  if (gone) return hangUp(draft, 'transferred');
  if (booked === true) return hangUp(draft, 'bot-hung-up');
  if (draft.now.dismissed !== undefined) return personLeftTheDismissed(draft, draft.now.dismissed, phase);
  if (phase.at === 'with-person') draft.now = { ...draft.now, phase: { at: 'talking' } };
  if (phase.at === 'disturbed' && phase.before.at === 'with-person')
    draft.now = { ...draft.now, phase: { ...phase, before: { at: 'talking' } } };
  tell(draft, { event: { type: 'transfer-ended', outcome }, endedAt: undefined, interrupts: false });
}

/** Secure mode stays on, here and in the media that comes: a PIN may be keyed before anybody listens for it again. */
function disturbed(draft: Draft, phase: Phase): void {
  if (phase.at === 'disturbed' || phase.at === 'over') return;
  reset(draft);
  draft.now = { ...draft.now, phase: { at: 'disturbed', before: phase } };
}

/** The caller can hear and be heard again: an apology, and what was last said is said again. */
function restored(draft: Draft, phase: Phase): void {
  if (phase.at !== 'disturbed') return;
  draft.now = { ...draft.now, phase: phase.before };
  interject(draft, draft.context.dialogue.inLanguage(languageIn(draft)).disturbed, phase.before);
}

function announced(draft: Draft, prompt: SpokenPrompt, phase: Phase): void {
  if (phase.at === 'over' || phase.at === 'disturbed' || draft.now.dismissed !== undefined) return;
  if (phase.at !== 'with-person') {
    reset(draft);
    draft.effects.push({ do: 'stop-playback', interrupted: false });
  }
  interject(draft, prompt, phase);
}

/** Something is said, and what was last said after it. */
function interject(draft: Draft, prompt: SpokenPrompt, phase: Phase): void {
  startTurn(draft, undefined);
  note(draft, { type: 'turn-began', turn: draft.now.turnId, state: draft.now.stateName });
  const again = phase.at === 'with-person' ? [] : draft.now.lastSaid;
  const [said] = again;
  const first: DialogueEffect = {
    do: 'say',
    prompts: [prompt],
    bargeIn: said?.do === 'say' ? said.bargeIn : 'none',
  };
  draft.now = { ...draft.now, ahead: [first, ...again] };
}

/** A caller who cannot be heard or spoken to is hung up on without words. */
function dismissed(draft: Draft, by: Dismissal, phase: Phase): void {
  if (phase.at === 'over' || draft.now.dismissed !== undefined) return;
  draft.now = { ...draft.now, dismissed: by };
  const withPerson = phase.at === 'with-person' || (phase.at === 'disturbed' && phase.before.at === 'with-person');
  if (withPerson && by.afterPerson) return;
  if (phase.at === 'disturbed') hangUp(draft, by.because);
  else sayGoodbye(draft, by);
}

/** The goodbye that waited for the person to leave; one that did not wait is being said. */
function personLeftTheDismissed(draft: Draft, by: Dismissal, phase: Phase): void {
  if (phase.at === 'with-person') sayGoodbye(draft, by);
  else if (phase.at === 'disturbed') hangUp(draft, by.because);
}

function sayGoodbye(draft: Draft, { goodbye, because }: Dismissal): void {
  reset(draft);
  draft.effects.push({ do: 'stop-playback', interrupted: false });
  secure(draft, false);
  startTurn(draft, undefined);
  note(draft, { type: 'turn-began', turn: draft.now.turnId, state: draft.now.stateName });
  draft.now = {
    ...draft.now,
    phase: { at: 'talking' },
    inbox: [],
    ahead: [
      { do: 'say', prompts: [goodbye], bargeIn: 'none' },
      { do: 'hang-up', because },
    ],
  };
}

function deadAir(draft: Draft): void {
  if (!draft.now.deadAir) return;
  draft.now = { ...draft.now, deadAir: false };
  note(draft, { type: 'dead-air', turn: draft.now.turnId, silent_ms: DEAD_AIR_MS, remedy: 'asked again' });
  tell(draft, { event: { type: 'no-input' }, endedAt: undefined, interrupts: false });
}

type Decoded = Extract<ContactEvent, { readonly type: 'decoded' }>;

/** What the dialogue makes of a transcript, for the turn to decide by. */
function meaningOf(
  draft: Draft,
  { transcript, kind }: Decoded,
): { readonly meant: boolean; readonly extendable: boolean; readonly understood: boolean } {
  const { dialogue: state } = draft.now;
  const { dialogue } = draft.context;
  const best = transcript.hypotheses[0];
  if (best === undefined || state === undefined) return { meant: false, extendable: false, understood: false };
  const match = transcript.outcome === 'match';
  // half a word is easily misheard ("what her" for "what are"): words are speech, whatever they mean
  if (kind === 'partial') {
    const meant = transcript.outcome !== 'not-speech' && best.confidence >= WORDS_AT_ALL;
    return { meant, extendable: false, understood: false };
  }
  const meant = match && !best.free && dialogue.completes(state, best.words);
  return {
    meant,
    extendable: meant && dialogue.extendable(state, best.words),
    understood: transcript.outcome !== 'not-speech' && dialogue.means(state, transcript.hypotheses),
  };
}
