import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepDefaultPolicy } from '../../src/app/default-policy.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openRetention } from '../../src/archive/retention/open-retention.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { ManualClock } from '../support/manual-clock.ts';

test('the configuration makes the first policy, more years its next version; fewer years and another class change nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-policy-'));
  try {
    const clock = new ManualClock();
    await using storage = await openStorage({ file: join(folder, 's.sqlite'), migrations: MIGRATIONS }, silentLogger);
    const retention = openRetention(storage, { wall: () => clock.wall(), trusted: () => clock.wall() });
    const config = await loadConfig({ environment: {} });
    const start = async (recordings: Partial<Config['recordings']>): Promise<string[]> => {
      const changed = { ...config, recordings: { ...config.recordings, ...recordings } };
      const warnings: string[] = [];
      const logger = { ...silentLogger, warn: (_: unknown, said: string) => void warnings.push(said) };
      await keepDefaultPolicy(changed, retention, clock, logger);
      return warnings;
    };
    const periods = async (): Promise<unknown[]> =>
      (await retention.policies()).map(({ version, period }) => [version, period.years]);
    expect(await start({})).toEqual([]);
    expect(await start({})).toEqual([]);
    expect(await periods()).toEqual([[1, 5]]);
    expect(await retention.policies()).toMatchObject([{ id: 'bank-default', retentionClass: 'customer-call' }]);
    expect(await start({ retention_years: 7 })).toEqual([]);
    expect(await start({ retention_years: 6 })).toHaveLength(1);
    expect(await start({ retention_years: 9, retention_class: 'other' })).toHaveLength(1);
    expect(await periods()).toEqual([
      [1, 5],
      [2, 7],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
