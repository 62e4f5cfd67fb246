/** '1 call', '2 calls': a count with its noun, whose plural takes an s. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
