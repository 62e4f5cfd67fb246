import { trimSpace } from './token.ts';

export type StartLine =
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly uri: string;
      readonly version: string;
      readonly fault: string | undefined;
    }
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly reason: string;
      readonly version: string;
      readonly fault: string | undefined;
    };

const STATUS_LINE = /^SIP\/(\d{1,5}\.\d{1,5}) ([0-9]{3})(?: (.*))?$/i;
const REQUEST_LINE = /^([A-Za-z0-9\-.!%*_+`'~]+) ([^ ]+) SIP\/(\d{1,5}\.\d{1,5})$/i;
const METHOD = /^([A-Za-z0-9\-.!%*_+`'~]+)[ \t]/;
const VERSION = /SIP\/(\d{1,5}\.\d{1,5})[ \t]*$/i;

/**
 * A Request-Line or Status-Line (RFC 3261 sections 7.1 and 7.2). A request line that is wrong but still names a method
 * and version comes with its fault, so that it can be answered; undefined when it is neither. Linear; never throws.
 */
export function parseStartLine(line: string): StartLine | undefined {
  const status = STATUS_LINE.exec(line);
  if (status?.[1] !== undefined) {
    const code = Number(status[2]);
    if (code < 100 || code > 699) return undefined;
    return { kind: 'response', status: code, reason: status[3] ?? '', version: status[1], fault: undefined };
  }
  if (/^SIP\//i.test(line)) return undefined;
  const request = REQUEST_LINE.exec(line);
  const [, method, uri, version] = request ?? [];
  if (method !== undefined && uri !== undefined && version !== undefined) {
    const fault = /[<>"\s]/.test(uri) ? 'Bad Request-URI' : undefined;
    return { kind: 'request', method, uri, version, fault };
  }
  return parseFaultyRequestLine(line);
}

function parseFaultyRequestLine(line: string): StartLine | undefined {
  const method = METHOD.exec(line)?.[1];
  const version = VERSION.exec(line);
  if (method === undefined || version?.[1] === undefined) return undefined;
  const uri = trimSpace(line.slice(method.length, version.index));
  return { kind: 'request', method, uri, version: version[1], fault: 'Bad Request-Line' };
}
