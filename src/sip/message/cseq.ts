import { isToken, parseUint32 } from './token.ts';

/** RFC 3261 section 20.16; the number is below 2^31. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** @returns undefined when it is malformed or out of bounds. */
export function parseCSeq(text: string): CSeq | undefined {
  const space = /[ \t]+/.exec(text);
  if (space === null) return undefined;
  const number = parseUint32(text.slice(0, space.index));
  const method = text.slice(space.index + space[0].length);
  return number !== undefined && number < 2 ** 31 && isToken(method) ? { number, method } : undefined;
}

export const formatCSeq = (cseq: CSeq): string => `${cseq.number} ${cseq.method}`;
