import { describe, expect, test } from 'vitest';
import { formatCSeq, parseCSeq } from '../../src/sip/message/cseq.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { formatNameAddress, parseNameAddress, tagOfHeader } from '../../src/sip/message/name-address.ts';
import { splitList } from '../../src/sip/message/split-list.ts';
import { formatSipUri, parseSipUri, schemeOf, unescapeUser } from '../../src/sip/message/uri.ts';
import { formatVia, parseVia, uniqueBranchOf, withReceived } from '../../src/sip/message/via.ts';

const branch = (text: string) => uniqueBranchOf(parseVia(`SIP/2.0/UDP h;branch=${text}`)!);
const noted = (via: string) => formatVia(withReceived(parseVia(via)!, { host: '10.1.1.1', port: 1234 }));

describe('SIP URIs', () => {
  test.each([
    ['sip:example.com', { user: undefined, host: 'example.com', port: undefined }],
    [
      'SIPS:a:secret@Example.com:5061',
      { scheme: 'sips', user: 'a', password: 'secret', host: 'Example.com', port: 5061 },
    ],
    ['sip:+49301234@10.0.0.1;transport=tcp;lr', { user: '+49301234', host: '10.0.0.1' }],
    ['sip:*21#@host', { user: '*21#', host: 'host' }],
    ['sip:a@[2001:db8::1]:5070', { host: '2001:db8::1', port: 5070 }],
    ['sip:a@h?Subject=x&Priority=y', { host: 'h', headers: 'Subject=x&Priority=y' }],
    ['sip:a?b;c@h', { user: 'a?b;c', host: 'h' }],
  ])('%s', (text, fields) => {
    expect(parseSipUri(text)).toMatchObject(fields);
  });

  test.each([
    '',
    'sip:',
    'sip',
    'tel:+49301234',
    'sip:@',
    'sip:a@',
    'sip:a@b@c',
    'sip:a b@h',
    'sip:a@h:0x10',
    'sip:a@h:65536',
    'sip:a@h:',
    'sip:a@[::1',
    'sip:a@[nonsense]',
    'sip:a@::1',
    'sip:a@h;x y',
    'sip:a@h;',
    'sip:a@h;;lr',
    'sip:a@-h',
    'sip:a@h<',
    'sip:a@h;x="y"',
  ])('%j is none', (text) => {
    expect(parseSipUri(text)).toBeUndefined();
  });

  test('parameters have lower-case names; a flag is empty', () => {
    expect([...(parseSipUri('sip:h;LR;Transport=TCP')?.parameters ?? [])]).toEqual([
      ['lr', ''],
      ['transport', 'TCP'],
    ]);
  });

  test('format is the way back', () => {
    for (const uri of ['sip:a:b@[::1]:5060;lr;x=y?a=b', 'sips:h', 'sip:%61@h']) {
      const parsed = parseSipUri(uri);
      expect(parsed && formatSipUri(parsed)).toBe(uri);
    }
  });

  test('escapes of the user part', () => {
    expect(unescapeUser('%2B49')).toBe('+49');
    expect(unescapeUser('100%')).toBe('100%');
  });

  test('schemes', () => {
    expect([schemeOf('TEL:1'), schemeOf('a b:c'), schemeOf('x')]).toEqual(['tel', undefined, undefined]);
  });
});

describe('name addresses', () => {
  test.each([
    ['"A \\"B\\" <c>" <sip:d@e>;tag=1', 'A "B" <c>', 'sip:d@e', '1'],
    ['sip:d@e;tag=2', '', 'sip:d@e', '2'],
    ['<sip:d@e;tag=uri>;tag=3', '', 'sip:d@e;tag=uri', '3'],
    ['A B <sip:d@e> ; tag = 4', 'A B', 'sip:d@e', '4'],
    ['Müller, Jürgen <sip:d@e>;TAG=5', 'Müller, Jürgen', 'sip:d@e', '5'],
    ['<tel:+49301234>;tag=6', '', 'tel:+49301234', '6'],
    ['""<sip:d@e>;tag=7', '', 'sip:d@e', '7'],
  ])('%s', (text, displayName, uri, tag) => {
    const parsed = parseNameAddress(text);
    expect(parsed).toMatchObject({ displayName, uri });
    expect(tagOfHeader(text)).toBe(tag);
  });

  test.each([
    '',
    '*',
    '"A" sip:d@e',
    '"A <sip:d@e>',
    '<sip:d@e',
    'sip:d@e>',
    '<>',
    '<d@e>',
    '<sip: d@e>',
    '<sip:d@e> x',
    '<sip:d@e>;',
    'sip:d@e?x=y',
    'sip:d,e@f',
    '<http:>',
    'A" <sip:d@e>',
    '<sip:d@e>;a="b',
    '<<sip:d@e>>',
  ])('%j is malformed', (text) => {
    expect(parseNameAddress(text)).toBeUndefined();
  });

  test('format quotes what needs it', () => {
    const parameters = new Map([['tag', 'x']]);
    expect(formatNameAddress({ displayName: 'a"\\', uri: 'sip:b@c', parameters })).toBe('"a\\"\\\\" <sip:b@c>;tag=x');
    expect(formatNameAddress({ displayName: '', uri: 'sip:b@c', parameters: new Map() })).toBe('<sip:b@c>');
  });
});

