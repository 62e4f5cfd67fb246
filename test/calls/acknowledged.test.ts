import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { openFakeLine, settled } from './fake-line.ts';

/* A call is a call when it is acknowledged. */

test('before the ACK: no consent, no word, and no recording in the journal', async () => {
  const line = await openFakeLine();
  line.recorderOpens.resolve();
  await settled();
  expect(line.at().options.awaitConsent).toBe(true);
  expect(line.at().told).toEqual([]);
  expect(line.facts.map(({ type }) => type)).toEqual(['call-offered']);
  line.answering.resolve();
  await settled();
  expect(line.at().told[0]).toBe('consent');
  expect(line.types('recording-started', 'call-answered', 'notice-given')).toEqual([
    'recording-started',
    'call-answered',
  ]);
  expect(line.at().told.some((told) => told.startsWith('play '))).toBe(true);
  line.dialog.end('bye');
  await line.call.ended;
  expect(line.sealed()).toBe(true);
  expect(line.recordingNotes).not.toContain('discarded');
});

test('what is never acknowledged has an end of its own, and its recording is removed', async () => {
  const line = await openFakeLine();
  line.recorderOpens.resolve();
  await settled();
  line.answering.reject(new IvrError('SIP_TIMEOUT', 'the 200 was not acknowledged'));
  await line.call.ended;
  expect(line.fact('call-ended')?.because).toBe('not-acknowledged');
  expect(line.facts.filter(({ type }) => type.startsWith('recording-'))).toEqual([]);
  expect(line.recordingNotes.at(-1)).toBe('discarded');
  expect(line.sealed()).toBe(false);
  expect(line.at().told).toEqual([]);
});

test('a recording that opens after the caller has gone is removed as well', async () => {
  const line = await openFakeLine();
  await settled();
  line.cancel();
  await settled();
  line.recorderOpens.resolve();
  await line.call.ended;
  await settled();
  expect(line.fact('call-ended')?.because).toBe('cancelled');
  expect(line.recordingNotes.at(-1)).toBe('discarded');
  expect(line.sealed()).toBe(false);
});

test('RTP from the announced address stands for an ACK that is late', async () => {
  const line = await openFakeLine();
  line.recorderOpens.resolve();
  await settled();
  line.at().emit({ type: 'consented' });
  await settled();
  expect(line.fact('call-answered')).toBeDefined();
  line.dialog.end('bye');
  await line.call.ended;
});

test('who called is in the journal, masked, with what the network says of it', async () => {
  const line = await openFakeLine({ parties: { divertedFrom: '+861055550100', asserted: true, private: true } });
  expect(line.fact('call-offered')).toMatchObject({
    from: '+*******4567',
    to: 'bank',
    asserted: true,
    diverted_from: '+********0100',
    private: true,
  });
  line.cancel();
  line.recorderOpens.resolve();
  await line.call.ended;
});
