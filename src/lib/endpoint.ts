import { IvrError } from '../domain/error.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** What is wrong with the URL of a server that we send something to: verified TLS, unless it is on this machine. Undefined: nothing. */
export function endpointProblem(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return 'expects a URL such as https://s3.example.com';
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))) return undefined;
  return 'expects https:// (plain HTTP is for the loopback alone)';
}

/** @param what - the URL is: 'the URL of the bank' @throws IvrError CONFIG_INVALID */
export function expectEndpoint(endpoint: string, what: string): void {
  const problem = endpointProblem(endpoint);
  if (problem !== undefined) throw new IvrError('CONFIG_INVALID', `${what} ${problem}`, {});
}
