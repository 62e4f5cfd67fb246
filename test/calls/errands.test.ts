import { expect, test } from 'vitest';
import type { CallServices } from '../../src/calls/call-services.ts';
import type { ContactEvent } from '../../src/calls/conversation/contact-state.ts';
import { openErrands } from '../../src/calls/conversation/errands.ts';
import type { Transferred } from '../../src/calls/transfer/transfer-request.ts';
import { Scope } from '../../src/lib/scope.ts';
import type { Endpoint } from '../../src/media/media-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { transfer } from './contact-scenes.ts';

test.each<[string, Transferred, ContactEvent]>([
  ['has left', { outcome: 'busy', gone: false }, { type: 'person-left', outcome: 'busy', gone: false }],
  [
    'calls back: the caller knows it, and the dialogue has nothing to say of it',
    { outcome: 'completed', gone: false, booked: true },
    { type: 'person-left', outcome: 'completed', gone: false, booked: true },
  ],
  ['waits', { outcome: 'verify', gone: false }, { type: 'person-waits', asked: transfer }],
])('the conversation is told of a person who %s', async (_, left, expected) => {
  await using scope = new Scope();
  const endpoint: Partial<Endpoint> = { listen: () => undefined };
  const told = await new Promise<ContactEvent>((dispatch, onDefect) =>
    openErrands(
      {
        endpoint: endpoint as Endpoint,
        recording: undefined,
        scope,
        transfer: () => Promise.resolve(left),
        onDefect,
        dispatch,
        withPerson: () => true,
      },
      { clock: new ManualClock() } as unknown as CallServices,
    ).callPerson(transfer),
  );
  expect(told).toEqual(expected);
});
