import type { Command } from './command.ts';

type Commands = Readonly<Record<string, Command>>;

const STATUSES = `Exit status: 0 success, 1 failure (standard error says why), 64 wrong usage,
70 internal error, 130 stopped by a second signal. Logs are JSON lines on standard error.`;

/** All commands, one paragraph each. */
export const helpOf = (commands: Commands): string =>
  [
    'usage: tellerline COMMAND [OPTION…]',
    '',
    ...Object.entries(commands).map(
      ([name, { summary, usage }]) => `  ${name.padEnd(12)}${summary}\n${' '.repeat(14)}${usage}`,
    ),
    '',
    '`tellerline COMMAND --help` explains one of them, `tellerline --version` prints the version.',
    STATUSES,
  ].join('\n');

/** One command. */
export const helpFor = ({ summary, usage, help }: Command): string =>
  `usage: ${usage}\n\n${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.\n\n${help}\n\n${STATUSES}`;

/** The words that ask for help, wherever they stand. */
export const asksForHelp = (words: readonly string[]): boolean =>
  words.some((word) => word === '--help' || word === '-h');

/** The name that was probably meant: one that begins alike, or differs in two places at most. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: distanceOf(typed, name) }))
    .filter(({ name, distance }) => distance <= 2 || (typed.length >= 3 && name.startsWith(typed)))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.name;
}

/** Levenshtein. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [place, letter] of a.split('').entries()) {
    const next = [place + 1];
    for (let i = 1; i <= b.length; i++)
      next[i] = Math.min((row[i] ?? 0) + 1, (next[i - 1] ?? 0) + 1, (row[i - 1] ?? 0) + (b[i - 1] === letter ? 0 : 1));
    row = next;
  }
  return row[b.length] ?? 0;
}
