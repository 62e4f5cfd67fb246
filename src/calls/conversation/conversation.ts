import type { SpokenPrompt } from '../../dialogue/dialogue.ts';
import { asError } from '../../domain/error.ts';
import { turnId } from '../../domain/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import { localTime, localZone } from '../../lib/local-time.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { CallServices } from '../call-services.ts';
import { openContactEffects } from './contact-effects.ts';
import { contactEventOf } from './contact-event-of.ts';
import {
  type ContactContext,
  type ContactEvent,
  type Dismissal,
  type Interruption,
  newContact,
} from './contact-state.ts';
import { step } from './contact-step.ts';
import type { ConversationOptions } from './conversation-options.ts';
import { openPromptPlayer } from './prompt-player.ts';
import { deafnessOf } from './recognizer-outage.ts';

export interface Conversation {
  onEndpoint(event: EndpointEvent): void;
  /** From outside the dialogue: time is up, the server goes down. */
  tell(by: Interruption): void;
  /** The caller's media is gone: what plays, is heard or is half entered is over; what comes meanwhile waits. */
  disturbed(): void;
  /** The caller can hear and be heard again: an apology, and what was last said is said again. */
  restored(): void;
  /** Says something that the caller has to know, and then what was last said. */
  announce(prompt: SpokenPrompt): void;
  /** The call has to end, with these words. */
  dismiss(by: Dismissal): void;
  /** The person for whom the bot verifies the caller does not wait for the end. */
  takeBack(): void;
  /** A person is being rung, talks with the caller or waits for them: the bot's limits do not apply. */
  readonly withPerson: boolean;
  /** That is spoken, BCP 47. */
  readonly language: string;
}

/**
 * Drives the contact's machine: what happens on the line goes in, one event at a time and on the main thread; what the
 * machine says follows is done here. Nothing here holds audio or decides anything.
 */
export function openConversation(options: ConversationOptions, services: CallServices): Conversation {
  const { contact, endpoint, scope } = options;
  const { settings, dialogue } = services;
  const clock: Clock = {
    now: () => services.clock.now(),
    wall: () => services.clock.wall(),
    shared: () => services.clock.shared(),
    after: (delay, run) => services.clock.after(delay, () => netted(run)),
  };
  const surroundings = (): ContactContext => ({
    contact,
    dialogue,
    person: settings.person !== undefined || settings.queues,
    deafness: deafnessOf(services.speech),
  });
  let now = newContact(contact, turnId(contact, 0));
  const player = openPromptPlayer(endpoint, services.speech, (fact) => services.note(contact, fact));
  scope.defer(() => player.close());
  const carryOut = openContactEffects(
    { ...options, player, dispatch, dialogueState: () => now.dialogue, withPerson, netted },
    { ...services, clock },
  );

  function withPerson(): boolean {
    const { phase } = now;
    return phase.at === 'with-person' || (phase.at === 'disturbed' && phase.before.at === 'with-person');
  }

  /** Whatever comes from outside comes through here. */
  function netted(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      options.onDefect(asError(thrown));
    }
  }

  const waiting: ContactEvent[] = [];
  let stepping = false;

  /** One event after the other: what an effect causes at once comes after the effect; its answer comes first. */
  function dispatch(event: ContactEvent): void {
    waiting.push(event);
    if (stepping) return;
    stepping = true;
    try {
      for (let next = waiting.shift(); next !== undefined && !scope.closed; next = waiting.shift()) {
        const [then, ...effects] = step(surroundings(), now, next);
        now = then;
        for (const effect of effects) {
          if (scope.closed) return;
          const answer = carryOut(effect);
          if (answer !== undefined) waiting.unshift(answer);
        }
      }
    } finally {
      waiting.length = 0;
      stepping = false;
    }
  }

  function onEndpoint(event: EndpointEvent): void {
    if (event.type === 'playback-started') return player.started(event.playback, event.at);
    if (event.type === 'playback-finished') player.finished(event);
    const happened = contactEventOf(event, clock);
    if (happened !== undefined) dispatch(happened);
  }

  const { caller, called, divertedFrom } = options.parties;
  const today = localTime(clock.wall(), services.timeZone ?? localZone()).date;
  dispatch({ type: 'answered', caller, called, ...(divertedFrom === undefined ? {} : { divertedFrom }), today });

  return {
    onEndpoint: (event) => netted(() => onEndpoint(event)),
    tell: (by) => netted(() => dispatch({ type: 'interrupted', by })),
    disturbed: () => netted(() => dispatch({ type: 'disturbed' })),
    restored: () => netted(() => dispatch({ type: 'restored' })),
    announce: (prompt) => netted(() => dispatch({ type: 'announced', prompt })),
    dismiss: (by) => netted(() => dispatch({ type: 'dismissed', by })),
    takeBack: () => netted(() => dispatch({ type: 'taken-back' })),
    get withPerson() {
      return withPerson() || now.awaited !== undefined;
    },
    get language() {
      return now.dialogue === undefined ? dialogue.language : dialogue.place(now.dialogue).language;
    },
  };
}
