import { ms } from '../../src/domain/units.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyEvent, type KeyPresses, noPresses, step } from '../../src/media/engine/key-presses.ts';
import type { KeyTransport } from '../../src/media/media-server.ts';

type Told = readonly [at: number, digit: string, via: KeyTransport, held?: number];

/** What is pressed, when keys are told like that: at its time, by which transport, and for how long it is then held. */
function pressed(told: readonly Told[], certain = true): string {
  const events = told.flatMap(([at, digit, via, held = 0]): KeyEvent[] => [
    { type: 'told', digit, via, at: ms(at), certain: certain && via !== 'inband' },
    ...Array.from({ length: held / 20 }, (_, n): KeyEvent => ({ type: 'held', digit, via, at: ms(at + n * 20 + 20) })),
  ]);
  return run(events);
}

function run(events: readonly KeyEvent[], state: KeyPresses = noPresses): string {
  let digits = '';
  let now = state;
  for (const event of events.toSorted((a, b) => ('at' in a ? a.at : 0) - ('at' in b ? b.at : 0))) {
    const [next, ...effects] = step(now, event);
    now = next;
    for (const effect of effects) if (effect.do === 'press') digits += effect.digit;
  }
  return digits;
}

test.each<readonly [string, readonly Told[], string]>([
  [
    'RFC 4733 alone',
    [
      [0, '1', 'rfc4733', 100],
      [200, '1', 'rfc4733', 100],
      [400, '2', 'rfc4733', 100],
    ],
    '112',
  ],
  [
    'INFO alone',
    [
      [0, '1', 'info'],
      [200, '1', 'info'],
      [400, '2', 'info'],
    ],
    '112',
  ],
  [
    'tones alone',
    [
      [0, '1', 'inband', 80],
      [200, '1', 'inband', 80],
      [400, '2', 'inband', 80],
    ],
    '112',
  ],
  [
    'INFO behind it',
    [
      [0, '1', 'rfc4733', 100],
      [130, '1', 'info'],
      [1_000, '2', 'rfc4733', 100],
      [1_130, '2', 'info'],
    ],
    '12',
  ],
  [
    'INFO before it',
    [
      [0, '1', 'info'],
      [30, '1', 'rfc4733', 100],
      [500, '1', 'info'],
      [530, '1', 'rfc4733', 100],
    ],
    '11',
  ],
  [
    'INFO sent again after 1.5 s',
    [
      [0, '1', 'rfc4733', 100],
      [1_600, '1', 'info'],
    ],
    '1',
  ],
  [
    'two quick presses, both INFOs late',
    [
      [0, '1', 'rfc4733', 80],
      [160, '1', 'rfc4733', 80],
      [700, '1', 'info'],
      [860, '1', 'info'],
    ],
    '11',
  ],
  [
    '12 1, the INFOs late',
    [
      [0, '1', 'rfc4733', 80],
      [160, '2', 'rfc4733', 80],
      [320, '1', 'rfc4733', 80],
      [500, '1', 'info'],
      [660, '2', 'info'],
      [820, '1', 'info'],
    ],
    '121',
  ],
  [
    'a key held for 5 s, INFO at its release',
    [
      [0, '5', 'rfc4733', 5_000],
      [5_100, '5', 'info'],
    ],
    '5',
  ],
  [
    'a tone held for 5 s, INFO at its release',
    [
      [0, '5', 'inband', 5_000],
      [5_100, '5', 'info'],
    ],
    '5',
  ],
  [
    'all three',
    [
      [0, '7', 'inband', 100],
      [20, '7', 'rfc4733', 100],
      [150, '7', 'info'],
      [900, '7', 'rfc4733', 100],
      [930, '7', 'inband', 100],
      [1_050, '7', 'info'],
    ],
    '77',
  ],
  [
    'a tone in two pieces, the events tell of one key',
    [
      [0, '7', 'rfc4733', 200],
      [20, '7', 'inband', 60],
      [130, '7', 'inband', 60],
    ],
    '7',
  ],
  [
    'the first tone before the first event, in two pieces',
    [
      [0, '7', 'inband', 40],
      [30, '7', 'rfc4733', 200],
      [130, '7', 'inband', 60],
    ],
    '7',
  ],
  [
    'events lost, INFO comes',
    [
      [0, '1', 'rfc4733', 80],
      [130, '1', 'info'],
      [730, '2', 'info'],
      [1_200, '3', 'rfc4733', 80],
      [1_330, '3', 'info'],
    ],
    '123',
  ],
  [
    'one INFO lost for good',
    [
      [0, '1', 'rfc4733', 80],
      [1_000, '1', 'rfc4733', 80],
      [1_130, '1', 'info'],
      [1_900, '1', 'rfc4733', 80],
      [2_030, '1', 'info'],
    ],
    '111',
  ],
  [
    'the same key much later, by INFO alone',
    [
      [0, '1', 'rfc4733', 80],
      [9_000, '1', 'info'],
    ],
    '11',
  ],
])('%s', (_, told, digits) => {
  expect(pressed(told)).toBe(digits);
});

