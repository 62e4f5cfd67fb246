import { expect } from 'vitest';
import { FakeDialog } from './fake-dialog.ts';
import { type FakeLine, type FakeLineOptions, openTalkingLine, settled } from './fake-line.ts';

export const said = (line: FakeLine): string[] =>
  line.at().told.flatMap((each) => (each.startsWith('play ') ? [each.slice(5)] : []));

/** The caller has asked for a person, who is rung. */
export async function ringing(options: FakeLineOptions = {}): Promise<FakeLine> {
  const line = await openTalkingLine(options);
  line.at().finish();
  line.at().key('0');
  await settled();
  return line;
}

export async function answered(line: FakeLine): Promise<FakeDialog> {
  const dialog = new FakeDialog('agent answer');
  line.dialled[0]?.outcome.resolve({ outcome: 'answered', dialog });
  await settled();
  return dialog;
}

/** And has answered and talks. */
export async function talking(options: FakeLineOptions = {}): Promise<{ line: FakeLine; agent: FakeDialog }> {
  const line = await ringing(options);
  line.at(1).emit({ type: 'rtp-began' }); // before anybody has answered: who waits for it later has not missed it
  const agent = await answered(line);
  expect(line.types('transfer-answered')).toEqual(['transfer-answered']);
  return { line, agent };
}

export async function hungUp(line: FakeLine): Promise<void> {
  line.dialog.end('bye');
  await line.call.ended;
  await settled();
  expect(line.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(line.clock.pending).toBe(0);
}

export const transferEnded = (line: FakeLine) => line.fact('transfer-ended');
