import { expect, test } from 'vitest';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { narrate } from '../../../src/lab/demo/narrate.ts';
import { summarise } from '../../../src/lab/demo/summarise.ts';

const event = (type: CallEvent['type'], facts: object = {}): CallEvent =>
  ({ version: 1, contact: 'c', seq: 0, t_ms: 1500, type, ...facts }) as unknown as CallEvent;
const audio = (latency_ms: number, after_decision_ms: number): CallEvent =>
  event('first-audio', { latency_ms, after_decision_ms });

test('first audio counts after what the caller said or keyed, not at the beginning and not after silence', () => {
  const { lines } = summarise([
    audio(20, 20),
    event('recognized', { outcome: 'match' }),
    audio(500, 30),
    event('digits-keyed', { secret: true }),
    audio(223, 223),
    event('no-input'),
    audio(10, 10),
  ]);
  expect(lines.join('\n')).toContain("worst 500 ms after the caller's turn (2 turns)");
});

test('what a demo must show is missing from an empty one, sentence by sentence', () => {
  const { missing } = summarise([]);
  expect(missing).toContain('the call was not answered');
  expect(missing).toContain('the recording was not sealed');
  expect(missing).toHaveLength(11);
});

test('a latency is told from the turn of the caller, when there was one', () => {
  expect(narrate(audio(500, 30))).toBe(
    "   1.50  latency   first audio 500 ms after the caller's turn, 30 ms after it was understood",
  );
  expect(narrate(audio(20, 20))).toBe('   1.50  latency   first audio after 20 ms');
});
