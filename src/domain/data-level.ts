/** How sensitive data is (JR/T 0171-2020), ascending: C1 of the bank's own, C2 personal, C3 what authenticates people (never stored). */
export const DATA_LEVELS = ['C1', 'C2', 'C3'] as const;
export type DataLevel = (typeof DATA_LEVELS)[number];

/** That level and all below it. */
export const levelsUpTo = (level: DataLevel): readonly DataLevel[] =>
  DATA_LEVELS.slice(0, DATA_LEVELS.indexOf(level) + 1);

export const isDataLevel = (text: string): text is DataLevel => (DATA_LEVELS as readonly string[]).includes(text);
