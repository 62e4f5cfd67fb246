import type { CallEvent } from '../../../src/domain/call-event.ts';
import { type Caller, speaks } from '../../support/caller.ts';
import { callOf } from '../../support/calls.ts';
import type { FrontEnd } from './front-ends.ts';

/** What tests ask about the callers of a front end, which is open by the time that they ask. */
export function callersOf(front: () => FrontEnd) {
  const contactOf = async ({ callId }: Caller): Promise<string> =>
    (await front().bank.until('call-offered', (event) => event.sip_call_id === callId)).contact;
  const entered = (contact: string, state: string) =>
    front().bank.until('state-entered', (event) => event.contact === contact && event.state === state);
  const ended = async (caller: Caller): Promise<CallEvent[]> => {
    const contact = await contactOf(caller);
    await front().bank.until('call-ended', (event) => event.contact === contact, 40_000);
    return callOf(front().bank, caller.callId);
  };
  /** The long sentence has begun. */
  const greeted = async (caller: Caller): Promise<string> => {
    const contact = await contactOf(caller);
    await front().bank.until('prompt-started', (event) => event.contact === contact && event.prompt.startsWith('main'));
    await speaks(caller);
    return contact;
  };
  /** Waits until the far end is silent: `ms` of nothing but silence. */
  const silent = async (caller: Caller, ms: number): Promise<void> => {
    const loud = (payload: Uint8Array): boolean => caller.rtp.decode(payload).some((sample) => Math.abs(sample) > 500);
    await caller.rtp.until(
      (packets) => packets.length > ms / 20 && !packets.slice(-ms / 20).some(({ payload }) => loud(payload)),
      'silence',
      10_000,
    );
  };
  return { contactOf, entered, ended, greeted, silent };
}
