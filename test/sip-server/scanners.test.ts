import { expect, test } from 'vitest';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY } from '../../src/sip/message/message.ts';
import { isOfScanner } from '../../src/sip-server/scanners.ts';

const isScan = (name: string, value: string): boolean =>
  isOfScanner({
    kind: 'request',
    method: 'INVITE',
    uri: 'sip:bank@192.0.2.1',
    headers: new SipHeaders([[name, value]]),
    body: NO_BODY,
  });

test.each([
  ['User-Agent', 'friendly-scanner'],
  ['User-Agent', 'friendly-request'],
  ['User-Agent', 'sipvicious'],
  ['User-Agent', 'SIPVicious/0.3.4'],
  ['User-Agent', 'sipcli/v1.8'],
  ['User-Agent', 'iWar'],
  ['User-Agent', 'VaxSIPUserAgent/3.1'],
  ['User-Agent', 'VAX SIP User Agent'],
  ['User-Agent', 'pplsip'],
  ['User-Agent', 'sundayddr'],
  ['User-Agent', 'smap 0.6.0'],
  ['User-Agent', 'smap/0.6.0'],
  ['User-Agent', 'sip-scan'],
  ['User-Agent', 'SIPBomber'],
  ['User-Agent', 'svwar'],
  ['User-Agent', 'Mr.SIP'],
  ['User-Agent', 'Nmap7.94'],
  ['From', '"sipvicious" <sip:100@1.1.1.1>;tag=6'],
  ['From', 'sipvicious<sip:100@1.1.1.1>'],
  ['Contact', '<sip:friendly-scanner@192.0.2.9>'],
  ['Subject', 'SipArmyKnife'],
])('a tool is known by its %s: %s', (name, value) => {
  expect(isScan(name, value)).toBe(true);
});

test.each([
  ['From', '"Anil Tiwari" <sip:+911155550100@trunk.example>;tag=1'],
  ['User-Agent', 'SIPClient/2.1'],
  ['From', '"Mr Sipho Dlamini" <sip:+27115550100@trunk.example>;tag=1'],
  ['Contact', '<sip:x@sipclient.example>'],
  ['From', '<sip:x@sipclient.example>;tag=1'],
  ['From', '"Mr. Sip" <sip:sip@trunk.example>;tag=1'],
  ['Contact', '<sip:admin@nmap.example>'],
  ['Subject', 'sip-scan of a contract'],
  ['User-Agent', 'Tiwari Telephone 1.0'],
  ['User-Agent', 'baresip v1.0'],
  ['User-Agent', 'sipsak 0.9.8'],
])('an honest caller is heard whose %s is %s', (name, value) => {
  expect(isScan(name, value)).toBe(false);
});
