import { describe, expect, test } from 'vitest';
import {
  ackInDialog,
  admitRequest,
  type Dialog,
  dialogAfterResponse,
  dialogOfClient,
  dialogOfServer,
  nextHopOf,
  requestInDialog,
} from '../../src/sip/dialog/dialog.ts';
import {
  expiresAfter,
  negotiateAsServer,
  negotiatedAsClient,
  parseSessionExpires,
  refreshAfter,
} from '../../src/sip/dialog/dialog-session-timer.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from '../../src/sip/message/message.ts';

type Given = Readonly<Record<string, string>>;

const request = (method: string, cseq: number, given: Given = {}): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:bank@bank.example',
  headers: new SipHeaders(
    Object.entries({
      From: '<sip:caller@home.example>;tag=caller',
      To: '<sip:bank@bank.example>',
      'Call-ID': 'c1',
      CSeq: `${cseq} ${method}`,
      Contact: '<sip:caller@10.0.0.1:5062>',
      ...given,
    }),
  ),
  body: NO_BODY,
});

const response = (status: number, given: Given = {}): SipResponse => ({
  kind: 'response',
  status,
  reason: 'x',
  headers: new SipHeaders(
    Object.entries({
      From: '<sip:caller@home.example>;tag=caller',
      To: '<sip:bank@bank.example>;tag=bank',
      'Call-ID': 'c1',
      CSeq: '1 INVITE',
      Contact: '<sip:bank@10.0.0.2:5070>',
      ...given,
    }),
  ),
  body: NO_BODY,
});

const ROUTES = { 'Record-Route': '<sip:p2.example;lr>, <sip:p1.example;lr>' };
const server = (given: Given = {}): Dialog => dialogOfServer(request('INVITE', 1, given), response(200), 100)!;

describe('a dialog', () => {
  test('of the one called: tags, target, routes as they came', () => {
    expect(server(ROUTES)).toMatchObject({
      role: 'uas',
      state: 'confirmed',
      localTag: 'bank',
      remoteTag: 'caller',
      remoteTarget: 'sip:caller@10.0.0.1:5062',
      routeSet: ['<sip:p2.example;lr>', '<sip:p1.example;lr>'],
      localCSeq: 100,
      remoteCSeq: 1,
    });
    expect(dialogOfServer(request('INVITE', 1), response(180), 0)?.state).toBe('early');
    expect(dialogOfServer(request('INVITE', 1, { Contact: '*' }), response(200), 0)).toBeUndefined();
    expect(dialogOfServer(request('INVITE', 1), response(200, { To: '<sip:bank@bank.example>' }), 0)).toBeUndefined();
  });

  test('of the caller: routes the other way round; the 2xx settles target, tag and routes', () => {
    const invite = request('INVITE', 1);
    const early = dialogOfClient(invite, response(180, ROUTES))!;
    expect(early).toMatchObject({
      role: 'uac',
      state: 'early',
      routeSet: ['<sip:p1.example;lr>', '<sip:p2.example;lr>'],
    });
    const { dialog: asked } = requestInDialog(early, 'PRACK');
    const confirmed = dialogAfterResponse(
      asked,
      invite,
      response(200, { To: '<sip:bank@bank.example>;tag=other', Contact: '<sip:b@10.0.0.9>' }),
    );
    expect(confirmed).toMatchObject({
      state: 'confirmed',
      remoteTag: 'other',
      remoteTarget: 'sip:b@10.0.0.9',
      routeSet: [],
      localCSeq: 2,
    });
    expect(dialogOfClient(invite, response(200, { To: '<sip:x@y>' }))).toBeUndefined();
  });

  test('requests: next number, own addresses first in place, what the dialog settles cannot be overwritten', () => {
    const { dialog, request: info } = requestInDialog(server(ROUTES), 'INFO', {
      headers: [
        ['From', '<sip:evil@x>'],
        ['call-id', 'evil'],
        ['X-Contact', 'abc'],
      ],
    });
    expect(dialog.localCSeq).toBe(101);
    expect(info.uri).toBe('sip:caller@10.0.0.1:5062');
    expect(info.headers.get('From')).toBe('<sip:bank@bank.example>;tag=bank');
    expect(info.headers.get('To')).toBe('<sip:caller@home.example>;tag=caller');
    expect(info.headers.get('Call-ID')).toBe('c1');
    expect(info.headers.get('CSeq')).toBe('101 INFO');
    expect(info.headers.get('X-Contact')).toBe('abc');
    expect(info.headers.all('Route')).toEqual(['<sip:p2.example;lr>', '<sip:p1.example;lr>']);
    expect(nextHopOf(dialog)).toBe('sip:p2.example;lr');
    expect(ackInDialog(dialog, 7).headers.get('CSeq')).toBe('7 ACK');
  });

  test('a strict router gets the request addressed to itself', () => {
    const strict = server({ 'Record-Route': '<sip:strict.example>, <sip:p1.example;lr>' });
    const { request: bye } = requestInDialog(strict, 'BYE');
    expect(bye.uri).toBe('sip:strict.example');
    expect(bye.headers.all('Route')).toEqual(['<sip:p1.example;lr>', '<sip:caller@10.0.0.1:5062>']);
  });

  test('admits what is its own and in order', () => {
    const dialog = server();
    const own = { To: '<sip:bank@bank.example>;tag=bank' };
    const admitted = admitRequest(dialog, request('INVITE', 3, { ...own, Contact: '<sip:moved@10.0.0.7>' }));
    expect(admitted).toMatchObject({ admitted: true, dialog: { remoteCSeq: 3, remoteTarget: 'sip:moved@10.0.0.7' } });
    expect(admitRequest(dialog, request('INFO', 3, { ...own, Contact: '<sip:moved@10.0.0.7>' }))).toMatchObject({
      dialog: { remoteTarget: 'sip:caller@10.0.0.1:5062' },
    });
    expect(admitRequest(dialog, request('INFO', 1, own))).toEqual({ admitted: false, status: 500 });
    expect(admitRequest(dialog, request('INFO', 2, { To: '<sip:x@y>;tag=other' }))).toEqual({
      admitted: false,
      status: 481,
    });
    expect(admitRequest(dialog, request('INFO', 2, { ...own, From: '<sip:x@y>;tag=other' }))).toEqual({
      admitted: false,
      status: 481,
    });
    expect(admitRequest(dialog, request('INFO', 2, { ...own, 'Call-ID': 'c2' }))).toEqual({
      admitted: false,
      status: 481,
    });
    expect(admitRequest(dialog, request('INFO', 2, { ...own, CSeq: 'x' }))).toEqual({ admitted: false, status: 400 });
  });
});

