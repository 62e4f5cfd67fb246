import { expect, test } from 'vitest';
import { browserTelephones } from '../../src/app/browser-telephones.ts';
import { webrtcAddresses } from '../../src/app/webrtc-gateway.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ManualClock } from '../support/manual-clock.ts';

const config = (overrides: Readonly<Record<string, string>>) => loadConfig({ environment: {}, overrides });

test('a page is told ICE servers as its RTCPeerConnection takes them', async () => {
  const telephones = browserTelephones(
    await config({ 'webrtc.ice_servers': 'stun:192.0.2.7:3478, turn:line:secret@192.0.2.7:3478' }),
    { acceptWebSocket: () => ({ onMessage: () => undefined, onClosed: () => undefined }) },
    Buffer.alloc(32, 7),
    () => undefined,
    new ManualClock(),
  );
  expect(telephones.issue('chen').ice_servers).toEqual([
    { urls: 'stun:192.0.2.7:3478' },
    { urls: 'turn:192.0.2.7:3478', username: 'line', credential: 'secret' },
  ]);
});

test.each([
  [{}, { host: '127.0.0.1' }],
  [{ 'rtp.host': '192.0.2.10, 2001:db8::10' }, { host: '192.0.2.10' }],
  [
    { 'rtp.host': '2001:db8::10, 192.0.2.10', 'sip.advertise': '198.51.100.1, 2001:db8::1' },
    { host: '2001:db8::10', advertise: '2001:db8::1' },
  ],
  [
    { 'rtp.host': '192.0.2.10, 2001:db8::10', 'webrtc.host': '192.0.2.11', 'webrtc.advertise': '198.51.100.2' },
    { host: '192.0.2.11', advertise: '198.51.100.2' },
  ],
])('ICE is bound to one address, and told as one: %o', async (overrides, addresses) => {
  expect(webrtcAddresses(await config(overrides))).toEqual(addresses);
});

test('an address that is none and a TURN server without credentials are refused at the start, no password told', async () => {
  const failure = config({
    'webrtc.host': '192.0.2.10, 2001:db8::10',
    'webrtc.ice_servers': 'stun:192.0.2.7, turn:192.0.2.7, turn:hunter2@192.0.2.7',
  });
  const message = await failure.catch((error: Error) => error.message);
  expect(message).toContain('webrtc.host expects one IP address of this machine');
  expect(message).toContain('webrtc.ice_servers expects stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT');
  expect(message).toContain('number 2 and 3');
  expect(message).not.toContain('hunter2');
});