describe('Via', () => {
  test.each([
    ['SIP/2.0/UDP h;branch=z9hG4bKx', 'UDP', 'h', undefined],
    ['sip / 2.0 / tcp [::1] : 5070 ; rport', 'TCP', '::1', 5070],
    ['SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK1', 'WSS', 'df7jal23ls0d.invalid', undefined],
  ])('%s', (text, protocol, host, port) => {
    expect(parseVia(text)).toMatchObject({ protocol, host, port });
  });

  test.each(['', 'SIP/2.0/UDP', 'SIP/2.0 h', 'SIP/3.0/UDP h', 'SIP/2.0/UDP h:x', 'SIP/2.0/UDP h i', 'SIP/2.0/UDP h;'])(
    '%j is malformed',
    (text) => {
      expect(parseVia(text)).toBeUndefined();
    },
  );

  test('only a cookie with something behind it is a branch of our time', () => {
    expect([branch('z9hG4bK1'), branch('z9hG4bK'), branch('1')]).toEqual(['z9hG4bK1', undefined, undefined]);
  });

  test('received and rport say where it came from (RFC 3581)', () => {
    expect(noted('SIP/2.0/UDP 10.1.1.1;branch=x')).toBe('SIP/2.0/UDP 10.1.1.1;branch=x');
    expect(noted('SIP/2.0/UDP pc.local:5070;branch=x')).toBe('SIP/2.0/UDP pc.local:5070;branch=x;received=10.1.1.1');
    expect(noted('SIP/2.0/UDP 10.1.1.1;rport;branch=x')).toBe(
      'SIP/2.0/UDP 10.1.1.1;rport=1234;branch=x;received=10.1.1.1',
    );
  });
});

describe('CSeq', () => {
  test.each([
    ['1 INVITE', 1],
    ['0009\tBYE', 9],
    ['2147483647 X', 2147483647],
  ])('%j', (text, number) => {
    expect(parseCSeq(text)?.number).toBe(number);
  });
  test.each(['', '1', 'INVITE', '2147483648 X', '-1 X', '1 X Y', '1.5 X', '1 "X"', '99999999999999999999 X'])(
    '%j is malformed',
    (text) => {
      expect(parseCSeq(text)).toBeUndefined();
    },
  );
  test('format', () => {
    expect(formatCSeq({ number: 7, method: 'ACK' })).toBe('7 ACK');
  });
});

describe('headers', () => {
  test('names are case-insensitive, compact forms are resolved, unknown ones capitalised', () => {
    const headers = new SipHeaders([
      ['i', 'x'],
      ['cONTENT-tYPE', 'y'],
      ['x-my-header', 'z'],
      ['WWW-authenticate', 'w'],
    ]);
    expect([...headers.entries()]).toEqual([
      ['Call-ID', 'x'],
      ['Content-Type', 'y'],
      ['X-My-Header', 'z'],
      ['WWW-Authenticate', 'w'],
    ]);
    expect([headers.get('CALL-id'), headers.has('c'), headers.get('X-MY-HEADER')]).toEqual(['x', true, 'z']);
  });

  test('list headers hold one value per element, others one per row', () => {
    const headers = new SipHeaders([
      ['Contact', '"a, b" <sip:c@d>, <sip:e,f@g>'],
      ['m', '<sip:h@i>'],
      ['Subject', 'a, b'],
    ]);
    expect(headers.all('Contact')).toEqual(['"a, b" <sip:c@d>', '<sip:e,f@g>', '<sip:h@i>']);
    expect(headers.all('Subject')).toEqual(['a, b']);
  });

  test('an empty list stays a header, until it gets a value', () => {
    const headers = new SipHeaders([['Supported', ' ']]);
    expect([headers.has('k'), headers.all('k')]).toEqual([true, ['']]);
    headers.append('Supported', 'timer');
    expect(headers.all('k')).toEqual(['timer']);
  });

  test('a value cannot bring a header along; a name must be a token', () => {
    const headers = new SipHeaders().set('Subject', 'x\r\nVia: y\n\nz');
    expect([...headers.entries()]).toEqual([['Subject', 'x Via: y z']]);
    expect(() => headers.append('A: b\r\nC', 'd')).toThrow(/token/);
  });

  test('a clone has its own values', () => {
    const headers = new SipHeaders([['Via', 'a']]);
    const copy = headers.clone().append('Via', 'b').setFirst('Via', 'c');
    expect([headers.all('Via'), copy.all('Via')]).toEqual([['a'], ['c', 'b']]);
    copy.set('Via', []);
    expect([headers.has('Via'), copy.has('Via')]).toEqual([true, false]);
  });

  test('splitting minds quotes and brackets', () => {
    expect(splitList('a,,b ,"c,\\"d" , <e,f>,')).toEqual(['a', 'b', '"c,\\"d"', '<e,f>']);
  });
});