describe('session timers', () => {
  test('the header', () => {
    expect(parseSessionExpires('1800')).toEqual({ seconds: 1800, refresher: undefined });
    expect(parseSessionExpires(' 90 ; refresher=UAS')).toEqual({ seconds: 90, refresher: 'uas' });
    for (const text of ['', 'x', '-1', '90;;', '99999999999']) expect(parseSessionExpires(text), text).toBeUndefined();
  });

  test('as the one called', () => {
    const timer = { Supported: 'timer' };
    expect(negotiateAsServer(request('INVITE', 1), 1800)).toEqual({ outcome: 'none' });
    // who knows no timers cannot refresh, nor understand a 422 (RFC 4028 section 9, table 2)
    expect(negotiateAsServer(request('INVITE', 1, { 'Session-Expires': '1800' }), 1800)).toEqual({
      outcome: 'agreed',
      interval: { seconds: 1800, refresher: 'us' },
      header: '1800;refresher=uas',
      required: false,
    });
    expect(negotiateAsServer(request('INVITE', 1, { 'Session-Expires': '30' }), 1800)).toMatchObject({
      header: '90;refresher=uas',
      required: false,
    });
    expect(negotiateAsServer(request('INVITE', 1, timer), 1800)).toMatchObject({
      header: '1800;refresher=uac',
      interval: { refresher: 'them' },
    });
    expect(
      negotiateAsServer(request('INVITE', 1, { ...timer, 'Session-Expires': '600;refresher=uas' }), 1800),
    ).toMatchObject({ header: '600;refresher=uas', interval: { seconds: 600, refresher: 'us' } });
    expect(negotiateAsServer(request('INVITE', 1, { ...timer, 'Session-Expires': '89' }), 1800)).toEqual({
      outcome: 'too-small',
      minSeconds: 90,
    });
    expect(negotiateAsServer(request('INVITE', 1, { ...timer, 'Min-SE': '3600' }), 1800)).toMatchObject({
      interval: { seconds: 3600 },
    });
  });

  test('as the caller', () => {
    expect(negotiatedAsClient(response(200))).toBeUndefined();
    expect(negotiatedAsClient(response(200, { 'Session-Expires': '90;refresher=uas' }))).toEqual({
      seconds: 90,
      refresher: 'them',
    });
    expect(negotiatedAsClient(response(200, { 'Session-Expires': '1800;refresher=uac' }))).toEqual({
      seconds: 1800,
      refresher: 'us',
    });
  });

  test('half of it to refresh, a third or 32 s before the end to give up', () => {
    expect([refreshAfter({ seconds: 90, refresher: 'us' }), expiresAfter({ seconds: 90, refresher: 'us' })]).toEqual([
      45, 60,
    ]);
    expect(expiresAfter({ seconds: 1800, refresher: 'them' })).toBe(1768);
  });
});
