import { expect, test } from 'vitest';
import { contactContexts } from '../../src/agents/contact-contexts.ts';
import type { CallFact } from '../../src/domain/call-event.ts';
import type { ContextLine } from '../../src/domain/contact-context.ts';
import type { ContactId, LegId, RecordingId, TurnId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { englishSentiment } from '../../src/language/en/sentiment-words.ts';
import { chineseSentiment } from '../../src/language/zh/sentiment-words.ts';
import { redactText } from '../../src/redaction/redact-text.ts';

const CONTACT = 'c' as ContactId;
const turn = 'c.1' as TurnId;
const offered: CallFact = {
  type: 'call-offered',
  leg: 'l' as LegId,
  direction: 'inbound',
  from: '+86*******5678',
  to: '95588',
  sip_call_id: 'x',
};
const recognized = (text: string, confidence = 0.8): CallFact => ({
  type: 'recognized',
  turn,
  outcome: 'match',
  text,
  confidence,
  decode_ms: 1,
  queue_ms: 0,
  speculative: false,
});

function told(...facts: readonly CallFact[]) {
  const contexts = contactContexts({
    sentimentOf: (text) => chineseSentiment(text) ?? englishSentiment(text),
    redact: redactText,
  });
  const lines: ContextLine[] = [];
  contexts.onLine((_contact, line) => void lines.push(line));
  let seq = 0;
  const follow = (fact: CallFact, at = 1_000 + seq): void =>
    contexts.follow({ v: 1, contact: CONTACT, seq: ++seq, at: wallMs(at), t_ms: 0, ...fact });
  for (const fact of facts) follow(fact);
  return { contexts, lines, follow, context: contexts.of(CONTACT) };
}

test('who, how verified, what they want, what was tried: as the journal tells it', () => {
  const { context } = told(
    offered,
    {
      type: 'recording-started',
      recording: 'r' as RecordingId,
      policy: 'p',
      policy_version: 1,
      retention_class: 'c',
      retain_until: '',
    },
    { type: 'state-entered', state: 'main', dialplan: 'bank', dialplan_version: 4 },
    recognized('I lost my card', 0.7),
    { type: 'intent-matched', turn, intent: 'card-loss', by: 'speech' },
    { type: 'slot-filled', turn, slot: 'account', by: 'speech', value: '6222021234567890' },
    { type: 'looked-up', turn, service: 'verify-pin', outcome: 'wrong-pin', took_ms: 5 },
    { type: 'looked-up', turn, service: 'verify-pin', outcome: 'done', took_ms: 5 },
    { type: 'slot-filled', turn, slot: 'customer', by: 'lookup', value: 'Ms Chen' },
    { type: 'slot-filled', turn, slot: 'value-class', by: 'lookup', value: 'gold' },
    { type: 'no-match', turn, attempt: 1 },
    { type: 'no-match', turn, attempt: 2 },
  );
  expect(context).toMatchObject({
    caller: '+86*******5678',
    recording: 'r',
    dialplan: { id: 'bank', version: '4' },
    customer: { name: 'Ms Chen', valueClass: 'gold' },
    verified: { how: 'verify-pin' },
    intents: [{ name: 'card-loss', confidence: 0.7 }],
    slots: { account: '************7890' },
    tried: [
      { what: 'verify-pin', result: 'refused' },
      { what: 'verify-pin', result: 'done' },
      { what: 'understand the customer', result: 'failed' },
    ],
  });
});

test('who is known is told by what the service proves, whatever it is called', () => {
  const of = (service: string, identified: boolean) =>
    told(offered, { type: 'looked-up', turn, service, outcome: 'done', identified, took_ms: 5 }).contexts.of(CONTACT)
      ?.verified?.how;
  expect(of('sign-on', true)).toBe('sign-on');
  expect(of('verify-address', false)).toBeUndefined();
});

test('whether the customer was verified again is told of each time that an agent asks for it', () => {
  const { contexts, follow } = told(offered, {
    type: 'looked-up',
    turn,
    service: 'verify-pin',
    outcome: 'done',
    took_ms: 5,
  });
  const again = () => contexts.of(CONTACT)?.verifiedAgain?.outcome;
  expect(again()).toBeUndefined();
  follow({ type: 'verification-began', entry: 'e', agent: 'wei' });
  expect(again()).toBe('asked');
  follow({ type: 'looked-up', turn, service: 'verify-pin', outcome: 'wrong-pin', took_ms: 5 });
  expect(again()).toBe('asked');
  follow({ type: 'looked-up', turn, service: 'verify-pin', outcome: 'done', took_ms: 5 });
  expect(again()).toBe('verified');
  follow({ type: 'verification-began', entry: 'e', agent: 'wei' });
  follow({ type: 'verification-ended', entry: 'e', outcome: 'not-verified' });
  expect([again(), contexts.of(CONTACT)?.verified?.how]).toEqual(['not-verified', 'verify-pin']);
});

test('the transcript is live and masked: prompts with personal data, and numbers that are said, are not shown', () => {
  const { context, lines } = told(
    offered,
    { type: 'prompt-started', turn, prompt: 'a', text: 'Your balance is 100.', personal: true, cached: false },
    { type: 'prompt-started', turn, prompt: 'b', text: 'How can I help?', personal: false, cached: true },
    recognized('my number is one two three four five six'),
  );
  expect(lines.map(({ side, text }) => [side, text])).toEqual([
    ['bot', '[personal]'],
    ['bot', 'How can I help?'],
    ['customer', redactText('my number is one two three four five six')],
  ]);
  expect(JSON.stringify(context)).not.toMatch(/one two three|balance/);
  expect(context?.transcript).toEqual(lines);
});

test('sentiment follows the words, in both languages; words that tell nothing leave it', () => {
  const angry = told(offered, recognized('this is ridiculous, I want to complain')).context?.sentiment;
  expect(angry?.now).toBe(-1);
  expect(angry?.trend).toBeLessThan(0);
  expect(told(offered, recognized('太差了，我要投诉')).context?.sentiment.now).toBe(-1);
  expect(told(offered, recognized('谢谢')).context?.sentiment.now).toBe(1);
  expect(told(offered, recognized('that is not good')).context?.sentiment.now).toBe(-1);
  expect(told(offered, recognized('opening hours')).context?.sentiment).toEqual({ now: 0, trend: 0 });
});

test('what others know is kept, and a contact is forgotten a quarter of an hour after its call', () => {
  const { contexts, follow } = told(offered);
  contexts.learn(CONTACT, { language: 'zh-CN' });
  follow({ type: 'call-ended', because: 'caller-hung-up', duration_ms: 1 }, 2_000);
  expect(contexts.of(CONTACT)?.language).toBe('zh-CN');
  const other = 'd' as ContactId;
  contexts.follow({ v: 1, contact: other, seq: 1, at: wallMs(3_000), t_ms: 0, ...offered });
  contexts.follow({
    v: 1,
    contact: other,
    seq: 2,
    at: wallMs(1_000_000),
    t_ms: 0,
    type: 'call-ended',
    because: 'caller-hung-up',
    duration_ms: 1,
  });
  expect(contexts.of(CONTACT)).toBeUndefined();
});
