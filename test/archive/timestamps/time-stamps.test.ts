import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { httpAuthority } from '../../../src/archive/timestamps/http-authority.ts';
import { keepStamped } from '../../../src/archive/timestamps/keep-stamped.ts';
import { type Milliseconds, ms } from '../../../src/domain/units.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { verifyTimeStamp } from '../../../src/verify/time-stamp.ts';
import { openTimeStampAuthority } from '../../support/archive/time-stamp-authority.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
const minutes = (n: number): Milliseconds => ms(n * 60_000);
const soon = (): AbortSignal => AbortSignal.timeout(15_000);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-stamps-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(['P-256', 'rsa:2048'] as const)('an authority with keys of %s', (keys) => {
  test('its token verifies over the data alone, up to its root alone, and no byte of it may change', async () => {
    await using authority = await openTimeStampAuthority(keys);
    const data = Buffer.from('a checkpoint');
    const token = await httpAuthority(authority.url, [authority.certificate]).stamp(data, soon());
    const at = await verifyTimeStamp(token, data, [authority.certificate]);
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
    await expect(verifyTimeStamp(token, Buffer.from('another'), [authority.certificate])).rejects.toThrow(
      'something else',
    );
    await using stranger = await openTimeStampAuthority('P-256');
    await expect(verifyTimeStamp(token, data, [stranger.certificate])).rejects.toThrow('no chain');
    const accepted: number[] = [];
    for (let byte = 0; byte < token.length; byte += 3) {
      const changed = Uint8Array.from(token);
      changed[byte]! ^= 0x01;
      await verifyTimeStamp(changed, data, [authority.certificate]).then(
        () => accepted.push(byte),
        () => undefined,
      );
    }
    // what no signature covers: version numbers, and the list of digest algorithms
    expect(accepted.length).toBeLessThan(12);
  });
});

test('an answer to another query, and a token that leads to another root, are refused', async () => {
  await using authority = await openTimeStampAuthority();
  await using stranger = await openTimeStampAuthority();
  const ours = httpAuthority(authority.url, [authority.certificate]);
  await ours.stamp(Buffer.from('one'), soon());
  authority.replay = true;
  await expect(ours.stamp(Buffer.from('one'), soon())).rejects.toMatchObject({ code: 'TIMESTAMP_REFUSED' });
  const other = httpAuthority(stranger.url, [authority.certificate]);
  await expect(other.stamp(Buffer.from('one'), soon())).rejects.toMatchObject({ code: 'TIMESTAMP_REFUSED' });
});

test('the log is stamped hour by hour; without the authority it goes on, an alarm is raised, and the stamp comes later', async () => {
  const clock = new ManualClock();
  await using log = await openTransparencyLog({ folder, origin: 'bank.example/log', signer });
  let url: string;
  {
    await using authority = await openTimeStampAuthority();
    url = authority.url;
  }
  const options = { folder, every: minutes(60), limit: minutes(1) };
  await log.append({ type: 'RECORDING', digest: Buffer.alloc(32, 1) });
  {
    await using away = await keepStamped(log, httpAuthority(url, []), options, clock, silentLogger);
    await away.round();
    expect(away.health()).toMatchObject({ code: 'TIMESTAMP_UNREACHABLE', backlog: false, size: 0 });
    clock.advance(minutes(121));
    expect(away.health().backlog).toBe(true);
    await log.append({ type: 'RECORDING', digest: Buffer.alloc(32, 2) });
    expect(log.size).toBe(2);
  }
  await using authority = await openTimeStampAuthority();
  const there = httpAuthority(authority.url, [authority.certificate]);
  {
    await using stamping = await keepStamped(log, there, options, clock, silentLogger);
    await stamping.round();
    expect(stamping.health()).toMatchObject({ code: undefined, backlog: false, size: 2 });
  }
  await log.append({ type: 'RECORDING', digest: Buffer.alloc(32, 3) });
  await using again = await keepStamped(log, there, options, clock, silentLogger);
  expect((await again.stampOf(0))?.size).toBe(2);
  expect(await again.stampOf(2)).toBeUndefined();
  await again.round();
  const stamp = await again.stampOf(2);
  expect(stamp?.size).toBe(3);
  await verifyTimeStamp(stamp?.token ?? new Uint8Array(), Buffer.from(stamp?.note ?? ''), [authority.certificate]);
});
