import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { legSample, ms } from '../../src/domain/units.ts';
import { RtpReceiver } from '../../src/media/embedded/rtp-receiver.ts';
import { SourceLatch } from '../../src/media/embedded/source-latch.ts';
import { LegHearing } from '../../src/media/engine/leg-hearing.ts';
import { writeRtpHeader } from '../../src/rtp/packet.ts';

/*
 * From datagrams to what is listened to, on a clock in the test's hand: whatever the network and the sender's clock do, a caller
 * is heard again within a second.
 */

const FRAME = 160;
/** What is said: before the trouble and in it, after it (which must be heard). */
const BEFORE = 0x10;
const AFTER = 0x20;
const HEARD_AFTER = MULAW_TO_LINEAR[AFTER];

/** 20 ms of a sender's life, or a change of its ways. */
type Doing =
  | { readonly do: 'send'; readonly frames: number }
  /** Sent, but held back by the network: it comes with the next that does. */
  | { readonly do: 'stall'; readonly ms: number }
  | { readonly do: 'lose'; readonly ms: number }
  /** Nothing is sent; its clock goes on (RFC 3551), or stands still. */
  | { readonly do: 'suppress'; readonly ms: number; readonly marker: boolean; readonly clock: 'runs' | 'stops' }
  | { readonly do: 'jump'; readonly samples: number }
  /** From now on every packet is so much longer (shorter) under way. */
  | { readonly do: 'delay'; readonly ms: number }
  | { readonly do: 'drift'; readonly ppm: number }
  | { readonly do: 'restart' };

class Caller {
  now = 1_000;
  /** Under way, in milliseconds. */
  delay = 5;
  /** Of what is heard: when, and how many samples of AFTER. */
  readonly heard: { readonly now: number; readonly at: number; readonly count: number }[] = [];
  readonly #receiver: RtpReceiver;
  readonly #hearing: LegHearing;
  readonly #flying: { readonly bytes: Buffer; readonly arrives: number }[] = [];
  readonly #stalled: Buffer[] = [];
  #sequence = 65_500;
  #timestamp = 0xffff_f000;
  #ssrc = 7;
  #marker = true;
  #ppm = 0;
  #ahead = 0;

  constructor() {
    this.#hearing = new LegHearing({
      hear: (at, frame) => {
        const count = frame.filter((sample) => sample === HEARD_AFTER).length;
        if (count > 0) this.heard.push({ now: this.now, at, count });
      },
      patch: () => undefined,
      shifted: () => undefined,
      jumped: () => undefined,
    });
    const latch = new SourceLatch('same-address', {
      onChange: () => undefined,
      settle: () => undefined,
      unsettle: () => undefined,
    });
    latch.offer({ address: '10.0.0.1', port: 4_000 }, '10.0.0.1');
    this.#receiver = new RtpReceiver(latch, () => this.#position, {
      onPacket: () => undefined,
      onSign: () => undefined,
      onKey: () => undefined,
      onUnagreed: () => undefined,
      onAudio: (packet) => this.#hearing.hear(packet),
      onSkew: () => undefined,
    });
    this.#receiver.useMedia({
      codec: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      eventTypes: [101],
      remote: { address: '10.0.0.1', port: 4_000, rtcpPort: 4_001 },
      send: true,
      receive: true,
      held: false,
    });
  }

  get #position(): number {
    return this.now * 8;
  }

  act(doing: Doing, code = BEFORE): void {
    switch (doing.do) {
      case 'send':
        for (let n = 0; n < doing.frames; n++) this.#frame(code, 'send');
        return;
      case 'stall':
        for (let ms = 0; ms < doing.ms; ms += 20) this.#frame(code, 'stall');
        return;
      case 'lose':
        for (let ms = 0; ms < doing.ms; ms += 20) this.#frame(code, 'lose');
        return;
      case 'suppress':
        for (let ms = 0; ms < doing.ms; ms += 20) this.#frame(code, doing.clock === 'runs' ? 'suppress' : 'stop');
        this.#marker = doing.marker;
        return;
      case 'jump':
        this.#timestamp = (this.#timestamp + doing.samples) >>> 0;
        return;
      case 'delay':
        this.delay = doing.ms;
        return;
      case 'drift':
        this.#ppm = doing.ppm;
        return;
      case 'restart':
        this.#ssrc++;
        this.#sequence = (this.#sequence * 7 + 1) & 0xffff;
        this.#timestamp = (this.#timestamp * 7 + 1) >>> 0;
    }
  }

  #frame(code: number, how: 'send' | 'stall' | 'lose' | 'suppress' | 'stop'): void {
    // a clock that runs fast has now and then a packet more
    this.#ahead += this.#ppm / 1e6;
    let count = 1;
    if (Math.abs(this.#ahead) >= 1) {
      count += Math.sign(this.#ahead);
      this.#ahead -= Math.sign(this.#ahead);
    }
    for (let n = 0; n < count; n++) this.#packet(code, how);
    this.#pass(20);
  }

  #packet(code: number, how: 'send' | 'stall' | 'lose' | 'suppress' | 'stop'): void {
    if (how !== 'suppress' && how !== 'stop') {
      const bytes = Buffer.alloc(12 + FRAME, code);
      const header = {
        marker: this.#marker,
        payloadType: 0,
        sequence: this.#sequence,
        timestamp: this.#timestamp,
        ssrc: this.#ssrc,
      };
      writeRtpHeader(bytes, header);
      this.#marker = false;
      this.#sequence = (this.#sequence + 1) & 0xffff;
      if (how !== 'lose') this.#stalled.push(bytes);
      if (how === 'send')
        for (const one of this.#stalled.splice(0))
          this.#flying.push({ bytes: one, arrives: this.now + 20 + this.delay });
    }
    if (how !== 'stop') this.#timestamp = (this.#timestamp + FRAME) >>> 0;
  }

  #pass(milliseconds: number): void {
    for (let n = 0; n < milliseconds; n += 5) {
      this.now += 5;
      for (const one of this.#flying.filter(({ arrives }) => arrives <= this.now)) {
        this.#flying.splice(this.#flying.indexOf(one), 1);
        this.#receiver.receive(one.bytes, '10.0.0.1', 4_000, ms(this.now));
      }
      if (this.now % 20 === 0) this.#hearing.tick(legSample(this.#position));
    }
  }
}

