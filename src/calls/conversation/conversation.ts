import type { DialogueEffect, DialogueEvent, DialogueState, Listening, SpokenPrompt } from '../../dialogue/dialogue.ts';
import type { CallFact, EndReason } from '../../domain/call-event.ts';
import { asError } from '../../domain/error.ts';
import { type ContactId, type TurnId, turnId } from '../../domain/ids.ts';
import { Secret } from '../../domain/secret.ts';
import { ms } from '../../domain/units.ts';
import { type CancelTimer, type Clock, sharedNow } from '../../lib/clock.ts';
import type { Scope } from '../../lib/scope.ts';
import type { Endpoint, EndpointEvent, UtteranceId } from '../../media/media-server.ts';
import type { Recording } from '../../recording/recorder.ts';
import type { DecodeKind, Transcript } from '../../speech/speech-service.ts';
import type { CallServices } from '../call-services.ts';
import type { Transferred } from '../transfer/transfer-request.ts';
import { step } from '../turn/turn.ts';
import { silentTurn, type Turn, type TurnEffect, type TurnEvent } from '../turn/turn-state.ts';
import { openTurnTimers } from '../turn/turn-timers.ts';
import { type LookUp, lookUp } from './look-up.ts';
import { openPromptPlayer } from './prompt-player.ts';
import { recognizedFact } from './recognized-fact.ts';
import { openUtteranceRecognition } from './utterance-recognition.ts';

/** Nothing plays, listens, rings or is looked up for this long: the caller hears dead air, and we do something about it. */
const DEAD_AIR_MS = 4_000;

/** Confidence of a partial decode at which words that mean nothing yet still interrupt a prompt. */
const SURELY_WORDS = 0.7;

export interface Conversation {
  onEndpoint(event: EndpointEvent): void;
  /** A key that came by SIP INFO. */
  onInfoDigit(digit: string): void;
  /** From outside the dialogue: time is up, the server goes down. */
  tell(event: Extract<DialogueEvent, { readonly type: 'time-up' | 'shutdown' }>): void;
  /** The caller's media is gone: what plays, is heard or is half entered is over; what comes meanwhile waits. */
  disturbed(): void;
  /** The caller can hear and be heard again: an apology, and what was last said is said again. */
  restored(): void;
  /** A person is being rung or talks with the caller: the bot's limits do not apply. */
  readonly withPerson: boolean;
}

type TransferEffect = Extract<DialogueEffect, { readonly do: 'transfer' }>;

export interface ConversationOptions {
  readonly contact: ContactId;
  readonly caller: string;
  readonly endpoint: Endpoint;
  readonly recording: Recording | undefined;
  readonly scope: Scope;
  /** Brings a person onto the line; resolves when they have left. Never rejects for what people do. */
  readonly transfer: (asked: TransferEffect) => Promise<Transferred>;
  /** The dialogue wants the call to end. */
  readonly onHangUp: (because: EndReason) => void;
  /** A mistake of ours: this call cannot go on, the others can. */
  readonly onDefect: (error: Error) => void;
}

/**
 * One caller and the dialogue: runs the turn machine and the dialogue machine, and carries out their effects. All of it
 * happens on the main thread, one event at a time; nothing here holds audio.
 */
