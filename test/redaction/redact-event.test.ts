import { wallMs } from '../../src/domain/units.ts';
import { expect, test } from 'vitest';
import type { CallEvent, CallFact } from '../../src/domain/call-event.ts';
import { newContactId, type TurnId } from '../../src/domain/ids.ts';
import { redactEvent } from '../../src/redaction/redact-event.ts';

const contact = newContactId(1);
const turn = `${contact}.1` as TurnId;
const event = (fact: CallFact): CallEvent => ({ v: 1, contact, seq: 1, at: wallMs(1), t_ms: 1, ...fact });
const text = 'my name is Katie Marshall';

test('free speech is redacted; what is said with personal data in it, and slots, are hidden whole', () => {
  const recognized = {
    type: 'recognized',
    turn,
    outcome: 'no-match',
    text,
    confidence: 0.5,
    decode_ms: 1,
    queue_ms: 0,
    speculative: false,
  } as const;
  expect(redactEvent(event(recognized))).toMatchObject({ text: 'my name is [name]' });
  const prompt = { type: 'prompt-started', turn, prompt: 'hello', text, cached: false } as const;
  expect(redactEvent(event({ ...prompt, personal: true }))).toMatchObject({ text: '[personal]' });
  expect(redactEvent(event({ ...prompt, personal: false }))).toMatchObject({ text });
  expect(redactEvent(event({ type: 'slot-filled', turn, slot: 'name', by: 'speech', value: 'Katie' }))).toMatchObject({
    value: '[personal]',
  });
});
