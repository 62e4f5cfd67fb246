import { array, assert, constant, constantFrom, integer, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { PlaybackId } from '../../../src/media/media-server.ts';
import { clipId } from '../lines.ts';
import { Bench, sound } from './egress-bench.ts';
import { media } from './fork-media.ts';

test('whatever happens, the account is never ahead of what was sent, and nothing is sent after a kill until it may', () => {
  const step = oneof(
    record({
      do: constant('play' as const),
      size: integer({ min: 0, max: 9_000 }),
      loop: constantFrom(false, false, true),
    }),
    record({ do: constant('grow' as const), size: integer({ min: 0, max: 3_000 }), last: constantFrom(true, false) }),
    record({ do: constantFrom('tick' as const, 'miss' as const), size: integer({ min: 1, max: 60 }) }),
    record({
      do: constantFrom(
        'pause' as const,
        'resume' as const,
        'stop' as const,
        'stop-all' as const,
        'key' as const,
        'hold' as const,
        'unhold' as const,
        'streams' as const,
        'lose' as const,
        'connect' as const,
        'full' as const,
        'drained' as const,
        'overdue' as const,
        'fail' as const,
      ),
      size: integer({ min: 1, max: 5 }),
    }),
  );
  assert(
    property(array(step, { maxLength: 60 }), (steps) => {
      const bench = new Bench();
      /** What FreeSWITCH would still have, and the samples that it played. */
      let buffer: number[] = [];
      let seen = 0;
      let killedAt = -1_000;
      let clips = 0;
      let connected = true;
      const frame = new Int16Array(160);
      const take = (): void => {
        for (const [i, one] of bench.wire.slice(seen).entries())
          if (one === 'kill') {
            buffer = [];
            killedAt = bench.now;
          } else {
            expect(bench.now - killedAt).toBeGreaterThanOrEqual(60);
            expect(connected).toBe(true);
            if (bench.mouth.queue.paused) expect(bench.wire[seen + i + 1]).toBe('kill');
            expect(one.length % 640).toBe(0);
            buffer.push(...one);
          }
        seen = bench.wire.length;
      };
      const account = (tick: () => boolean): void => {
        const something = tick();
        take();
        if (!something) return expect(buffer).toEqual([]);
        // what the account says is heard is the next that was sent; where it has nothing, neither has FreeSWITCH
        const expected = buffer.splice(0, 160);
        while (expected.length < 160) expected.push(0);
        expect([...frame]).toEqual(expected);
      };
      for (const one of steps) {
        if (one.do === 'play')
          bench.play([bench.grow(`clip-${++clips}`, sound(one.size, clips), one.size % 3 > 0)], 'both', one.loop);
        else if (one.do === 'grow' && clips > 0 && bench.clip(clipId(`clip-${clips}`)).state === 'arriving')
          bench.grow(`clip-${clips}`, sound(one.size, clips * 5), one.last);
        else if (one.do === 'tick')
          for (let i = 0; i < one.size; i++) {
            bench.now += 20;
            account(() => bench.mouth.tick(frame));
          }
        else if (one.do === 'miss')
          for (let i = 0; i < Math.min(one.size, bench.mouth.ticksAhead); i++) {
            bench.now += 20;
            account(() => bench.mouth.missed(frame));
          }
        else if (one.do === 'pause') bench.mouth.pauseForSpeech();
        else if (one.do === 'resume' && bench.mouth.queue.head !== undefined)
          bench.mouth.resume(bench.mouth.queue.head.id);
        else if (one.do === 'stop') bench.mouth.stop((one.size + clips - 3) as PlaybackId, 'stopped');
        else if (one.do === 'stop-all') bench.mouth.stop(undefined, 'stopped');
        else if (one.do === 'key') bench.mouth.stopForKey();
        else if (one.do === 'hold') bench.mouth.useMedia(media({ held: true, send: false }));
        else if (one.do === 'unhold') bench.mouth.useMedia(media());
        else if (one.do === 'streams') bench.mouth.streams();
        else if (one.do === 'lose') {
          bench.mouth.attach(undefined);
          connected = false;
          buffer = [];
        } else if (one.do === 'connect') {
          if (connected) {
            bench.mouth.attach(undefined);
            take();
            buffer = [];
          }
          connected = true;
          bench.mouth.attach(bench.line);
        } else if (one.do === 'full' || one.do === 'drained') bench.full = one.do === 'full';
        else if (one.do === 'overdue') bench.overdue = !bench.overdue;
        else if (one.do === 'fail' && clips > 0 && bench.clip(clipId(`clip-${clips}`)).state === 'arriving')
          bench.clip(clipId(`clip-${clips}`)).state = 'failed';
        take();
        expect(bench.mouth.lead).toBe(buffer.length);
      }
    }),
    { numRuns: 300 },
  );
});
