import { ms, seconds } from '../domain/units.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { CallInProgress } from './live-call.ts';
import { scopedTimer } from './scoped-timer.ts';

/** How often a call that is over its time looks whether the person has left. */
const PERSON_LEAVES = seconds(1);
/** The dialogue says goodbye when time is up; this long after that the call ends anyway. */
const GOODBYE_DEADLINE = seconds(30);

/**
 * Ends an answered call after `maximum-call-seconds` of its dialplan: the dialogue is told that time is up (its state
 * `time-up`) and says goodbye. A talk with a person goes on until one of them leaves.
 */
export function limitDuration(
  { services, scope, end }: CallInProgress,
  conversation: () => Conversation | undefined,
): void {
  const after = scopedTimer(services.clock, scope);

  function timeUp(): void {
    if (conversation()?.withPerson === true) return after(PERSON_LEAVES, timeUp);
    conversation()?.tell({ type: 'time-up' });
    after(GOODBYE_DEADLINE, () => end('maximum-duration'));
  }

  after(ms(services.dialogue.maximumCallMs), timeUp);
}
