/* Multipart bodies (RFC 2046 section 5.1) as SIP carries them (RFC 5621): every user agent has to read them. */

export interface BodyPart {
  /** Lower case, without parameters; '' when it states none. */
  readonly type: string;
  /** As it stands, with parameters. */
  readonly contentType: string;
  readonly disposition: string | undefined;
  readonly transferEncoding: string | undefined;
  readonly content: string;
}

const MOST_PARTS = 64;

/** One parameter; what stands in the quotes of another is no parameter. An open quote ends with the header. */
const PARAMETER = /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^]?)*)(?:"|$)|([^;\s"]+))/g;

/** The value of a parameter of a Content-Type or Content-Disposition, without quotes; undefined without it. Linear. */
export function mimeParameter(header: string, name: string): string | undefined {
  for (const [, found, quoted, plain] of header.matchAll(PARAMETER))
    if (found?.toLowerCase() === name) return quoted?.replace(/\\(.)/g, '$1') ?? plain;
  return undefined;
}

/** 'multipart/mixed' of 'Multipart/Mixed; boundary=x'. */
export const mimeType = (header: string | undefined): string =>
  (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/**
 * The parts of a body, in order; what stands before the first and after the last delimiter does not belong to it. Line ends may
 * be CRLF or LF, the last delimiter may be missing, as gateways write it.
 *
 * @param boundary - 1 to 70 characters
 * @returns undefined when there is no delimiter in it. Linear; never throws.
 */
export function partsOf(body: string, boundary: string): readonly BodyPart[] | undefined {
  if (boundary === '' || boundary.length > 70) return undefined;
  const delimiter = `--${boundary}`;
  const parts: BodyPart[] = [];
  let begins: number | undefined;
  let at = 0;
  for (;;) {
    const found = delimiterAt(body, delimiter, at);
    if (begins !== undefined)
      parts.push(partOf(body.slice(begins, found === undefined ? body.length : withoutLineEnd(body, found.begin))));
    if (found === undefined || found.last || parts.length > MOST_PARTS)
      return begins === undefined && found === undefined ? undefined : parts;
    begins = found.end;
    at = found.end;
  }
}

function delimiterAt(
  body: string,
  delimiter: string,
  from: number,
): { readonly begin: number; readonly end: number; readonly last: boolean } | undefined {
  for (let begin = body.indexOf(delimiter, from); begin >= 0; begin = body.indexOf(delimiter, begin + 1)) {
    if (begin > 0 && body[begin - 1] !== '\n') continue;
    let end = begin + delimiter.length;
    const last = body.startsWith('--', end);
    if (last) end += 2;
    while (body[end] === ' ' || body[end] === '\t') end++;
    if (body[end] === '\r') end++;
    if (body[end] === '\n') return { begin, end: end + 1, last };
    // what goes on in the line is another boundary that begins like ours
    if (end >= body.length || last) return { begin, end, last };
  }
  return undefined;
}

/** The line end before a delimiter is the delimiter's. */
function withoutLineEnd(body: string, offset: number): number {
  if (body[offset - 1] !== '\n') return offset;
  return body[offset - 2] === '\r' ? offset - 2 : offset - 1;
}

function partOf(text: string): BodyPart {
  const empty = /^\r?\n/.exec(text);
  const end = empty ?? /\r?\n\r?\n/.exec(text);
  const head = end === null ? '' : text.slice(0, end.index);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const contentType = headers.get('content-type') ?? headers.get('c') ?? '';
  return {
    type: mimeType(contentType),
    contentType,
    disposition: headers.get('content-disposition'),
    transferEncoding: headers.get('content-transfer-encoding')?.toLowerCase(),
    content: end === null ? text : text.slice(end.index + end[0].length),
  };
}
