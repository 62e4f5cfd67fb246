import type { IvrError } from './error.ts';

/** RFC 3261 section 20.43 and the registry of warn-codes. */
const CODES: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/^no audio|^audio refused/, 304],
  [/plain RTP|SRTP/, 302],
  [/address/, 301],
  [/PCMU/, 305],
  [/maxptime/, 306],
];
const MISCELLANEOUS = 399;

/**
 * Why an offer was refused, for the Warning of the 488 that every such refusal carries (RFC 3261 section 13.3.1.3). Names
 * lines and codecs, never what the far end wrote.
 */
export function warningOf({ message, facts }: IvrError): string {
  const { because } = facts;
  const code = typeof because === 'string' ? CODES.find(([pattern]) => pattern.test(because))?.[1] : undefined;
  return `${code ?? MISCELLANEOUS} tellerline "${message.replace(/["\\\r\n]/g, ' ')}"`;
}
