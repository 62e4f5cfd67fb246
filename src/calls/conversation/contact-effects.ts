import type { DialogueState } from '../../dialogue/dialogue.ts';
import { ms } from '../../domain/units.ts';
import type { CallServices } from '../call-services.ts';
import type { ContactEffect, ContactEvent, ContactTimer } from './contact-state.ts';
import type { ConversationOptions } from './conversation-options.ts';
import { openErrands } from './errands.ts';
import { openNamedTimers } from './named-timers.ts';
import type { PromptPlayer } from './prompt-player.ts';
import { openUnderstandingStage } from './understanding-stage.ts';
import { openUtteranceRecognition } from './utterance-recognition.ts';

/** An utterance that lasts this long over a prompt is decoded to see whether it interrupts. */
const SUSTAIN_MS = 400;

export interface ContactEffectsOptions extends ConversationOptions {
  readonly player: PromptPlayer;
  readonly dispatch: (event: ContactEvent) => void;
  /** Where the dialogue stands; undefined: it has not begun. */
  readonly dialogueState: () => DialogueState | undefined;
  /** Whether the caller is still meant to be with a person. */
  readonly withPerson: () => boolean;
  /** Runs what comes from outside, so that a defect ends this call alone. */
  readonly netted: (run: () => void) => void;
}

/**
 * Carries out what the contact's machine says follows: on the line, at the recognizer, at the bank, at a person's phone.
 *
 * @returns what does an effect; its result answers the effects that want an answer
 */
export function openContactEffects(
  options: ContactEffectsOptions,
  services: CallServices,
): (effect: ContactEffect) => ContactEvent | undefined {
  const { contact, endpoint, recording, scope, player, dispatch, netted } = options;
  const { settings, clock } = services;
  const timers = openNamedTimers<ContactTimer>(clock, (timer) =>
    dispatch(timer === 'dead-air' ? { type: 'dead-air' } : { type: 'timer', timer }),
  );
  const errands = openErrands(options, services);
  const recognition = openUtteranceRecognition(
    endpoint,
    services.speech,
    ms(settings.speechDeadlineMs),
    openUnderstandingStage({
      dialogue: services.dialogue,
      understanding: services.understanding,
      state: options.dialogueState,
      onFailed: ({ code }) => services.note(contact, { type: 'trouble', code, where: 'understanding' }),
      logger: services.logger,
    }),
    {
      decoded: (utterance, kind, transcript) =>
        netted(() => dispatch({ type: 'decoded', utterance, kind, transcript, at: clock.shared() })),
      failed: (utterance, kind, code) => netted(() => dispatch({ type: 'decode-failed', utterance, kind, code })),
    },
    services.logger,
  );
  scope.defer(() => {
    timers.stopAll();
    recognition.forget();
  });

  function answer(effect: ContactEffect): ContactEvent | undefined {
    switch (effect.do) {
      case 'say':
        return {
          type: 'queued',
          playbacks: player.say(effect.turn, effect.prompts, effect.bargeIn),
          bargeIn: effect.bargeIn,
        };
      default:
        order(effect);
        return undefined;
    }
  }

  function order(effect: Exclude<ContactEffect, { readonly do: 'say' }>): void {
    switch (effect.do) {
      case 'time-first-audio':
        return player.asked({ turn: effect.turn, endedAt: effect.endedAt, decidedAt: clock.shared() });
      case 'listen':
        return endpoint.listen({
          speculateAfterMs: settings.speculateAfterMs,
          incompleteMs: effect.incompleteMs,
          sustainMs: SUSTAIN_MS,
        });
      case 'decode':
        return recognition.decode(effect.utterance, effect.request);
      case 'cancel-decodes':
        return recognition.forget();
      case 'end-utterance':
        return endpoint.endUtterance(effect.utterance);
      case 'stop-playback':
        if (effect.interrupted) player.interrupted();
        return endpoint.stop();
      case 'resume-playback':
        return endpoint.resume(effect.playback);
      case 'start-timer':
        return timers.start(effect.timer, effect.ms);
      case 'stop-timer':
        return timers.stop(effect.timer);
      case 'stop-timers':
        return timers.stopAll();
      case 'secure':
        endpoint.secure(effect.on);
        return recording?.note(effect.on ? 'secure-began' : 'secure-ended', {});
      case 'look-up':
        return errands.askBank(effect.asked);
      case 'transfer':
        return errands.callPerson(effect.asked);
      case 'hang-up':
        return options.onHangUp(effect.because);
      case 'note':
        if (effect.fact.type === 'flow-loop')
          services.logger.error(
            { contact, dialplan: services.dialogue.name, states: effect.fact.states, steps: effect.fact.steps },
            'the dialplan loops; the caller is transferred to a person, or the call ends',
          );
        return services.note(contact, effect.fact);
    }
  }

  return answer;
}
