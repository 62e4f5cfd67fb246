import {
  type Contact,
  type ContactContext,
  type ContactEffect,
  type ContactEvent,
  newContact,
  type Phase,
} from '../../src/calls/conversation/contact-state.ts';
import { step } from '../../src/calls/conversation/contact-step.ts';
import type { DialogueEffect, DialogueState, Listening, SpokenPrompt } from '../../src/dialogue/dialogue.ts';
import { newContactId, turnId } from '../../src/domain/ids.ts';
import { ms, samples, sharedMs } from '../../src/domain/units.ts';
import type { PlaybackId, UtteranceId } from '../../src/media/media-server.ts';

/* Every phase of a contact × everything that can happen to it. */

export const contact = newContactId(1);
const prompt = (id: string): SpokenPrompt => ({ id, text: id, kind: 'static', language: 'en-US' });
export const listening: Listening = {
  keys: { min: 4, max: 4, terminator: undefined, interDigitMs: 1_000, secret: false },
  noInputMs: 5_000,
  maxSpeechMs: 5_000,
  completeMs: 300,
  extendableMs: 600,
  incompleteMs: 800,
};
export const say = (id: string): DialogueEffect => ({ do: 'say', prompts: [prompt(id)], bargeIn: 'both' });
export const lookUp = { do: 'look-up', id: 1, service: 'balance', args: {}, timeoutMs: 1_000, fillers: [] } as const;
export const transfer = { do: 'transfer', because: 'asked', ringMs: 20_000, context: {} } as const;

/** A dialogue that does what it is set to do, and writes down what it hears. */
export function scripted(...first: DialogueEffect[]) {
  const heard: string[] = [];
  const script: { next: readonly DialogueEffect[] } = { next: [] };
  const state = {} as DialogueState;
  const context: ContactContext = {
    contact,
    person: true,
    deafness: undefined,
    dialogue: {
      language: 'en-US',
      place: () => ({ flow: 'main', state: '', slots: {}, confirming: false, language: 'en-US' }),
      inLanguage: () => ({ disturbed: prompt('sorry') }),
      start: () => [state, ...first],
      step(_, event) {
        heard.push(event.type);
        const { next } = script;
        script.next = [];
        return [state, ...next];
      },
      completes: () => false,
      extendable: () => false,
      means: () => false,
    },
  };
  return { context, heard, script };
}

let playbacks = 0;

/** Steps the contact as its driver does: questions of the machine are answered at once. */
export function run(context: ContactContext, from: Contact, ...events: ContactEvent[]) {
  let now = from;
  const effects: ContactEffect[] = [];
  const waiting = [...events];
  for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
    const [next, ...done] = step(context, now, event);
    now = next;
    for (const effect of done) {
      effects.push(effect);
      if (effect.do === 'say')
        waiting.unshift({ type: 'queued', playbacks: [++playbacks as PlaybackId], bargeIn: effect.bargeIn });
    }
  }
  return { now, effects };
}

export const finished = (now: Contact): ContactEvent => ({
  type: 'playback-finished',
  playback: now.turn.playing[0] ?? (0 as PlaybackId),
  turn: now.turnId,
  played: samples(800),
  error: samples(0),
  because: 'end',
});

/** A contact in each phase, the way that it really comes there. */
export const PHASES: Readonly<Record<Phase['at'], () => { dialogue: ReturnType<typeof scripted>; now: Contact }>> = {
  talking: () => at(scripted(say('hello'), { do: 'listen', listening })),
  'looking-up': () => at(scripted(lookUp)),
  closing: () => at(scripted(say('goodbye'), { do: 'hang-up', because: 'bot-hung-up' })),
  'with-person': () => at(scripted(transfer)),
  disturbed: () => at(scripted(say('hello'), { do: 'listen', listening }), { type: 'disturbed' }),
  over: () => at(scripted({ do: 'hang-up', because: 'bot-hung-up' })),
};

export function at(dialogue: ReturnType<typeof scripted>, ...events: ContactEvent[]) {
  const { now } = run(
    dialogue.context,
    newContact(contact, turnId(contact, 0)),
    { type: 'answered', caller: '' },
    ...events,
  );
  return { dialogue, now };
}

export const utterance = 1 as UtteranceId;
export const EVENTS: Readonly<Record<string, (now: Contact) => ContactEvent>> = {
  answered: () => ({ type: 'answered', caller: '' }),
  'playback-finished': finished,
  'speech-began': () => ({ type: 'speech-began', utterance, paused: undefined, pausedAfterMs: 60 }),
  'speech-sustained': () => ({ type: 'speech-sustained', utterance }),
  'speech-paused': () => ({ type: 'speech-paused', utterance, at: sharedMs(1) }),
  'speech-resumed': () => ({ type: 'speech-resumed', utterance }),
  'speech-ended': () => ({ type: 'speech-ended', utterance, endedAt: sharedMs(1), speech: ms(700) }),
  decoded: () => ({
    type: 'decoded',
    utterance,
    kind: 'final',
    transcript: { outcome: 'rejected', hypotheses: [], decode: ms(1), queued: ms(0) } as never,
    at: sharedMs(1),
  }),
  'decode-failed': () => ({ type: 'decode-failed', utterance, kind: 'final', code: 'RECOGNITION_FAILED' }),
  timer: () => ({ type: 'timer', timer: 'no-input' }),
  key: () => ({ type: 'key', key: '1', via: 'rfc4733' }),
  'dead-air': () => ({ type: 'dead-air' }),
  'filler-due': () => ({ type: 'filler-due', prompt: prompt('one moment') }),
  'bank-answered': () => ({ type: 'bank-answered', asked: lookUp, result: { outcome: 'failed' }, tookMs: 20 }),
  'person-left': () => ({ type: 'person-left', gone: false, outcome: 'busy' }),
  'person-left, caller gone too': () => ({ type: 'person-left', gone: true, outcome: 'completed' }),
  'person-waits': () => ({ type: 'person-waits', asked: transfer }),
  'taken-back': () => ({ type: 'taken-back' }),
  interrupted: () => ({ type: 'interrupted', by: { type: 'time-up' } }),
  disturbed: () => ({ type: 'disturbed' }),
  restored: () => ({ type: 'restored' }),
  announced: () => ({ type: 'announced', prompt: prompt('not recorded') }),
  dismissed: () => ({ type: 'dismissed', by: { goodbye: prompt('farewell'), because: 'failed', afterPerson: false } }),
  'dismissed, after the person': () => ({
    type: 'dismissed',
    by: { goodbye: prompt('farewell'), because: 'failed', afterPerson: true },
  }),
};

/** 'phase: what the dialogue heard; what was done'. Facts, timers and latencies are left out: tests of their own show them. */
export function outcome(phase: Phase['at'], event: string): string {
  const { dialogue, now } = PHASES[phase]();
  const { now: then, effects } = run(dialogue.context, now, EVENTS[event]?.(now) as ContactEvent);
  const done = effects
    .map((effect) => effect.do)
    .filter((what) => !/^(?:note|time-first-audio|start-timer|stop-timer)$/.test(what));
  return `${then.phase.at}: ${dialogue.heard.join(' ') || '-'}; ${done.join(' ') || '-'}`;
}
