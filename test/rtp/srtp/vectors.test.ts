import { describe, expect, test } from 'vitest';
import { NO_MKI, type SrtpKey, type SrtpSuite } from '../../../src/domain/srtp.ts';
import { ms } from '../../../src/domain/units.ts';
import { deriveKey } from '../../../src/rtp/srtp/key-derivation.ts';
import { SrtpReceiver } from '../../../src/rtp/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../src/rtp/srtp/srtp-sender.ts';
import { suiteCipher } from '../../../src/rtp/srtp/suite-cipher.ts';

/* The vectors that the RFCs print, and those that libsrtp validates itself with. */

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');
const keyOf = (suite: SrtpSuite, keying: string): SrtpKey => ({ suite, keying: hex(keying), mki: NO_MKI });

test('session keys are derived as in RFC 3711 appendix B.3', () => {
  const key = hex('E1F97A0D3E018BE0D64FA32C06DE4139');
  const salt = hex('0EC675AD498AFEEBB6960B3AABE6');
  expect(deriveKey(key, salt, 0, 16)).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
  expect(deriveKey(key, salt, 2, 14)).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
  expect(deriveKey(key, salt, 1, 94)).toEqual(
    hex(`CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098
         6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2`),
  );
});

describe('AES_CM_128_HMAC_SHA1_80, the packets of libsrtp', () => {
  const key = keyOf('AES_CM_128_HMAC_SHA1_80', 'e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6');
  const rtp = hex('800f1234decafbadcafebabe abababababababababababababababab');
  const srtp = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
  const rtcp = hex('81c8000bcafebabe abababababababababababababababab');
  const srtcp = hex('81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798');

  test('SRTP', () => {
    expect(new SrtpSender(key).rtp(rtp)).toEqual(srtp);
    expect(new SrtpReceiver(key).rtp(Buffer.from(srtp), ms(0))).toEqual(rtp);
  });

  test('SRTCP', () => {
    expect(new SrtpSender(key).rtcp(rtcp)).toEqual(srtcp);
    expect(new SrtpReceiver(key).rtcp(Buffer.from(srtcp))).toEqual(rtcp);
  });
});

/** RFC 7714 gives the session keys themselves. */
describe.each([
  [
    'AEAD_AES_128_GCM',
    '000102030405060708090a0b0c0d0e0f',
    `f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce`,
    `63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade`,
  ],
  [
    'AEAD_AES_256_GCM',
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    `32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13`,
    `d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be`,
  ],
] as const)('%s, RFC 7714 sections 16 and 17', (suite, key, encryptedRtp, encryptedRtcp) => {
  const keys = { cipher: hex(key), authentication: Buffer.alloc(20), salt: hex('517569642070726f2071756f') };

  test('SRTP', () => {
    const header = '8040f17b8041f8d35501a0b2';
    const plain = hex(`${header} 47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573`);
    const input = { ssrc: 0x5501a0b2, index: 0xf17b, clear: 12, trailer: hex('00000000'), encrypted: true };
    const into = Buffer.alloc(100);
    const cipher = suiteCipher(suite, keys, 'rtp');
    const octets = cipher.seal(plain, input, into);
    expect(into.subarray(0, octets).toString('hex')).toBe(header + encryptedRtp);
    const packet = Buffer.from(into.subarray(0, octets - 16));
    expect(cipher.open(packet, into.subarray(octets - 16, octets), input)).toBe(true);
    expect(packet).toEqual(plain);
  });

  test('SRTCP', () => {
    const header = '81c8000d4d617273';
    const plain = hex(
      `${header} 4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef`,
    );
    const input = { ssrc: 0x4d617273, index: 0x5d4, clear: 8, trailer: hex('800005d4'), encrypted: true };
    const into = Buffer.alloc(100);
    const cipher = suiteCipher(suite, keys, 'rtcp');
    const octets = cipher.seal(plain, input, into);
    expect(into.subarray(0, octets).toString('hex')).toBe(header + encryptedRtcp);
    const packet = Buffer.from(into.subarray(0, octets - 16));
    expect(cipher.open(packet, into.subarray(octets - 16, octets), input)).toBe(true);
    expect(packet).toEqual(plain);
  });
});

test('SRTCP that is authenticated alone, RFC 7714 section 17.3', () => {
  const keys = {
    cipher: hex('000102030405060708090a0b0c0d0e0f'),
    authentication: Buffer.alloc(20),
    salt: hex('517569642070726f2071756f'),
  };
  const packet = hex(
    '81c8000d4d617273 4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  );
  const input = { ssrc: 0x4d617273, index: 0x5d4, clear: 8, trailer: hex('000005d4'), encrypted: false };
  const cipher = suiteCipher('AEAD_AES_128_GCM', keys, 'rtcp');
  expect(cipher.open(packet, hex('841dd9683dd78ec92ae58790125f62b3'), input)).toBe(true);
});
