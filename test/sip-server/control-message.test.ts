import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApplicationMessage } from '../../src/sip-server/application-message.ts';
import {
  clockTime,
  networkLine,
  parseControlMessage,
  replyLine,
  sentRequestLine,
  sentResponseLine,
  unsolicitedLine,
} from '../../src/sip-server/control-message.ts';
import { testData } from '../support/test-data.ts';

const parse = (text: string) => parseControlMessage(Buffer.from(text));

describe('control messages', () => {
  test('are told apart', () => {
    expect(parse('a-1|authenticate|cymru|tag1,tag2')).toEqual({ type: 'authenticate', id: 'a-1', secret: 'cymru' });
    expect(parse('a|route|invite')).toEqual({ type: 'route', id: 'a', verb: 'INVITE' });
    expect(parse('a|remove_route|cdr:start')).toEqual({ type: 'remove_route', id: 'a', verb: 'CDR:START' });
    expect(parse('a|ping')).toEqual({ type: 'ping', id: 'a' });
    expect(parse('a|sip|t|d\r\nBYE x SIP/2.0')).toMatchObject({
      type: 'sip',
      transactionId: 't',
      dialogId: 'd',
      proxy: '',
    });
    expect(parse('a|sip||\nBYE')).toEqual({ type: 'unknown', id: 'a' });
    expect(parse('a|route|in vite')).toEqual({ type: 'unknown', id: 'a' });
    for (const text of ['', 'a', '|ping', 'a b|ping', `${'x'.repeat(65)}|ping`]) expect(parse(text)).toBeUndefined();
  });

  test('any bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const message = parseControlMessage(Buffer.from(bytes));
        if (message?.type === 'sip') parseApplicationMessage(message.message);
        parseApplicationMessage(Buffer.from(bytes));
      }),
    );
  });

  test('application messages: no body without an end of the head, names that are no tokens refused', () => {
    expect(parseApplicationMessage(Buffer.from('BYE sip:x SIP/2.0'))).toMatchObject({ method: 'BYE', uri: 'sip:x' });
    expect(parseApplicationMessage(Buffer.from('BYE sip:x SIP/2.0\r\nX: 1\r\n\r\nbody'))?.body).toEqual(
      Buffer.from('body'),
    );
    for (const text of [
      '',
      'BYE sip:x',
      'bye sip:x SIP/2.0',
      'SIP/2.0 99 x',
      'SIP/2.0 700 x',
      'BYE sip:x SIP/2.0\r\nno colon',
      'BYE sip:x SIP/2.0\r\na b: 1',
    ])
      expect(parseApplicationMessage(Buffer.from(text)), text).toBeUndefined();
  });

  test('the clock', () => {
    expect(clockTime(new Date(2026, 0, 2, 3, 4, 5, 67).getTime())).toBe('03:04:05.067000');
  });
});

/** One recorded line with what differs from call to call taken out, and the number of its fields. */
const shape = (line: string): string =>
  `${line.split('|').length} ${/\|(sip\|\w+|response)\|/.exec(line)?.[1]} ${/\|(OK|NOK)(\||$)/.exec(line)?.[1]}`;

/** Recordings of the real server's traffic; they are not part of the project. */
const CAPTURES = testData('captures');
const captured = (name: string): string[] =>
  readFileSync(`${CAPTURES}/${name}`, 'utf8')
    .split('\n')
    .flatMap((line) => line.replace(/(\d+)#(?=[0-9a-f]{8}-)/g, '\n').split('\n'))
    .filter((line) => /^[0-9a-f]{8}-[0-9a-f-]+\|(sip|response)\|/.test(line))
    .map((line) => line.replace(/\r$/, ''));

describe.skipIf(CAPTURES === undefined)('the lines that drachtio-server 0.9.10 was heard to send', () => {
  const by = { protocol: 'UDP', host: '127.0.0.1', port: 5060 } as const;
  const bytes = Buffer.from('x');
  const ours = {
    plain: replyLine('id', 'OK'),
    refused: replyLine('id', 'NOK', 'why'),
    authenticated: replyLine('id', 'OK', 'a', 'v0.9.10', 'a'),
    request: networkLine(bytes, by, 0, 't', '', { host: 'h', port: 1 }).trim(),
    inDialog: networkLine(bytes, by, 0, 't', 'd').trim(),
    sentRequest: sentRequestLine('id', bytes, by, 0, 't').trim(),
    sentResponse: sentResponseLine('id', bytes, by, 0, 't', 'd').trim(),
  };

  test('have the fields that ours have', () => {
    const lines = ['main', 'cancel', 'R', 'H2', 'bridge'].flatMap((name) => captured(`drachtio-tcp-${name}.txt`));
    const fromServer = lines.filter((line) => /\|(sip\|network|response)\|/.test(line));
    expect(fromServer.length).toBeGreaterThan(50);
    const known = new Set(Object.values(ours).map(shape));
    const strange = fromServer.filter((line) => !known.has(shape(line)));
    expect(strange).toEqual([]);
    const seen = new Set(fromServer.map(shape));
    for (const [name, line] of Object.entries(ours)) expect(seen.has(shape(line)), name).toBe(true);
  });

  test('and what srf sent there is understood', () => {
    const lines = ['main', 'cancel', 'R', 'H2', 'bridge'].flatMap((name) => captured(`drachtio-tcp-${name}.txt`));
    const fromClient = lines.filter((line) => /^[^|]*\|sip\|(?!network)/.test(line));
    expect(fromClient.length).toBeGreaterThan(20);
    for (const line of fromClient) {
      const message = parse(`${line}\r\nBYE sip:x SIP/2.0\r\n\r\n`);
      expect(message?.type).toBe('sip');
      if (message?.type === 'sip')
        expect(message.transactionId === '').toBe(message.dialogId !== '' || line.endsWith('|sip||'));
    }
  });

  test('an unsolicited one is as srf reads it', () => {
    expect(unsolicitedLine(bytes, by, 0, 'd').split('|').slice(1, 3)).toEqual(['sip', 'application']);
    expect(unsolicitedLine(bytes, by, 0, 'd').split('|').slice(8, 10)).toEqual(['unsolicited', 'd']);
  });
});