export function openConversation(options: ConversationOptions, services: CallServices): Conversation {
  const { contact, endpoint, recording, scope, onHangUp } = options;
  const { settings, dialogue, speech, logger } = services;
  const clock: Clock = {
    now: () => services.clock.now(),
    wall: () => services.clock.wall(),
    after: (delay, run) => services.clock.after(delay, () => netted(run)),
  };
  const note = (fact: CallFact): void => services.note(contact, fact);
  const speaker = openPromptPlayer(endpoint, speech, note);
  scope.defer(() => speaker.close());

  let turn: Turn = silentTurn;
  let number = 0;
  let id: TurnId = turnId(contact, 0);
  let state: DialogueState | undefined;
  /** What waits for the prompts to be heard: ending or transferring. */
  let afterPrompts: (() => void) | undefined;
  /** What was last said and listened for: what a disturbance makes us repeat. */
  let lastSaid: readonly DialogueEffect[] = [];
  let lookUps = 0;
  let transferring = false;
  /** While the caller's media is gone: what has to wait until it is back. */
  let waiting: (() => void)[] | undefined;
  let secure = false;
  let digitsVia: 'rfc4733' | 'info' | 'inband' = 'rfc4733';
  const timers = openTurnTimers(clock, (timer) => {
    drive({ type: 'timer', timer });
    settle();
  });
  const recognition = openUtteranceRecognition(
    endpoint,
    speech,
    ms(settings.recognitionDeadlineMs),
    {
      decoded: (utterance, kind, transcript) =>
        netted(() => {
          drive({ type: 'decoded', utterance, kind, transcript, meant: isMeant(transcript, kind), at: sharedNow() });
          settle();
        }),
      failed: (utterance, kind, code) =>
        netted(() => {
          note({ type: 'trouble', code, where: 'recognition' });
          drive({ type: 'decode-failed', utterance, kind, code });
          settle();
        }),
    },
    logger,
  );
  let deadAir: CancelTimer = () => undefined;

  scope.defer(() => {
    timers.stopAll();
    recognition.forget();
    deadAir();
  });

  /** Whatever comes from outside comes through here. */
  function netted(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      options.onDefect(asError(thrown));
    }
  }

  let stateName = 'start';

  function tell(event: DialogueEvent, endedAt?: number): void {
    if (scope.closed || state === undefined) return;
    if (waiting !== undefined) return void waiting.push(() => tell(event, endedAt));
    speaker.asked({ turn: nextTurn(), endedAt, decidedAt: sharedNow() });
    carryOut(dialogue.step(state, event));
  }

  function nextTurn(): TurnId {
    number += 1;
    id = turnId(contact, number);
    return id;
  }

  function carryOut([next, ...effects]: readonly [DialogueState, ...DialogueEffect[]]): void {
    state = next;
    if (effects.some((effect) => effect.do !== 'report'))
      lastSaid = effects.filter((effect) => effect.do === 'say' || effect.do === 'listen');
    for (const effect of effects) if (effect.do === 'report') report(effect.fact);
    note({ type: 'turn-began', turn: id, state: stateName });
    for (const effect of effects) {
      if (scope.closed) return;
      perform(effect);
    }
    settle();
  }

  function report(fact: Extract<DialogueEffect, { do: 'report' }>['fact']): void {
    if (fact.type === 'state-entered') {
      stateName = fact.state;
      note(fact);
    } else note({ ...fact, turn: id });
  }

  function perform(effect: DialogueEffect): void {
    switch (effect.do) {
      case 'say': {
        const playbacks = speaker.say(id, effect.prompts, effect.bargeIn);
        return drive({ type: 'queued', playbacks, bargeIn: effect.bargeIn });
      }
      case 'listen':
        return listen(effect.listening);
      case 'look-up':
        return void ask(effect).catch((thrown: unknown) => options.onDefect(asError(thrown)));
      case 'transfer':
        afterPrompts = () => void transfer(effect).catch((thrown: unknown) => options.onDefect(asError(thrown)));
        return;
      case 'hang-up':
        afterPrompts = () => onHangUp(effect.because);
        return;
      case 'report':
        return;
    }
  }

  function listen(listening: Listening): void {
    const because = listening.speech === undefined ? undefined : recognition.deafness();
    if (because !== undefined) {
      note({ type: 'keys-only', turn: id, because });
      return tell({ type: 'keys-only' });
    }
    setSecure(listening.keys?.secret === true);
    endpoint.listen({
      speculateAfterMs: settings.speculateAfterMs,
      hangoverMs: listening.incompleteMs,
      sustainMs: 400,
    });
    drive({ type: 'listen', listening });
  }

  /** A secure entry begins with its listening and ends with its answer. */
  function setSecure(on: boolean): void {
    if (on === secure) return;
    secure = on;
    endpoint.secure(on);
    note({ type: on ? 'secure-began' : 'secure-ended', turn: id });
    recording?.note(on ? 'secure-began' : 'secure-ended', {});
  }

  /** After every batch: what waits for the end of the prompts happens when nothing plays any more. */
  function settle(): void {
    deadAir();
    if (scope.closed || waiting !== undefined || turn.playing.length > 0) return;
    if (afterPrompts !== undefined) {
      const run = afterPrompts;
      afterPrompts = undefined;
      return run();
    }
    if (turn.listening !== undefined || lookUps > 0 || transferring || state === undefined) return;
    deadAir = clock.after(ms(DEAD_AIR_MS), () => {
      note({ type: 'dead-air', turn: id, silent_ms: DEAD_AIR_MS, remedy: 'asked again' });
      tell({ type: 'no-input' });
    });
  }

  function drive(event: TurnEvent): void {
    const [next, ...effects] = step(turn, event);
    turn = next;
    for (const effect of effects) {
      if (scope.closed) return;
      act(effect);
    }
  }

  function act(effect: TurnEffect): void {
    switch (effect.do) {
      case 'decode':
        return decode(effect.utterance, effect.kind);
      case 'cancel-decodes':
        return recognition.forget();
      case 'end-utterance':
        return endpoint.endUtterance(effect.utterance);
      case 'stop-playback':
        speaker.interrupted();
        return endpoint.stop();
      case 'resume-playback':
        return endpoint.resume(effect.playback);
      case 'start-timer':
        return timers.start(effect.timer, effect.ms);
      case 'stop-timer':
        return timers.stop(effect.timer);
      case 'report':
        return reportTurn(effect.fact);
      case 'deliver': {
        const { event } = effect;
        if (event.type === 'keyed')
          note({
            type: 'digits-keyed',
            turn: id,
            count: event.digits.length,
            via: digitsVia,
            secret: event.digits instanceof Secret,
          });
        setSecure(false);
        return tell(event, effect.endedAt);
      }
    }
  }

  let onsetAt = 0;
  let pausedAfter = 0;

  function reportTurn(fact: Extract<TurnEffect, { do: 'report' }>['fact']): void {
    if (fact.type !== 'recognized') {
      note(fact.type === 'barge-in' ? { ...fact, turn: id, silence_after_ms: pausedAfter } : { ...fact, turn: id });
      return;
    }
    note(recognizedFact(id, fact.transcript, fact.speculative));
  }

  function decode(utterance: UtteranceId, kind: DecodeKind): void {
    const constrained = kind === 'partial' ? undefined : turn.listening?.speech;
    recognition.decode(utterance, {
      language: dialogue.language,
      kind,
      orFree: constrained?.orFree === true,
      // half a phrase matches no grammar: the partial decode only asks whether these are words
      ...(constrained === undefined ? {} : { grammar: constrained.grammar }),
    });
  }

  function isMeant(transcript: Transcript, kind: DecodeKind): boolean {
    const best = transcript.hypotheses[0];
    if (transcript.outcome !== 'match' || best === undefined || state === undefined) return false;
    // half a word is easily misheard ("what her" for "what are"): two confident words are speech, whatever they mean
    if (kind === 'partial')
      return dialogue.understands(state, best.words) || (best.words.length >= 2 && best.confidence >= SURELY_WORDS);
    return !best.free && dialogue.completes(state, best.words);
  }

  async function ask(effect: LookUp): Promise<void> {
    lookUps += 1;
    const fill = (prompt: SpokenPrompt): void => {
      if (waiting === undefined)
        drive({ type: 'queued', playbacks: speaker.say(id, [prompt], 'none'), bargeIn: 'none' });
    };
    const { result, took } = await lookUp(effect, { ...services, clock }, fill, scope.signal);
    lookUps -= 1;
    if (scope.closed) return;
    const outcome = result.outcome === 'refused' ? result.because : result.outcome;
    note({ type: 'looked-up', turn: id, service: effect.service, outcome, took_ms: Math.round(took) });
    tell({ type: 'looked-up', id: effect.id, result });
  }

  async function transfer(effect: TransferEffect): Promise<void> {
    transferring = true;
    endpoint.listen(undefined); // the bot is deaf while a person is on the line
    recording?.note('transfer-began', {});
    const { outcome, gone } = await options.transfer(effect);
    transferring = false;
    if (scope.closed) return;
    if (gone) onHangUp('transferred');
    else tell({ type: 'transfer-ended', outcome });
  }

  /** All was heard and nothing follows of itself: the dialogue goes on. */
  function promptsFinished(): void {
    if (
      turn.playing.length === 0 &&
      turn.listening === undefined &&
      afterPrompts === undefined &&
      lookUps === 0 &&
      !transferring
    )
      tell({ type: 'prompts-finished' });
    else settle();
  }

  function onEndpoint(event: EndpointEvent): void {
    if (waiting !== undefined && event.type !== 'playback-finished') return;
    switch (event.type) {
      case 'playback-started':
        speaker.started(event.playback, event.at);
        return;
      case 'playback-finished': {
        const ours = turn.playing.includes(event.playback);
        speaker.finished(event);
        drive({ type: 'playback-finished', playback: event.playback });
        if (ours) promptsFinished();
        return;
      }
      case 'speech-began':
        onsetAt = event.at;
        pausedAfter = Math.max(0, Math.round(sharedNow() - onsetAt));
        drive(event);
        return;
      case 'speech-ended':
        note({ type: 'speech-ended', turn: id, speech_ms: Math.round(event.speech) });
        drive(event);
        return settle();
      case 'speech-sustained':
      case 'speech-paused':
      case 'speech-resumed':
        return drive(event);
      case 'digit':
        return key(event.digit, event.via);
      case 'playback-paused':
      case 'playback-resumed':
      case 'rtp-began':
      case 'rtp-lost':
      case 'quality':
      case 'failed':
        return; // the call's own business
    }
  }

  function key(digit: string | Secret, via: typeof digitsVia): void {
    if (transferring || waiting !== undefined) return;
    digitsVia = via;
    drive({ type: 'key', key: digit });
    settle();
  }

  speaker.asked({ turn: nextTurn(), endedAt: undefined, decidedAt: sharedNow() });
  carryOut(dialogue.start({ contact, caller: options.caller, person: settings.person !== undefined }));

  return {
    onEndpoint: (event) => netted(() => onEndpoint(event)),
    onInfoDigit: (digit) => netted(() => key(secure ? new Secret(digit) : digit, 'info')),
    tell: (event) => netted(() => interrupt(event)),
    disturbed: () => netted(disturbed),
    restored: () => netted(restored),
    get withPerson() {
      return transferring;
    },
  };

  function interrupt(event: Parameters<Conversation['tell']>[0]): void {
    if (waiting !== undefined) return void waiting.push(() => interrupt(event));
    afterPrompts = undefined;
    reset();
    endpoint.stop();
    setSecure(false);
    tell(event);
  }

  /** Nothing plays, is heard or is half entered any more. */
  function reset(): void {
    recognition.forget();
    timers.stopAll();
    turn = { ...silentTurn, failures: turn.failures };
  }

  /** Secure mode stays on, here and in the media that comes: a PIN may be keyed before anybody listens for it again. */
  function disturbed(): void {
    if (scope.closed || waiting !== undefined) return;
    waiting = [];
    reset();
    deadAir();
  }

  function restored(): void {
    if (scope.closed || waiting === undefined) return;
    const then = waiting;
    waiting = undefined;
    speaker.asked({ turn: nextTurn(), endedAt: undefined, decidedAt: sharedNow() });
    note({ type: 'turn-began', turn: id, state: stateName });
    const again = transferring ? [] : lastSaid;
    const [said] = again;
    perform({ do: 'say', prompts: [dialogue.disturbed], bargeIn: said?.do === 'say' ? said.bargeIn : 'none' });
    for (const effect of again) perform(effect);
    for (const run of then) run();
    settle();
  }
}
