import { expect, test } from 'vitest';
import { contentOfCall } from '../../src/archive/transcript/content-of-call.ts';
import type { CallEvent, CallFact } from '../../src/domain/call-event.ts';
import { newContactId, newLegId, turnId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';

const OFFERED = 1_700_000_000_000;
const contact = newContactId(OFFERED);
const leg = newLegId(OFFERED);
const turn = turnId(contact, 1);
const events = (...facts: readonly (readonly [number, CallFact])[]): CallEvent[] =>
  facts.map(([t_ms, fact], n) => ({ v: 1, contact, seq: n + 1, at: wallMs(OFFERED + t_ms), t_ms, ...fact }));
const heard = (text: string, more: object = {}): CallFact => ({
  type: 'recognized',
  turn,
  outcome: 'match',
  text,
  confidence: 0.8,
  decode_ms: 1,
  queue_ms: 0,
  speculative: false,
  ...more,
});
const options = {
  startedAt: wallMs(OFFERED + 500),
  recognizer: 'whisper',
  accountHash: (account: string) => `#${account}`,
};

test('both sides, masked, where they are in the recording; what was decoded on the way is not said twice', () => {
  const { content } = contentOfCall(
    events(
      [0, { type: 'call-offered', leg, direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' }],
      [
        1_000,
        {
          type: 'prompt-started',
          turn,
          prompt: 'p',
          text: 'Your balance is 1,234 euros',
          personal: true,
          cached: false,
        },
      ],
      [3_000, { type: 'prompt-finished', turn, prompt: 'p', played_ms: 1_900, because: 'barge-in' }],
      [3_100, { type: 'speech-began', turn, over_prompt: false }],
      [4_000, { type: 'speech-ended', turn, speech_ms: 900 }],
      [4_100, heard('my account is one two', { speculative: true })],
      [4_300, { type: 'speech-began', turn, over_prompt: false }],
      [5_000, { type: 'speech-ended', turn, speech_ms: 1_900 }],
      [5_200, heard('my account is one two three four')],
      [5_300, { type: 'turn-began', turn, state: 's' }],
      [6_000, { type: 'speech-began', turn, over_prompt: false }],
      [6_500, { type: 'speech-ended', turn, speech_ms: 500 }],
      [6_600, heard('', { outcome: 'not-speech' })],
      [7_000, heard('余额', { outcome: 'no-match', confidence: 0.4 })],
    ),
    options,
  );
  expect(content.segments).toMatchObject([
    { track: 'bot', speaker: 'assistant', fromMs: 500, toMs: 2_400, confidence: null, source: 'prompt' },
    { track: 'customer', fromMs: 2_600, toMs: 4_500, confidence: 0.8, source: 'whisper' },
    { track: 'customer', fromMs: 5_500, toMs: 6_000, text: '余额', confidence: 0.4 },
  ]);
  const texts = content.segments.map(({ text }) => text).join('|');
  for (const clear of ['1,234', 'one two', 'three']) expect(texts).not.toContain(clear);
  expect(texts).toMatch(/balance is .*my account is/);
});

test('secure entries and holds are spans, also when nobody ended them', () => {
  const { content } = contentOfCall(
    events(
      [500, { type: 'secure-began', turn }],
      [2_500, { type: 'secure-ended', turn }],
      [3_000, { type: 'held', leg }],
      [4_000, { type: 'resumed', leg }],
      [5_000, { type: 'secure-began', turn }],
      [9_000, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 9_000 }],
    ),
    options,
  );
  expect(content.spans.map(({ kind, level, fromMs, toMs }) => [kind, level, fromMs, toMs])).toEqual([
    ['secure', 'C3', 0, 2_000],
    ['hold', 'C1', 2_500, 3_500],
    ['secure', 'C3', 4_500, 8_500],
  ]);
});

test('what people look for; no event holds a text, a value or a number', () => {
  const { content, description } = contentOfCall(
    events(
      [
        0,
        { type: 'call-offered', leg, direction: 'inbound', from: '+8613800000001', to: '*2', sip_call_id: 'secret-id' },
      ],
      [1, { type: 'state-entered', state: 'balance', dialplan: 'bank', dialplan_version: 4 }],
      [2, { type: 'intent-matched', turn, intent: 'balance', by: 'speech' }],
      [3, { type: 'slot-filled', turn, slot: 'account', by: 'keys', value: '12345678' }],
      [4, heard('what is my balance')],
      [5, { type: 'transfer-ringing', leg, to: 'sip:loans@10.0.0.5', method: 'bridge' }],
      [9, { type: 'call-ended', because: 'transferred', duration_ms: 9 }],
    ),
    options,
  );
  expect(description).toEqual({
    intents: ['balance'],
    agents: [],
    accountHashes: ['#12345678'],
    queues: ['loans'],
    dialplan: 'bank',
    dialplanVersion: 4,
    outcome: 'transferred',
  });
  const text = JSON.stringify(content.events);
  for (const clear of ['12345678', '8613800000001', 'what is my', 'secret-id', '10.0.0.5'])
    expect(text).not.toContain(clear);
  expect(content.events.map(({ type }) => type)).toContain('slot-filled');
});

test('the language of a call is that of its dialplan, or what was heard instead and not understood otherwise since', () => {
  const at = (dialplan: string, language?: string): CallFact => ({
    type: 'state-entered',
    state: 'main',
    dialplan,
    dialplan_version: 1,
    ...(language === undefined ? {} : { language }),
  });
  const other = heard('x', { outcome: 'other-language', language: 'zh' });
  const languageOf = (...facts: readonly CallFact[]) =>
    contentOfCall(events(...facts.map((fact, n): [number, CallFact] => [n, fact])), options).description.language;
  expect(languageOf(at('bank', 'en-US'), at('bank', 'en-US'))).toBe('en');
  expect(languageOf(at('bank', 'en-US'), other)).toBe('zh');
  expect(languageOf(at('bank', 'en-US'), other, at('bank', 'en-US'))).toBe('zh');
  expect(languageOf(at('bank', 'en-US'), other, heard('my balance'))).toBe('en');
  expect(languageOf(at('bank', 'en-US'), other, at('yinhang', 'zh-CN'), heard('余额'))).toBe('zh');
  // a journal of 0.1
  expect(languageOf(at('bank'), heard('my balance'))).toBeUndefined();
});

test('a call of which nothing is known has nothing', () => {
  expect(contentOfCall([], options)).toEqual({
    content: { events: [], spans: [], segments: [] },
    description: { intents: [], accountHashes: [], queues: [], agents: [] },
  });
});

test('an agent’s pause is a span of both sides; one that never ended lasts as long as the call', () => {
  const paused: CallFact = { type: 'recording-paused', by: 'ann', longest_ms: 60_000 };
  const { content } = contentOfCall(
    events(
      [0, { type: 'call-offered', leg, direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' }],
      [2_000, paused],
      [3_000, paused], // asked again
      [5_000, { type: 'recording-resumed', because: 'asked', paused_ms: 3_000, by: 'ann' }],
      [8_000, paused],
      [9_500, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 9_500 }],
    ),
    options,
  );
  const span = { kind: 'secure', level: 'C3', source: 'agent-pause' };
  expect(content.spans).toEqual([
    { track: 'customer', fromMs: 1_500, toMs: 4_500, ...span },
    { track: 'agent', fromMs: 1_500, toMs: 4_500, ...span },
    { track: 'customer', fromMs: 7_500, toMs: 9_000, ...span },
    { track: 'agent', fromMs: 7_500, toMs: 9_000, ...span },
  ]);
});

test('who answered, and in which queues the caller was', () => {
  const { description } = contentOfCall(
    events(
      [0, { type: 'call-offered', leg, direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' }],
      [1_000, { type: 'queue-entered', entry: 'e1', queue: 'cards', returned: false }],
      [2_000, { type: 'queue-moved', entry: 'e1', queue: 'loans' }],
      [2_500, { type: 'agent-missed', entry: 'e1', agent: 'eve', because: 'no-answer' }],
      [3_000, { type: 'agent-answered', entry: 'e1', agent: 'ann', queue: 'loans', waited_ms: 2_000 }],
      [8_000, { type: 'agent-answered', entry: 'e2', agent: 'bo', queue: 'loans', waited_ms: 0 }],
    ),
    options,
  );
  expect(description).toMatchObject({ agents: ['ann', 'bo'], queues: ['cards', 'loans'] });
});

test('what both say after a pause that ran out is hidden for a while, after one that was ended it is not', () => {
  const paused: CallFact = { type: 'recording-paused', by: 'ann', longest_ms: 60_000 };
  const { content } = contentOfCall(
    events(
      [1_500, paused],
      [61_500, { type: 'recording-resumed', because: 'time', paused_ms: 60_000 }],
      [100_500, paused],
      [110_500, { type: 'recording-resumed', because: 'asked', paused_ms: 10_000 }],
      [120_500, paused],
      [180_500, { type: 'recording-resumed', because: 'time', paused_ms: 60_000 }],
      [190_500, { type: 'call-ended', because: 'caller-hung-up', duration_ms: 190_500 }],
    ),
    options,
  );
  const hidden = { kind: 'masked', source: 'pause-ran-out' };
  expect(content.spans.filter(({ source }) => source === 'pause-ran-out')).toMatchObject([
    { ...hidden, track: 'customer', fromMs: 61_000, toMs: 91_000 },
    { ...hidden, track: 'agent', fromMs: 61_000, toMs: 91_000 },
    { ...hidden, track: 'customer', fromMs: 180_000, toMs: 190_000 },
    { ...hidden, track: 'agent', fromMs: 180_000, toMs: 190_000 },
  ]);
});
