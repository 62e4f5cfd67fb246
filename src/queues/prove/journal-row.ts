/* A row of the journal as an auditor reads it: nothing is taken from the program that wrote it. */

export type Row = Record<string, unknown>;

export const text = (row: Row, name: string): string => (typeof row[name] === 'string' ? row[name] : '');
export const whole = (row: Row, name: string): number => (Number.isSafeInteger(row[name]) ? Number(row[name]) : -1);
export const has = (row: Row, name: string): boolean => row[name] !== undefined;

/** A line as an object; undefined: it is none. */
export function readRow(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** JSON with its members in the order of their names and no spaces (RFC 8785). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

export interface Fault {
  /** Number of the row; 0: of the journal as a whole. */
  readonly row: number;
  /** In the file, from 1. */
  readonly line: number;
  readonly kind:
    | 'malformed'
    | 'missing'
    | 'doubled'
    | 'misplaced'
    | 'changed'
    | 'impossible'
    | 'overtaken'
    | 'answered-twice'
    | 'place-lost'
    | 'called-twice'
    | 'stuck'
    | 'lost';
  readonly text: string;
}