test('FreeSWITCH tells of a press as often as its ends had timestamps of their own: it is one, quick repeats are two', () => {
  const told: Told[] = [
    [0, '1', 'rfc4733'],
    [20, '1', 'rfc4733'],
    [40, '1', 'rfc4733'],
    [160, '1', 'rfc4733'],
    [181, '1', 'rfc4733'],
  ];
  expect(pressed(told, false)).toBe('11');
  expect(
    pressed(
      [
        [0, '1', 'rfc4733'],
        [20, '2', 'rfc4733'],
        [40, '1', 'rfc4733'],
      ],
      false,
    ),
  ).toBe('12');
});

test('a tone that breaks off for a lost packet is one key, a pause of 60 ms makes two', () => {
  expect(
    pressed(
      [
        [0, '4', 'inband', 60],
        [100, '4', 'inband', 60],
      ],
      false,
    ),
  ).toBe('4');
  expect(
    pressed(
      [
        [0, '4', 'inband', 60],
        [120, '4', 'inband', 60],
      ],
      false,
    ),
  ).toBe('44');
});

test('a tone whose events and INFO are lost is a key all the same', () => {
  const told: Told[] = [
    [0, '1', 'inband', 60],
    [20, '1', 'rfc4733', 80],
    [900, '2', 'inband', 60],
    [1_900, '1', 'inband', 60],
  ];
  expect(pressed(told, false)).toBe('121');
});

test('more keys than anybody presses are dropped, whatever tells of them', () => {
  for (const via of ['rfc4733', 'info', 'inband'] as const) {
    const told = Array.from({ length: 400 }, (_, n): Told => [n, String(n % 10), via]);
    expect(pressed(told).length).toBeLessThanOrEqual(32 + 400 * 0.025 + 1);
  }
});

/** What a telephone makes of presses: which transports tell of each, how late, and for how long the key is held. */
const telephone = fc.record({
  presses: fc.array(
    fc.record({
      digit: fc.constantFrom('1', '2', '#'),
      down: fc.integer({ min: 60, max: 900 }),
      up: fc.integer({ min: 60, max: 1_500 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  transports: fc.constantFrom<readonly KeyTransport[]>(
    ['rfc4733'],
    ['info'],
    ['inband'],
    ['rfc4733', 'info'],
    ['rfc4733', 'inband'],
    ['info', 'inband'],
    ['rfc4733', 'info', 'inband'],
  ),
  infoAtRelease: fc.boolean(),
  infoDelay: fc.nat(400),
  lead: fc.nat(60),
});

test('property: each press counts once, whatever tells of it', () => {
  fc.assert(
    fc.property(telephone, ({ presses, transports, infoAtRelease, infoDelay, lead }) => {
      let at = 1_000;
      const told = presses.flatMap(({ digit, down, up }) => {
        const began = at;
        at += down + up;
        return transports.map((via): Told => {
          if (via === 'info') return [began + (infoAtRelease ? down : 0) + infoDelay, digit, via];
          return [began + (via === 'inband' ? 30 : lead), digit, via, Math.floor(down / 20) * 20 - 40];
        });
      });
      const expected = presses.map(({ digit }) => digit).join('');
      // told in the order of their times: what counts is how often each key was pressed
      expect(Array.from(pressed(told)).toSorted().join('')).toBe(Array.from(expected).toSorted().join(''));
    }),
    { numRuns: 500 },
  );
});
