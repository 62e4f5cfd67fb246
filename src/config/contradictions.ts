import type { Config } from './schema.ts';

const SIP_ADDRESS = /^sip:(?:[^\s@]+@)?(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:;\S*)?$/i;
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

/** What is wrong with keys that are each valid, of their kind or together: one sentence each. */
export function contradictionsIn({ sip, rtp, person }: Config): readonly string[] {
  const problems: string[] = [];
  if (rtp.port_max < rtp.port_min) problems.push('rtp.port_max expects a number not below rtp.port_min');
  if (EVERY_ADDRESS.has(rtp.host) && sip.advertise === '')
    problems.push(
      'rtp.host expects the address that callers send their audio to; to listen on every address set sip.advertise to that one',
    );
  if (person.uri !== '' && !SIP_ADDRESS.test(person.uri))
    problems.push('person.uri expects a SIP address such as sip:agents@10.0.0.5:5060');
  return problems;
}
