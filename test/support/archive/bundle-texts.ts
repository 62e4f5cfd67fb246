import type { PlayoutReceipt } from '../../../src/archive/receipts/playout-receipts.ts';

/* What a bundle of the tests says of its call. */

export const TRANSCRIPT = {
  language: 'en',
  model: 'test',
  turns: [
    { channel: 1, speaker: 'bot', from_ms: 0, to_ms: 900, text: 'How can I help?' },
    {
      channel: 0,
      speaker: 'customer',
      from_ms: 1_000,
      to_ms: 2_600,
      text: 'my <card> is 4111111111111111',
      confidence: 0.9,
      words: [
        { text: 'my', from_ms: 1_000, to_ms: 1_200 },
        { text: '<card>', from_ms: 1_300, to_ms: 1_600 },
        { text: 'is', from_ms: 1_700, to_ms: 1_900 },
        { text: '4111111111111111', from_ms: 2_100, to_ms: 2_600 },
      ],
    },
  ],
};
export const EVENTS = [
  { type: 'call-answered', t_ms: 0 },
  { type: 'recognized', t_ms: 2_700, text: 'my card is 4111111111111111' },
];
export const RECEIPTS: readonly PlayoutReceipt[] = [
  {
    turn: 't.1',
    prompt: 'notice/recording',
    text: 'This call is recorded.',
    notice: { id: 'recording', version: 3 },
    started_ms: 100,
    played_ms: 1_200,
    outcome: 'whole',
    words: 4,
  },
  {
    turn: 't.1',
    prompt: 'terms',
    text: '本产品不保本，可能亏损全部本金。',
    started_ms: 1_400,
    played_ms: 900,
    outcome: 'interrupted',
    words: 9,
    words_played: 3,
    ended_in: '保本',
    method: 'counted',
  },
];
