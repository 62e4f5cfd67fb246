import type { ContactContext } from '../../domain/contact-context.ts';
import type { CallbackPhrases } from '../../language/queue-wording.ts';
import { type QueuePhrases, TOLD_POSITIONS, toldMinutes, type WhisperedContact } from '../../language/queue-wording.ts';
import type { Announcement } from './visit-state.ts';

/** Below this trend of the sentiment the agent is told that the customer is upset. */
const UPSET = -0.25;

/** What is said to the customer, in sentences that are spoken before the first customer waits. */
export function wordsOf(what: Announcement, phrases: QueuePhrases): readonly string[] {
  switch (what.say) {
    case 'standing': {
      const { position, expectedWaitMs } = what.standing;
      return [
        phrases.position(Math.min(position, TOLD_POSITIONS + 1)),
        ...(expectedWaitMs === undefined ? [] : [phrases.wait(toldMinutes(expectedWaitMs))]),
        ...(what.callback ? [phrases.callback.offer] : []),
      ];
    }
    case 'callback':
      return callbackWords(what, phrases);
    case 'refused':
      return [phrases.refused[what.because]];
    case 'not-written':
      return [phrases.notWritten];
    case 'another-agent':
      return [phrases.anotherAgent];
    case 'satisfaction':
      return [phrases.satisfaction];
    case 'rated':
      return [phrases.thanks];
  }
}

/** Of a number that is not keyed here and now its end is told. */
const TOLD_DIGITS = 4;

function callbackWords(
  { what, number = '', because }: Extract<Announcement, { readonly say: 'callback' }>,
  { callback, refused }: QueuePhrases,
): readonly string[] {
  switch (what) {
    case 'wanted':
      return [...(because === undefined ? [] : [refused[because]]), callback.offerInstead];
    case 'own':
      return [callback.own, ...digits(number.slice(-TOLD_DIGITS), callback), callback.confirmOwn];
    case 'key':
      return [callback.key];
    case 'not-called':
      return [callback.notCalled, callback.key];
    case 'keyed':
      return [callback.keyed, ...digits(number, callback), callback.confirmKeyed];
    case 'booked':
      return [callback.booked];
    case 'pending':
      return [callback.pending];
    case 'not-booked':
      return [callback.notBooked];
  }
}

const digits = (number: string, { digit }: CallbackPhrases): readonly string[] =>
  number.replaceAll(/\D/g, '').split('').map(digit);

/** What an agent's telephone whispers of a contact. */
export const whispered = ({ customer, verified, intents, sentiment }: ContactContext): WhisperedContact => ({
  name: customer?.name === '' ? undefined : customer?.name,
  verified: verified !== undefined,
  topic: intents[0]?.name.replaceAll('-', ' '),
  upset: sentiment.trend < UPSET,
});
