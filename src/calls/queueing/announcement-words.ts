import type { ContactContext } from '../../domain/contact-context.ts';
import { type QueuePhrases, TOLD_POSITIONS, toldMinutes, type WhisperedContact } from '../../language/queue-wording.ts';
import type { Announcement } from './visit-state.ts';

/** Below this trend of the sentiment the agent is told that the customer is upset. */
const UPSET = -0.25;

/** What is said to the customer, in sentences that are spoken before the first customer waits. */
export function wordsOf(what: Announcement, phrases: QueuePhrases): readonly string[] {
  switch (what.say) {
    case 'standing': {
      const { position, expectedWaitMs } = what.standing;
      const place = phrases.position(Math.min(position, TOLD_POSITIONS + 1));
      return expectedWaitMs === undefined ? [place] : [place, phrases.wait(toldMinutes(expectedWaitMs))];
    }
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

/** What an agent's telephone whispers of a contact. */
export const whispered = ({ customer, verified, intents, sentiment }: ContactContext): WhisperedContact => ({
  name: customer?.name === '' ? undefined : customer?.name,
  verified: verified !== undefined,
  topic: intents[0]?.name.replaceAll('-', ' '),
  upset: sentiment.trend < UPSET,
});
