import { expect, test } from 'vitest';
import { iceServer } from '../../src/lib/ice-server.ts';

/* Browsers refuse a URL with credentials in it, and a TURN server without any: each connection would fail. */

test('STUN has no credentials; those of TURN are told apart from its URL', () => {
  expect(iceServer('stun:stun.bank.example:3478')).toEqual({ urls: 'stun:stun.bank.example:3478' });
  expect(iceServer('stuns:[2001:db8::1]')).toEqual({ urls: 'stuns:[2001:db8::1]' });
  expect(iceServer('turn:line:s%40cret@192.0.2.7:3478?transport=udp')).toEqual({
    urls: 'turn:192.0.2.7:3478?transport=udp',
    username: 'line',
    credential: 's@cret',
  });
  expect(iceServer('turns:line:secret@turn.bank.example')).toEqual({
    urls: 'turns:turn.bank.example',
    username: 'line',
    credential: 'secret',
  });
});

test.each([
  'turn:turn.bank.example',
  'turn:line@turn.bank.example',
  'turn:line:se%zzcret@turn.bank.example',
  'stun:line:secret@stun.bank.example',
  'stun.bank.example:3478',
  'http://stun.bank.example',
  'stun:',
  'stun:a b',
])('%s is neither', (text) => {
  expect(iceServer(text)).toBeUndefined();
});
