import { decodeText } from './raw-bytes.ts';

export const MAX_HEAD_BYTES = 64 * 1024;
export const MAX_LINE_BYTES = 16 * 1024;
export const MAX_HEADER_LINES = 256;
export const MAX_BODY_BYTES = 1024 * 1024;

/** The lines of a message's head, unfolded, without the empty one at its end. */
export interface Head {
  readonly lines: readonly string[];
  /** Where the body begins. */
  readonly bodyAt: number;
  /** Why the message is to be refused although its lines can be told apart. */
  readonly fault: string | undefined;
}

const CR = 13;
const LF = 10;

/** Where the text of the message begins: empty lines ahead of it are skipped (RFC 3261 section 7.5). */
export function skipEmptyLines(bytes: Uint8Array, from = 0): number {
  let at = from;
  while (bytes[at] === CR || bytes[at] === LF) at++;
  return at;
}

/** Divides the head into lines. Undefined when it has no end or is larger than 64 KB. One pass; never throws. */
export function readHead(bytes: Buffer): Head | undefined {
  const start = skipEmptyLines(bytes);
  const end = bytes.indexOf('\r\n\r\n', start, 'latin1');
  if (end < 0 || end - start > MAX_HEAD_BYTES) return undefined;
  const text = decodeText(bytes.subarray(start, end));
  // RFC 3261 section 7.3.1: a line that begins with a space goes on from the one before.
  const lines = (/\r\n[ \t]/.test(text) ? text.replace(/\r\n[ \t]+/g, ' ') : text).split('\r\n');
  let fault: string | undefined;
  if (lines.length > MAX_HEADER_LINES + 1) fault = 'Too Many Header Fields';
  for (const line of lines) {
    if (line.length > MAX_LINE_BYTES) fault = 'Header Field Too Long';
    else if (holdsControl(line)) fault = 'Control Character';
  }
  return { lines, bodyAt: end + 4, fault };
}

/** A control character is allowed only behind a backslash within quotes, and CR and LF never. */
function holdsControl(line: string): boolean {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 0x22) quoted = !quoted;
    else if (quoted && code === 0x5c) {
      i++;
      const escaped = line.charCodeAt(i);
      if (escaped === CR || escaped === LF) return true;
    } else if ((code < 0x20 && code !== 9) || code === 0x7f) return true;
  }
  return false;
}
