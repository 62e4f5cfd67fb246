import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/* The 49 messages of RFC 4475, byte for byte as its appendix A has them (`rfc4475/`), and what it says of each. */

export interface TortureMessage {
  readonly name: string;
  readonly what: string;
  /** What the RFC wants: that an element understands it, that it refuses or drops it, or either. */
  readonly rfc: 'accept' | 'refuse' | 'either';
  /** Of our parser. A status: refused with it; 'drop': without a word. */
  readonly parser: 'accept' | 'drop' | number;
  /**
   * Of our server, with an application that takes INVITEs: the status, 'nothing', or 'offered': the application decides.
   */
  readonly server: number | 'nothing' | 'offered';
  readonly bytes: Buffer;
}

type Row = readonly [
  name: string,
  what: string,
  rfc: TortureMessage['rfc'],
  parser: TortureMessage['parser'],
  server: TortureMessage['server'],
];

const ROWS: readonly Row[] = [
  // 3.1.1 valid messages
  ['wsinv', 'a short tortuous INVITE, in a dialog that there is not', 'accept', 'accept', 481],
  ['intmeth', 'a wide range of valid characters; the method is unknown', 'accept', 'accept', 405],
  ['esc01', 'valid use of the % escaping mechanism', 'accept', 'accept', 'offered'],
  ['escnull', 'escaped nulls in URIs', 'accept', 'accept', 405],
  ['esc02', '% where it is no escape; the method is unknown', 'accept', 'accept', 405],
  ['lwsdisp', 'no LWS between display name and <', 'accept', 'accept', 200],
  ['longreq', 'long values in header fields', 'accept', 'accept', 'offered'],
  ['dblreq', 'extra octets behind the body', 'accept', 'accept', 405],
  ['semiuri', 'semicolon-separated parameters in the user part', 'accept', 'accept', 200],
  ['transports', 'varied and unknown transport types', 'accept', 'accept', 200],
  ['mpart01', 'a multipart MIME message', 'accept', 'accept', 405],
  ['unreason', 'an unusual reason phrase, in a response to nothing', 'accept', 'accept', 'nothing'],
  ['noreason', 'an empty reason phrase, in a response to nothing', 'accept', 'accept', 'nothing'],
  // 3.1.2 invalid messages
  ['badinv01', 'extraneous header field separators', 'refuse', 400, 400],
  ['clerr', 'a Content-Length larger than the message', 'refuse', 400, 400],
  ['ncl', 'a negative Content-Length', 'refuse', 400, 400],
  ['scalar02', 'a request with scalar fields of overlarge values', 'refuse', 400, 400],
  ['scalarlg', 'a response with scalar fields of overlarge values', 'refuse', 'drop', 'nothing'],
  ['quotbal', 'an unterminated quoted string in a display name', 'refuse', 400, 400],
  ['ltgtruri', '<> around the Request-URI', 'either', 400, 400],
  ['lwsruri', 'LWS within the Request-URI', 'refuse', 400, 400],
  ['lwsstart', 'multiple SP in the Request-Line', 'either', 400, 400],
  ['trws', 'SP behind the Request-Line', 'either', 400, 400],
  ['escruri', 'escaped headers in the Request-URI', 'either', 400, 400],
  ['baddate', 'a Date in another time zone, which nobody needs', 'either', 'accept', 'offered'],
  ['regbadct', 'a Contact URI with headers and without <>', 'either', 400, 400],
  ['badaspec', 'spaces within an addr-spec', 'either', 400, 400],
  ['baddn', 'non-token characters in an unquoted display name', 'either', 'accept', 200],
  ['badvers', 'an unknown protocol version', 'refuse', 505, 505],
  ['mismatch01', 'start line and CSeq method differ', 'refuse', 400, 400],
  ['mismatch02', 'an unknown method, and the CSeq method differs', 'refuse', 400, 400],
  ['bigcode', 'an overlarge response code', 'refuse', 'drop', 'nothing'],
  // 3.2 transaction layer semantics
  [
    'badbranch',
    'a branch of the cookie alone: the transaction is found in the way of RFC 2543',
    'accept',
    'accept',
    200,
  ],
  // 3.3 application layer semantics
  ['insuf', 'required header fields are missing', 'refuse', 400, 400],
  ['unkscm', 'a Request-URI with an unknown scheme', 'accept', 416, 416],
  ['novelsc', 'a Request-URI with a known but atypical scheme', 'accept', 416, 416],
  ['unksm2', 'unknown URI schemes in header fields', 'accept', 'accept', 405],
  ['bext01', 'unknown Require and Proxy-Require', 'accept', 'accept', 420],
  ['invut', 'an unknown Content-Type', 'accept', 'accept', 415],
  ['regaut01', 'an unknown authorization scheme', 'accept', 'accept', 405],
  ['multi01', 'several values in single-value required fields', 'refuse', 400, 400],
  ['mcl01', 'several Content-Lengths', 'refuse', 400, 400],
  ['bcast', 'a 200 response with a broadcast Via: it is dropped', 'refuse', 'accept', 'nothing'],
  ['zeromf', 'Max-Forwards of zero, at its destination', 'accept', 'accept', 200],
  ['cparam01', 'a REGISTER with an unknown Contact header parameter', 'accept', 'accept', 405],
  ['cparam02', 'a REGISTER with an unknown URL parameter', 'accept', 'accept', 405],
  ['regescrt', 'a REGISTER with an URL escaped header', 'accept', 'accept', 405],
  ['sdp01', 'an Accept that allows no SDP', 'accept', 'accept', 406],
  // 3.4 backward compatibility
  ['inv2543', 'an INVITE of RFC 2543', 'accept', 'accept', 'offered'],
];

export const TORTURE: readonly TortureMessage[] = ROWS.map(([name, what, rfc, parser, server]) => ({
  name,
  what,
  rfc,
  parser,
  server,
  bytes: readFileSync(join(import.meta.dirname, 'rfc4475', `${name}.dat`)),
}));
