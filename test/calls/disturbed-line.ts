import { type FakeLine } from './fake-line.ts';

/* The media dies under a call, and the call goes on. */

export const SORRY = 'I am sorry, there was a disturbance.';
export const said = (line: FakeLine, leg = 0): string[] =>
  line.at(leg).told.flatMap((each) => (each.startsWith('play ') ? [each.slice(5)] : []));

export async function hungUp(line: FakeLine): Promise<void> {
  line.dialog.end('bye');
  await line.call.ended;
}
