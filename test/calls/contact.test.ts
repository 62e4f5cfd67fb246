import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ContactContext, type ContactEvent, newContact } from '../../src/calls/conversation/contact-state.ts';
import type { DialogueEffect, DialogueState, Listening } from '../../src/dialogue/dialogue.ts';
import { turnId } from '../../src/domain/ids.ts';
import { ms, sharedMs } from '../../src/domain/units.ts';
import {
  at,
  contact,
  EVENTS,
  finished,
  listening,
  lookUp,
  PHASES,
  run,
  say,
  scripted,
  transfer,
  utterance,
} from './contact-scenes.ts';

test('what the dialogue should hear while the line is disturbed waits, in order, until the caller hears the apology', () => {
  const { dialogue, now } = PHASES['looking-up']();
  const away = run(dialogue.context, now, { type: 'disturbed' }, EVENTS['bank-answered']?.(now) as ContactEvent, {
    type: 'interrupted',
    by: { type: 'shutdown' },
  });
  expect(away.now.phase).toEqual({ at: 'disturbed', before: { at: 'talking' } });
  expect(dialogue.heard).toEqual([]);
  const back = run(dialogue.context, away.now, { type: 'restored' });
  expect(dialogue.heard).toEqual(['looked-up', 'shutdown']);
  expect(back.effects.find((effect) => effect.do === 'say')).toMatchObject({ prompts: [{ id: 'sorry' }] });
});

test('the apology for a disturbance is in the language that is spoken', () => {
  const { dialogue, now } = PHASES.disturbed();
  const place = () => ({ flow: 'main', state: '', slots: {}, confirming: false, language: 'zh-CN' });
  const inLanguage = (language: string) => ({
    disturbed: { id: 'sorry', text: '对不起', kind: 'static', language } as const,
  });
  const context = { ...dialogue.context, dialogue: { ...dialogue.context.dialogue, place, inLanguage } };
  const { effects } = run(context, now, { type: 'restored' });
  expect(effects.find((effect) => effect.do === 'say')).toMatchObject({ prompts: [{ language: 'zh-CN' }] });
});

test('who is dismissed while they talk with a person hears the goodbye when the person has left, and the dialogue hears nothing more', () => {
  const { dialogue, now } = PHASES['with-person']();
  const talking = run(dialogue.context, now, EVENTS['dismissed, after the person']?.(now) as ContactEvent);
  expect(talking.effects).toEqual([]);
  const alone = run(dialogue.context, talking.now, EVENTS['person-left']?.(now) as ContactEvent, {
    type: 'interrupted',
    by: { type: 'shutdown' },
  });
  expect(alone.effects.find((effect) => effect.do === 'say')).toMatchObject({ prompts: [{ id: 'farewell' }] });
  expect(run(dialogue.context, alone.now, finished(alone.now)).effects).toContainEqual({
    do: 'hang-up',
    because: 'failed',
  });
  expect(dialogue.heard).toEqual([]);
});

test('a person who has the caller verified again gets them back by the next transfer, or at once, and the dialogue stands where it stood', () => {
  const waits = (dialogue: ReturnType<typeof scripted>) => {
    const { now } = at(dialogue);
    dialogue.script.next = [say('prove it'), { do: 'listen', listening: secret }];
    return run(dialogue.context, now, { type: 'person-waits', asked: transfer });
  };
  const secret: Listening = {
    keys: { min: 4, max: 4, terminator: undefined, interDigitMs: 1_000, secret: true },
    noInputMs: 5_000,
    maxSpeechMs: 5_000,
    completeMs: 300,
    extendableMs: 600,
    incompleteMs: 800,
  };
  const one = scripted(transfer);
  const asked = waits(one);
  expect(asked.now).toMatchObject({ phase: { at: 'talking' }, awaited: { asked: transfer } });
  expect(asked.effects).toContainEqual(expect.objectContaining({ do: 'say' }));
  const heard = run(one.context, asked.now, finished(asked.now));
  const taken = run(one.context, heard.now, { type: 'taken-back' });
  expect(taken.now).toMatchObject({ phase: { at: 'with-person' }, awaited: undefined, secure: false });
  expect(taken.effects.at(-1)).toEqual({ do: 'transfer', asked: transfer });
  const two = scripted(transfer);
  const again = waits(two);
  two.script.next = [transfer];
  const back = run(two.context, again.now, { type: 'interrupted', by: { type: 'time-up' } });
  expect(back.now).toMatchObject({ phase: { at: 'with-person' }, awaited: undefined });
  expect(run(two.context, back.now, { type: 'taken-back' }).effects).toEqual([]);
  // a call that was asked to end: nobody is verified in it
  const three = scripted(transfer);
  const dismissed = run(
    three.context,
    at(three).now,
    EVENTS['dismissed, after the person']?.(at(three).now) as ContactEvent,
  );
  const kept = run(three.context, dismissed.now, { type: 'person-waits', asked: transfer });
  expect([kept.now.phase.at, kept.effects]).toEqual(['with-person', [{ do: 'transfer', asked: transfer }]]);
});

