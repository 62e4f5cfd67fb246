import { expect, test } from 'vitest';
import { contactFor } from '../../src/sip-server/switchboard.ts';
import type { Flow } from '../../src/sip/stack.ts';

const stack = {
  viaHost: ({ protocol }: Flow) => ({ host: '192.0.2.1', port: protocol === 'TLS' ? 5061 : 5060 }),
};

test.each([
  ['sip:a@bank.example', 'UDP', '<sip:me@192.0.2.1:5060;transport=udp>'],
  ['sip:a@bank.example', 'TLS', '<sip:me@192.0.2.1:5061;transport=tls>'],
  ['sips:a@bank.example', 'TLS', '<sips:me@192.0.2.1:5061>'],
  // an SBC passed it on without TLS: a SIPS Contact would name a port that speaks none
  ['sips:a@bank.example', 'UDP', '<sip:me@192.0.2.1:5060;transport=udp>'],
] as const)('the Contact of a call to %s over %s', (called, protocol, contact) => {
  expect(contactFor(stack, { protocol, host: '192.0.2.9', port: 9 }, called, 'me')).toBe(contact);
});
