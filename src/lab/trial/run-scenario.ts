import type { Trial } from './open-trial.ts';
import type { Expected, Scenario } from './scenario-file.ts';
import type { TrialAnswer } from './trial-answer.ts';

/**
 * Plays a scenario to its first step that comes to something else.
 *
 * @param file - named in what is told
 * @returns what differs, as `file:line:column: …`; empty when all is as expected
 */
export async function runScenario(trial: Trial, { name, steps }: Scenario, file: string): Promise<readonly string[]> {
  try {
    for (const { line, expected, at } of steps) {
      const wrong = differences(expected, await trial.take(line));
      if (wrong.length > 0) return wrong.map((what) => `${file}:${at.line}:${at.column}: ${name}: ${what}`);
    }
    return [];
  } finally {
    trial.close();
  }
}

function differences(expected: Expected, answer: TrialAnswer): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, is: unknown): void => {
    if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(is))
      found.push(`expected ${what} ${JSON.stringify(wanted)}, found ${JSON.stringify(is)}`);
  };
  const { bot } = expected;
  const said = answer.bot.join(' ');
  if (bot !== undefined && !saysInOrder(said, typeof bot === 'string' ? [bot] : bot))
    found.push(`expected the bot to say ${JSON.stringify(bot)}, it said ${JSON.stringify(said)}`);
  compare('how', expected.how, answer.how);
  compare('flow', expected.flow, answer.flow);
  compare('state', expected.state, answer.state);
  for (const [slot, value] of Object.entries(expected.slots ?? {})) compare(`slot ${slot}`, value, answer.slots[slot]);
  compare(
    'actions',
    expected.actions,
    answer.actions.map(({ name }) => name),
  );
  compare('outcome', expected.outcome, answer.outcome);
  compare('ended', expected.ended, answer.ended ?? false);
  return found;
}

function saysInOrder(said: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const place = said.indexOf(part, from);
    if (place < 0) return false;
    from = place + part.length;
  }
  return true;
}
