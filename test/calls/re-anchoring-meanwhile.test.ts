import { describe, expect, test } from 'vitest';
import type { LookUpResult } from '../../src/dialogue/dialogue.ts';
import { IvrError } from '../../src/domain/error.ts';
import { sharedMs } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { hungUp, SORRY, said } from './disturbed-line.ts';
import { openFakeLine, openTalkingLine, settled } from './fake-line.ts';

describe('the far end', () => {
  test('keeps what it had: the call ends', async () => {
    const line = await openTalkingLine();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    line.dialog.offers[0]?.answer.reject(new IvrError('SIP_REJECTED', 'no', { status: 488 }));
    await line.call.ended;
    expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: 'MEDIA_WORKER_LOST' });
    expect(line.at().closed).toBe(true);
  });

  test('does not answer in time: the call ends', async () => {
    const line = await openTalkingLine();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    line.clock.advance(6_000);
    await line.call.ended;
    expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: 'MEDIA_WORKER_LOST' });
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
  });

  test('hangs up while its answer is waited for: that is why the call ends', async () => {
    const line = await openTalkingLine();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    await hungUp(line);
    expect(line.fact('call-ended')).toEqual({ type: 'call-ended', because: 'caller-hung-up', duration_ms: 0 });
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(line.clock.pending).toBe(0);
  });

  test('hangs up while a place is sought, and one that is made all the same is closed', async () => {
    const line = await openTalkingLine();
    const making = deferred<void>();
    const { create } = line.media;
    line.media.create = (options) => making.promise.then(() => create(options));
    line.at().die();
    await settled();
    await hungUp(line);
    making.resolve();
    await settled();
    expect(line.endpoints).toHaveLength(2);
    expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
    expect(line.fact('call-ended')).toMatchObject({ because: 'caller-hung-up' });
    expect(line.clock.pending).toBe(0);
  });

  test('offers something itself meanwhile: it is refused and keeps what it has', async () => {
    const line = await openTalkingLine();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    await expect(line.dialog.answerOffer('hold')).rejects.toMatchObject({ code: 'ENDPOINT_CLOSED' });
    line.dialog.offers[0]?.answer.resolve('answer');
    await settled();
    expect(await line.dialog.answerOffer('hold')).toBe(line.at().name);
    await hungUp(line);
  });

  test('is on hold and stays so, or is back', async () => {
    const line = await openTalkingLine();
    await line.dialog.answerOffer('a=sendonly');
    line.dialog.answersWith = 'a=sendonly';
    line.at().die();
    await settled();
    expect(line.types('held', 'resumed')).toEqual(['held']);
    line.dialog.answersWith = 'answer';
    line.at().die();
    await settled();
    expect(line.types('held', 'resumed')).toEqual(['held', 'resumed']);
    await hungUp(line);
  });
});

describe('before the answer', () => {
  test('the media dies: 503, another line or this one in a moment serves better', async () => {
    const line = await openFakeLine();
    await settled();
    line.at().die();
    line.recorderOpens.resolve();
    await line.call.ended;
    expect(line.rejected).toEqual([503]);
    expect(line.fact('call-rejected')).toMatchObject({ status: 503, reason: 'MEDIA_WORKER_LOST' });
    expect(line.at().closed).toBe(true);
    expect(line.recordingNotes.at(-1)).toBe('discarded'); // it never was a call
  });

  test('the media dies between 200 and ACK: other media is offered at once, and the greeting is heard there', async () => {
    const line = await openFakeLine({ withoutOffer: true });
    line.recorderOpens.resolve();
    await settled();
    line.at().die();
    await settled();
    expect(line.endpoints).toHaveLength(1);
    line.answering.resolve();
    await settled();
    expect(line.dialog.offers.map(({ sdp }) => sdp)).toEqual([line.at().name]);
    expect(said(line)).toEqual(['Recorded.']);
    expect(line.fact('call-answered')).toMatchObject({ codec: 'PCMU' });
    await hungUp(line);
    expect(line.fact('call-ended')).toMatchObject({ because: 'caller-hung-up' });
  });

  test('and then the caller hangs up, or cancels: nothing else is said of it', async () => {
    const line = await openFakeLine();
    line.recorderOpens.resolve();
    await settled();
    line.at().die();
    line.dialog.answersWith = undefined;
    line.answering.resolve();
    await settled();
    await hungUp(line);
    expect(line.types('call-answered', 'call-rejected', 'call-ended')).toEqual(['call-ended']);
    expect(line.fact('call-ended')).toMatchObject({ because: 'caller-hung-up' });

    const other = await openFakeLine();
    other.recorderOpens.resolve();
    await settled();
    other.at().die();
    other.cancel();
    await other.call.ended;
    expect(other.fact('call-ended')).toMatchObject({ because: 'cancelled' });
    expect(other.at().closed).toBe(true);
  });
});