test('dead air is timed from the moment that nothing plays, listens or rings, and noise does not put it off', () => {
  const { context, heard } = scripted(say('hello'));
  const { now } = at({ context, heard, script: { next: [] } });
  const silent = run(context, now, finished(now));
  expect(silent.effects).toContainEqual({ do: 'start-timer', timer: 'dead-air', ms: 4_000 });
  const noisy = run(context, silent.now, EVENTS['speech-began']?.(now) as ContactEvent);
  expect(noisy.effects.filter((effect) => effect.do === 'start-timer' && effect.timer === 'dead-air')).toEqual([]);
  const due = run(context, noisy.now, { type: 'dead-air' });
  expect(heard).toEqual(['prompts-finished', 'no-input']);
  expect(due.effects).toContainEqual({
    do: 'note',
    fact: { type: 'dead-air', turn: silent.now.turnId, silent_ms: 4_000, remedy: 'asked again' },
  });
});

test('the fact of an interruption by a key tells nothing of an earlier cough', () => {
  const { dialogue, now } = PHASES.talking();
  const { effects } = run(dialogue.context, now, EVENTS['speech-began']?.(now) as ContactEvent, {
    type: 'key',
    key: '1',
    via: 'info',
  });
  const facts = effects.flatMap((effect) =>
    effect.do === 'note' && effect.fact.type === 'barge-in' ? [effect.fact] : [],
  );
  expect(facts).toEqual([{ type: 'barge-in', turn: now.turnId, by: 'key', outcome: 'committed' }]);
});

