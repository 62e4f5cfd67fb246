import { describe, expect, test } from 'vitest';
import { listedWords } from '../../src/lib/listed-words.ts';
import { anyNetwork, badNetworks, networks, shareOf, unmapped } from '../../src/lib/networks.ts';

describe('networks', () => {
  test.each([
    ['127.0.0.0/8, ::1', '127.3.2.1', true],
    ['127.0.0.0/8, ::1', '::1', true],
    ['127.0.0.0/8, ::1', '::ffff:127.0.0.1', true],
    ['127.0.0.0/8, ::1', '128.0.0.1', false],
    ['10.1.0.0/16', '10.2.0.1', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['', '10.0.0.1', false],
    ['10.0.0.0/8', 'a-name.example', false],
  ])('%s holds %s: %s', (list, address, inside) => {
    expect(networks(listedWords(list))(address)).toBe(inside);
  });

  test('what is no network is named, what is one is not', () => {
    const list = listedWords(
      '10.0.0.0/8, ::/0, 10.0.0.0/33, 300.1.1.1, trunk.example, 10.0.0.1/8/8, 10.0.0.1/, 1.2.3.4,',
    );
    expect(badNetworks(list)).toEqual(['10.0.0.0/33', '300.1.1.1', 'trunk.example', '10.0.0.1/8/8', '10.0.0.1/']);
  });

  test('the addresses of one IPv6 /64 have one share, an IPv4 address its own', () => {
    expect(shareOf('203.0.113.9')).toBe('203.0.113.9');
    expect(shareOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(shareOf('2001:db8:0:1::5')).toBe(shareOf('2001:DB8:0:1:ffff:ffff:0:9'));
    expect(shareOf('2001:db8:0:1::5')).not.toBe(shareOf('2001:db8:0:2::5'));
    expect(shareOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(shareOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(unmapped('::1')).toBe('::1');
    expect(anyNetwork('203.0.113.9')).toBe(true);
  });
});
