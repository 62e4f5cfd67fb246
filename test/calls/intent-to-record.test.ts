import { expect, test } from 'vitest';
import type { CallToRecord } from '../../src/calls/call-services.ts';
import { IvrError } from '../../src/domain/error.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { openFakeLine, settled } from './fake-line.ts';

test('nobody is answered before the intent to record is written; it names the call and its recording', async () => {
  const written = deferred<void>();
  const intents: CallToRecord[] = [];
  const line = await openFakeLine({
    intendToRecord(intent) {
      intents.push(intent);
      return written.promise;
    },
  });
  line.recorderOpens.resolve();
  line.answering.resolve();
  await settled();
  expect(line.types('call-answered')).toEqual([]);
  expect(intents).toMatchObject([
    { contact: line.call.contact, called: 'bank', sipCallId: expect.any(String) as string },
  ]);
  written.resolve();
  await settled();
  expect(line.types('call-answered')).toEqual(['call-answered']);
  expect(line.fact('recording-started')?.recording).toBe(intents[0]?.origin.recording);
  line.dialog.end('bye');
  await line.call.ended;
});

test('where a number may not go on without it, the call is refused with 503 and nothing of it is kept', async () => {
  const line = await openFakeLine({
    intendToRecord: () => Promise.reject(new IvrError('RECORDINGS_UNWRITABLE', 'the intent to record was not written')),
  });
  line.recorderOpens.resolve();
  line.answering.resolve();
  await line.call.ended;
  expect(line.fact('call-rejected')).toMatchObject({ status: 503, reason: 'RECORDINGS_UNWRITABLE' });
  expect(line.types('call-answered', 'recording-started')).toEqual([]);
  expect(line.sealed()).toBe(false);
});

test('a call of a number that a policy exempts is counted, and neither tapped nor recorded', async () => {
  const intents: CallToRecord[] = [];
  const line = await openFakeLine({
    isExempt: (called) => called === 'bank',
    intendToRecord(intent) {
      intents.push(intent);
      return Promise.resolve();
    },
  });
  line.answering.resolve();
  await settled();
  expect(intents).toMatchObject([{ called: 'bank', exempt: true }]);
  expect(line.types('call-answered', 'recording-started', 'recording-failed')).toEqual(['call-answered']);
  expect(line.endpoints.map(({ options }) => options.record)).toEqual([undefined]);
  line.dialog.end('bye');
  await line.call.ended;
  expect(line.sealed()).toBe(false);
});
