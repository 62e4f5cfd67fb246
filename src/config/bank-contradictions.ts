import { endpointProblem } from '../lib/endpoint.ts';
import type { Config } from './schema.ts';

/** What is wrong with the keys of the bank together. */
export function bankContradictions({ adapter, url, token_file, demo_file, tls }: Config['bank']): readonly string[] {
  const problems: string[] = [];
  if ((tls.certificate === '') !== (tls.key === ''))
    problems.push('bank.tls.certificate and bank.tls.key: both of them, or neither');
  if (adapter === 'demo')
    return url === '' && token_file === ''
      ? problems
      : [...problems, 'bank.url and bank.token_file expect bank.adapter http or grpc: the demo bank has neither'];
  if (demo_file !== '') problems.push('bank.demo_file expects bank.adapter demo');
  if (token_file === '') problems.push(`bank.token_file expects a file: bank.adapter is ${adapter}`);
  const wrong = adapter === 'http' ? endpointProblem(url) : addressProblem(url);
  if (wrong !== undefined) problems.push(`bank.url ${wrong}`);
  return problems;
}

const addressProblem = (address: string): string | undefined =>
  /^[\w.-]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(address)
    ? undefined
    : 'expects host:port, such as core.bank.example:443';
