import { describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { hungUp, SORRY, said } from './disturbed-line.ts';
import { type FakeLine, openFakeLine, openTalkingLine, settled } from './fake-line.ts';

/** No place for anybody until the test says so again. */
function withoutPlaces(line: FakeLine, code: 'MEDIA_WORKER_LOST' | 'MEDIA_SERVER_LOST' = 'MEDIA_WORKER_LOST') {
  const { create } = line.media;
  let asked = 0;
  line.media.create = () => {
    asked += 1;
    return Promise.reject(new IvrError(code, 'no place'));
  };
  return {
    asked: () => asked,
    again: () => {
      line.media.create = create;
    },
  };
}

test.each(['MEDIA_WORKER_LOST', 'MEDIA_SERVER_LOST'])(
  '%s: other media is offered, the caller hears an apology and the question again, and answers it',
  async (code) => {
    const line = await openTalkingLine();
    const first = line.at();
    first.die(code);
    await settled();
    const second = line.at();
    expect(second).not.toBe(first);
    expect(line.dialog.offers.map(({ sdp }) => sdp)).toEqual([second.name]);
    expect(second.taken).toEqual(['answer']);
    expect(second.options).toMatchObject({ leg: first.leg, listen: true, record: first.options.record });
    expect(second.options.remoteSdp).toBeUndefined();
    expect(first.closed).toBe(true);
    expect(said(line)).toEqual([SORRY, 'Press one.']);
    expect(line.fact('media-moved')).toMatchObject({ leg: first.leg, because: code, after_ms: 0 });
    expect(line.recordingNotes).toContain('media-moved');
    second.finish();
    second.key('1');
    await settled();
    expect(said(line)).toEqual([SORRY, 'Press one.', 'Nine to five.', 'Press one.']);
    await hungUp(line);
    expect(line.fact('call-ended')).toMatchObject({ because: 'caller-hung-up' });
    expect(second.closed).toBe(true);
    expect(line.sealed()).toBe(true);
    expect(line.clock.pending).toBe(0);
  },
);

test('the notice was not heard whole: it is said again, and only then counts as heard', async () => {
  const line = await openFakeLine();
  line.recorderOpens.resolve();
  line.answering.resolve();
  await settled();
  expect(said(line)).toEqual(['Recorded.']);
  line.at().die();
  await settled();
  expect(line.fact('notice-given')).toMatchObject({ heard_whole: false });
  expect(said(line)).toEqual([SORRY, 'Recorded.']);
  line.at().finish();
  expect(line.fact('notice-given')).toMatchObject({ heard_whole: true });
  expect(said(line)).toEqual([SORRY, 'Recorded.', 'Press one.']);
  await hungUp(line);
});

test('a goodbye is said again before the call ends', async () => {
  const line = await openTalkingLine();
  line.at().finish();
  line.at().key('9');
  line.at().key('1'); // yes
  expect(said(line).at(-1)).toBe('Goodbye.');
  line.at().die();
  await settled();
  expect(line.facts.some(({ type }) => type === 'call-ended')).toBe(false);
  expect(said(line)).toEqual([SORRY, 'Goodbye.']);
  line.at().finish();
  await line.call.ended;
  expect(line.fact('call-ended')).toMatchObject({ because: 'bot-hung-up' });
});

describe('a place is sought', () => {
  test('for two seconds, and found as soon as there is one', async () => {
    const line = await openTalkingLine();
    const places = withoutPlaces(line);
    line.at().die();
    await settled();
    for (let passed = 0; passed < 1_500; passed += 100) {
      line.clock.advance(100);
      await settled();
    }
    expect(places.asked()).toBe(16);
    places.again();
    line.clock.advance(100);
    await settled();
    expect(line.fact('media-moved')).toMatchObject({ after_ms: 1_600 });
    expect(said(line)).toEqual([SORRY, 'Press one.']);
    await hungUp(line);
  });

  test.each(['MEDIA_WORKER_LOST', 'MEDIA_SERVER_LOST'] as const)(
    'in vain (%s): the call ends, and says why',
    async (code) => {
      const line = await openTalkingLine();
      withoutPlaces(line, code);
      line.at().die(code);
      for (let passed = 0; passed <= 2_000; passed += 100) {
        await settled();
        line.clock.advance(100);
      }
      await line.call.ended;
      expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: code });
      expect(line.dialog.byes).toBe(1);
      expect(line.sealed()).toBe(true);
      expect(line.clock.pending).toBe(0);
    },
  );

  test('not for a failure that is not the place: that ends the call as ever', async () => {
    const line = await openTalkingLine();
    line.at().die('INTERNAL');
    await line.call.ended;
    expect(line.endpoints).toHaveLength(1);
    expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: 'INTERNAL' });
  });

  test('not for ever: a call whose media dies again and again ends', async () => {
    const line = await openTalkingLine();
    for (let times = 0; times < 4; times++) {
      line.at().die();
      await settled();
    }
    await line.call.ended;
    expect(line.endpoints).toHaveLength(4);
    expect(line.fact('call-ended')).toMatchObject({ because: 'failed', error: 'MEDIA_WORKER_LOST' });
  });
});

test('the new media dies as well, while the far end has not answered: another is offered', async () => {
  const line = await openTalkingLine();
  line.dialog.answersWith = undefined;
  line.at().die();
  await settled();
  const second = line.at();
  second.die('MEDIA_SERVER_LOST');
  await settled();
  line.clock.advance(100);
  await settled();
  expect(line.endpoints).toHaveLength(3);
  expect(second.closed).toBe(true);
  line.dialog.offers[0]?.answer.resolve('too late');
  line.dialog.offers[1]?.answer.resolve('answer');
  await settled();
  expect(line.at().taken).toEqual(['answer']);
  expect(second.taken).toEqual([]);
  expect(said(line)).toEqual([SORRY, 'Press one.']);
  expect(line.types('media-moved')).toHaveLength(1);
  await hungUp(line);
});

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('or at that very moment (%i turns of promises later)', async (turns) => {
  const line = await openTalkingLine();
  const { create } = line.media;
  line.media.create = async (options) => {
    line.media.create = create;
    const second = await create(options);
    second.modify = async () => {
      void (async () => {
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        line.endpoints[1]?.die();
      })();
      return second.localSdp;
    };
    return second;
  };
  line.at().die();
  await settled();
  line.clock.advance(100);
  await settled();
  expect(line.endpoints).toHaveLength(3);
  expect(line.at().taken).toEqual(['answer']);
  expect(said(line)).toEqual([SORRY, 'Press one.']);
  await hungUp(line);
  expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
});

test('the caller’s RTP is lost, and their FreeSWITCH leg with it: the call ends, no other media is sought', async () => {
  const line = await openTalkingLine();
  const answered = deferred<void>();
  line.dialog.bye = () => answered.promise;
  line.at().emit({ type: 'rtp-lost', silent: 30_000 as never });
  line.at().die('MEDIA_SERVER_LOST');
  await settled();
  expect(line.endpoints).toHaveLength(1);
  answered.resolve();
  await line.call.ended;
  expect(line.fact('call-ended')).toMatchObject({ because: 'rtp-lost' });
});
