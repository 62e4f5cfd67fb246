import { describe, expect, test } from 'vitest';
import type { SipRequest } from '../../../src/sip/message/message.ts';
import { atRest } from '../../support/at-rest.ts';
import { type Caller, call, speaks } from '../../support/caller.ts';
import { callOf, expectWhole } from '../../support/calls.ts';
import { FRONT_ENDS, type FrontEnd } from './front-ends.ts';

/* A person by REFER: the caller's own telephone is sent there. */

async function askForPerson(front: FrontEnd): Promise<{ readonly caller: Caller; readonly refer: SipRequest }> {
  const caller = await call(front.sip);
  await speaks(caller);
  const { contact } = await front.bank.until('call-offered', (event) => event.sip_call_id === caller.callId);
  await front.bank.until('prompt-started', (event) => event.contact === contact && event.prompt.startsWith('main'));
  await caller.rtp.press('0');
  return { caller, refer: await caller.sip.hearRequest('REFER', 20_000) };
}

/** Tells how the call to the person goes (RFC 3515 section 2.4.5). */
async function notify(caller: Caller, status: string, state: string): Promise<void> {
  caller.send('NOTIFY', {
    headers: { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag;version=2.0' },
    body: `SIP/2.0 ${status}\r\n`,
  });
  await caller.sip.hearFinal('NOTIFY');
}

describe.each(FRONT_ENDS)('$name', ({ missing, openWith }) => {
  test.skipIf(missing !== undefined)(
    missing ?? 'the telephone goes there and the call ends; one that will not go is with the bot again',
    async () => {
      await using front = await openWith({ 'person.method': 'refer', 'speech.recognizer': 'none' });
      {
        const { caller, refer } = await askForPerson(front);
        await using _caller = caller;
        expect(refer.headers.get('Refer-To')).toContain(`sip:person@127.0.0.1:${front.personPort}`);
        caller.sip.respond(refer, 202, { tag: '' });
        await notify(caller, '100 Trying', 'active;expires=60');
        await notify(caller, '200 OK', 'terminated;reason=noresource');
        await caller.hungUpOn();
        await front.bank.until('call-ended', ({ because }) => because === 'transferred');
        expectWhole(callOf(front.bank, caller.callId), 'transferred');
      }
      {
        const { caller, refer } = await askForPerson(front);
        await using _caller = caller;
        caller.sip.respond(refer, 603, { tag: '' });
        const { contact } = await front.bank.until('call-offered', (event) => event.sip_call_id === caller.callId);
        const failed = await front.bank.until('transfer-ended', (event) => event.contact === contact);
        expect(failed.outcome).not.toBe('completed');
        await front.bank.until(
          'prompt-started',
          (event) => event.contact === contact && event.seq > failed.seq && event.prompt.startsWith('main'),
        );
        await caller.hangUp();
        await front.bank.until('call-ended', (event) => event.contact === contact);
        expectWhole(callOf(front.bank, caller.callId));
      }
      await atRest(front.bank);
      expect(front.violations()).toEqual([]);
    },
    120_000,
  );
});
