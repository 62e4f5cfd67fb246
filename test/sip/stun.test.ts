import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSipStack } from '../../src/sip/stack.ts';
import { isStun, stunResponse } from '../../src/sip/transport/stun.ts';
import { RecordingUser, UdpPeer } from './peers.ts';

/** A binding request (RFC 8489 section 5). */
const request = (transaction = '0123456789ab', attributes = Buffer.alloc(0)): Buffer => {
  const bytes = Buffer.alloc(20 + attributes.length);
  bytes.writeUInt16BE(1, 0);
  bytes.writeUInt16BE(attributes.length, 2);
  bytes.writeUInt32BE(0x2112a442, 4);
  bytes.write(transaction, 8, 'latin1');
  attributes.copy(bytes, 20);
  return bytes;
};

test('the mapped addresses of RFC 5769 sections 2.2 and 2.3', () => {
  const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex').toString('latin1');
  const four = stunResponse(request(transaction), { host: '192.0.2.1', port: 32_853 });
  expect(four?.subarray(20).toString('hex')).toBe('002000080001a147e112a643');
  const six = stunResponse(request(transaction), { host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 });
  expect(six?.subarray(20).toString('hex')).toBe('002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9');
});

test('anything is answered or not, and nothing throws', () => {
  const from = fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), from, (bytes, far) => void stunResponse(bytes, far)));
  fc.assert(
    fc.property(fc.nat(600), from, (cut, far) => {
      const whole = request('abcdefghijkl', Buffer.alloc(12));
      expect(stunResponse(whole.subarray(0, cut), far) === undefined).toBe(cut < whole.length);
    }),
  );
  expect(isStun(Buffer.from('OPTIONS sip:a SIP/2.0\r\n'))).toBe(false);
});

test('a telephone asks on its SIP flow, and is told where it is seen; who may not call is not', async () => {
  const stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: false }, new RecordingUser());
  await using peer = await UdpPeer.open();
  peer.send(request(), stack.addresses[0]?.port ?? 0);
  const answer = Buffer.from(await peer.next(), 'utf8');
  expect(answer.readUInt16BE(0)).toBe(0x0101);
  await stack.close();
});
