/** Words between two things that are asked for in one sentence. */
export const CONNECTIVES: ReadonlySet<string> = new Set(['and', 'also', 'plus', 'then', 'besides']);