test('whatever happens in whatever order: one hang-up, nothing after it; masking and timers go on and off in turn; nothing is said to a disturbed line', () => {
  const secret: Listening = {
    ...listening,
    keys: { min: 4, max: 4, terminator: undefined, interDigitMs: 1_000, secret: true },
  };
  const answers: readonly (readonly DialogueEffect[])[] = [
    [],
    [say('more'), { do: 'listen', listening }],
    [{ do: 'listen', listening: secret }],
    [lookUp],
    [say('wait'), transfer],
    [say('bye'), { do: 'hang-up', because: 'bot-hung-up' }],
  ];
  const happening = fc.array(fc.tuple(fc.constantFrom(...Object.keys(EVENTS)), fc.nat(answers.length - 1)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(happening, (events) => {
      const dialogue = scripted(say('hello'), { do: 'listen', listening });
      let { now } = at(dialogue);
      let [secure, deadAir, hangUps] = [false, false, 0];
      for (const [name, answer] of events) {
        dialogue.script.next = answers[answer] ?? [];
        const before = now.phase.at;
        const { now: next, effects } = run(dialogue.context, now, EVENTS[name]?.(now) as ContactEvent);
        if (before === 'over') expect(effects.filter((effect) => effect.do !== 'note')).toEqual([]);
        if (before === 'disturbed' && next.phase.at === 'disturbed')
          expect(effects.filter((effect) => effect.do === 'say' || effect.do === 'listen')).toEqual([]);
        for (const effect of effects) {
          if (effect.do === 'hang-up') hangUps += 1;
          if (effect.do === 'secure') {
            expect(effect.on).toBe(!secure);
            secure = effect.on;
          }
          if (effect.do === 'stop-timers') deadAir = false;
          if ((effect.do === 'start-timer' || effect.do === 'stop-timer') && effect.timer === 'dead-air') {
            // one that has just fired may be started again
            if (name !== 'dead-air') expect(effect.do === 'start-timer').toBe(!deadAir);
            deadAir = effect.do === 'start-timer';
          }
        }
        expect([next.secure, next.deadAir]).toEqual([secure, name === 'dead-air' ? next.deadAir : deadAir]);
        if (name === 'dead-air') deadAir = next.deadAir;
        now = next;
      }
      expect(hangUps).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

test('what can be understood is asked at every step; a question that it concerns is noted with the reason', () => {
  const modes: unknown[] = [];
  const deaf: DialogueEffect = { do: 'listen', listening, deaf: true };
  const answer = (state: DialogueState, input: unknown): [DialogueState, ...DialogueEffect[]] => {
    modes.push(input);
    return input === 'keys' ? [state, deaf] : [state, { do: 'listen', listening }];
  };
  const state = {} as DialogueState;
  const hears = (deafness: ContactContext['deafness']): ContactContext => ({
    ...scripted().context,
    deafness,
    dialogue: {
      ...scripted().context.dialogue,
      start: (_, input) => answer(state, input),
      step: (_, event, input) => answer(state, event.type === 'keys-only' ? 'keys' : input),
    },
  });
  const begun = run(hears('no-recognizer'), newContact(contact, turnId(contact, 0)), { type: 'answered', caller: '' });
  const spoke = run(hears(undefined), begun.now, { type: 'timer', timer: 'no-input' });
  const overloaded = run(hears('recognition-overloaded'), spoke.now, { type: 'timer', timer: 'no-input' });
  expect(modes).toEqual(['keys', 'voice-and-keys', 'keys']);
  const noted = [begun, spoke, overloaded].map(({ effects }) =>
    effects.flatMap((effect) =>
      effect.do === 'note' && effect.fact.type === 'keys-only' ? [effect.fact.because] : [],
    ),
  );
  expect(noted).toEqual([['no-recognizer'], [], ['recognition-overloaded']]);
});

describe('what a partial decode hears over a prompt that is paused for it', () => {
  /** After that decode and the end of the utterance without a transcript: whether the prompt was told to go on by the decode. */
  const goesOn = (outcome: 'match' | 'rejected' | 'not-speech', words: readonly string[], confidence: number) => {
    const speech = { grammar: { key: 'any', start: 0, nodes: [{ arcs: [], final: true }] }, orFree: true };
    const { dialogue, now } = at(scripted(say('hello'), { do: 'listen', listening: { ...listening, speech } }));
    const [playback] = now.turn.playing;
    const began: ContactEvent = { type: 'speech-began', utterance, paused: playback, pausedAfterMs: 60 };
    const hypotheses = words.length === 0 ? [] : [{ words, confidence, free: true }];
    const transcript = { outcome, hypotheses, decode: ms(1), queued: ms(0) } as never;
    const { effects } = run(
      dialogue.context,
      now,
      began,
      { type: 'speech-sustained', utterance },
      { type: 'decoded', utterance, kind: 'partial', transcript, at: sharedMs(1) },
    );
    return effects.some((effect) => effect.do === 'resume-playback');
  };

  test.each([
    ['two sure words', 'match', ['block', 'my'], 0.9],
    ['one word', 'match', ['balance'], 0.6],
    ['half a word, misheard', 'rejected', ['bal'], 0.25],
    ['words that the grammar has not', 'rejected', ['would', 'you'], 0.3],
  ] as const)('%s: it stays paused', (_, outcome, words, confidence) =>
    expect(goesOn(outcome, words, confidence)).toBe(false),
  );

  test.each([
    ['words that were made up', 'rejected', ['thank', 'you'], 0.05],
    ['nothing', 'rejected', [], 0],
    ['a sound that is no speech', 'not-speech', [], 0],
  ] as const)('%s: it goes on', (_, outcome, words, confidence) =>
    expect(goesOn(outcome, words, confidence)).toBe(true),
  );
});