describe('a PIN is being keyed', () => {
  test('the new media is secure before it is offered; what was keyed is forgotten, and it is asked for again', async () => {
    const line = await openTalkingLine({ dialplan: 'secret.yaml' });
    const first = line.at();
    expect(first.told).toContain('secure on');
    for (const key of '1234') first.key(key);
    line.dialog.answersWith = undefined;
    first.die();
    await settled();
    const second = line.at();
    expect(second.told).toEqual(['secure on', 'listen']);
    // pressed on, not knowing: RTP that comes early, and SIP INFO
    second.key('5');
    line.dialog.infoDigit('6');
    line.dialog.offers[0]?.answer.resolve('answer');
    await settled();
    expect(said(line)).toEqual([SORRY, 'Key in your secret.']);
    for (const key of '87654321') second.key(key);
    await settled();
    expect(line.fact('digits-keyed')).toMatchObject({ count: 8, secret: true });
    expect(line.types('secure-began', 'secure-ended')).toEqual(['secure-began', 'secure-ended']);
    expect(second.told.filter((each) => each.startsWith('secure'))).toEqual(['secure on', 'secure off']);
    await hungUp(line);
  });

  test('the bank is asked: it is not asked again, and its answer waits for the media', async () => {
    const answer = deferred<LookUpResult>();
    let asked = 0;
    const bank = (): Promise<LookUpResult> => {
      asked += 1;
      return answer.promise;
    };
    const line = await openTalkingLine({ dialplan: 'secret.yaml', bank });
    for (const key of '12345678') line.at().key(key);
    await settled();
    line.dialog.answersWith = undefined;
    line.at().die();
    await settled();
    answer.resolve({ outcome: 'done', values: {} });
    await settled();
    expect(said(line)).toEqual([]);
    expect(line.types('looked-up')).toEqual(['looked-up']);
    expect(line.fact('state-entered')).toMatchObject({ state: 'verify' });
    line.dialog.offers[0]?.answer.resolve('answer');
    await settled();
    expect(said(line)).toEqual([SORRY, 'Press one.']);
    expect(asked).toBe(1);
    await hungUp(line);
  });
});

test('time is up, or the server goes down, meanwhile: the goodbye waits until it can be heard', async () => {
  const line = await openTalkingLine();
  line.dialog.answersWith = undefined;
  line.at().die();
  await settled();
  line.call.shutDown(60_000 as never);
  expect(said(line)).toEqual([]);
  line.dialog.offers[0]?.answer.resolve('answer');
  await settled();
  // what had begun to be said again is not heard to its end first
  expect(line.at().told.slice(-2)).toEqual(['stop', 'play Sorry, we must stop now.']);
  line.at().finish();
  await line.call.ended;
  expect(line.fact('call-ended')).toMatchObject({ because: 'shutdown' });
  expect(line.clock.pending).toBe(0);
});

test('nobody speaks into the void: no dead air, no time-out of the turn, no key and no word counts, while the media is away', async () => {
  const line = await openTalkingLine();
  line.dialog.answersWith = undefined;
  line.at().finish();
  line.at().die();
  await settled();
  line.clock.advance(5_900);
  line.dialog.infoDigit('1');
  line.at().key('1');
  line.at().emit({ type: 'speech-ended', utterance: 1 as never, endedAt: sharedMs(0), speech: 300 as never });
  expect(line.types('dead-air', 'no-input', 'speech-ended', 'digits-keyed')).toEqual([]);
  line.dialog.offers[0]?.answer.resolve('answer');
  await settled();
  expect(said(line)).toEqual([SORRY, 'Press one.']);
  await hungUp(line);
});
