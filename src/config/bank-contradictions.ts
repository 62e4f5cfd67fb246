import { endpointProblem } from '../lib/endpoint.ts';
import { listedWords } from '../lib/listed-words.ts';
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

export const addressProblem = (address: string): string | undefined =>
  /^[\w.-]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(address)
    ? undefined
    : 'expects host:port, such as core.bank.example:443';

/** What is wrong with the keys of the second factor together. */
export function secondFactorContradictions({
  sender,
  url,
  token_file,
  secret_file,
}: Config['second_factor']): readonly string[] {
  if (sender === 'console')
    return url === '' ? [] : ['second_factor.url expects second_factor.sender sms: the terminal has no address'];
  const gateways = listedWords(url);
  return [
    ...(gateways.length === 0 ? ['second_factor.url expects the address of an SMS gateway'] : []),
    ...gateways.flatMap((gateway) => {
      const problem = endpointProblem(gateway);
      return problem === undefined ? [] : [`second_factor.url ${problem}`];
    }),
    ...(token_file === '' ? ['second_factor.token_file expects a file: second_factor.sender is sms'] : []),
    ...(secret_file === '' ? ['second_factor.secret_file expects a file: requests to SMS gateways are signed'] : []),
  ];
}