/** The caller speaks 3 s after all that. How much was heard in the last 2 s, and how far from its time it was placed at most (ms). */
function heardAfter(doings: readonly Doing[]): {
  readonly share: number;
  readonly behind: number;
  readonly ahead: number;
} {
  const caller = new Caller();
  caller.act({ do: 'send', frames: 50 });
  for (const doing of doings) caller.act(doing);
  caller.act({ do: 'send', frames: 150 + Math.ceil(caller.delay / 20) }, AFTER);
  const late = caller.heard.filter(({ now }) => now > caller.now - 2_000);
  const count = late.reduce((sum, one) => sum + one.count, 0);
  return {
    share: count / 16_000,
    behind: Math.max(...late.map(({ now, at }) => now - at / 8)),
    ahead: Math.max(...late.map(({ now, at }) => at / 8 - now)),
  };
}

function expectHeard(doings: readonly Doing[]): void {
  const { share, behind, ahead } = heardAfter(doings);
  expect(share).toBeGreaterThan(0.9);
  expect(behind).toBeLessThan(400);
  expect(ahead).toBeLessThanOrEqual(600);
}

describe('a caller is heard again within a second after', () => {
  test.each([300, 500, 560, 620, 700, 1_000, 2_000, 9_900, 10_000, 12_000, 30_000])(
    'a stall of %i ms and its burst',
    (ms) => expectHeard([{ do: 'stall', ms }]),
  );

  test.each([300, 700, 2_000, 10_000])('%i ms of lost packets', (ms) => expectHeard([{ do: 'lose', ms }]));

  test.each([120, 250, 400, 700, 2_000])('the way becomes %i ms longer, and stays so', (ms) =>
    expectHeard([{ do: 'delay', ms }]),
  );

  test('the way is now longer, now shorter', () =>
    expectHeard(
      [300, 5, 600, 5, 900, 100].flatMap((ms): Doing[] => [
        { do: 'delay', ms },
        { do: 'send', frames: 40 },
      ]),
    ));

  test.each([
    [true, 'runs'],
    [false, 'runs'],
    [true, 'stops'],
    [false, 'stops'],
  ] as const)('silence suppression with marker: %s, and a clock that %s', (marker, clock) => {
    for (const ms of [200, 700, 2_000, 10_000, 25_000]) expectHeard([{ do: 'suppress', ms, marker, clock }]);
  });

  test.each([-240_000, -16_000, -4_800, -2_400, 2_400, 4_800, 16_000, 240_000, 0x8000_0000])(
    'its clock jumps by %i samples',
    (samples) => {
      expectHeard([{ do: 'jump', samples }]);
      expectHeard([
        { do: 'stall', ms: 800 },
        { do: 'jump', samples },
        { do: 'stall', ms: 800 },
      ]);
    },
  );

  test.each([-20_000, -5_000, -300, 300, 5_000, 20_000])('a clock of %i ppm', (ppm) =>
    expectHeard([
      { do: 'drift', ppm },
      { do: 'send', frames: 1_500 },
    ]),
  );

  test.each([700, 2_000, 10_000])('a new stream begins in a stall of %i ms', (ms) =>
    expectHeard([{ do: 'restart' }, { do: 'stall', ms }]),
  );

  test('any of that, in any order', () => {
    const ms = fc.integer({ min: 1, max: 600 }).map((frames) => frames * 20);
    const doing: fc.Arbitrary<Doing> = fc.oneof(
      fc.record({ do: fc.constant('send' as const), frames: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ do: fc.constant('stall' as const), ms }),
      fc.record({ do: fc.constant('lose' as const), ms }),
      fc.record({
        do: fc.constant('suppress' as const),
        ms,
        marker: fc.boolean(),
        clock: fc.constantFrom('runs' as const, 'stops' as const),
      }),
      fc.record({ do: fc.constant('jump' as const), samples: fc.integer({ min: -100_000, max: 100_000 }) }),
      fc.record({ do: fc.constant('delay' as const), ms: fc.integer({ min: 0, max: 600 }) }),
      fc.record({ do: fc.constant('drift' as const), ppm: fc.integer({ min: -2_000, max: 2_000 }) }),
      fc.record({ do: fc.constant('restart' as const) }),
    );
    fc.assert(
      fc.property(fc.array(doing, { maxLength: 8 }), (doings) => expectHeard(doings)),
      { numRuns: 100 },
    );
  });
});
