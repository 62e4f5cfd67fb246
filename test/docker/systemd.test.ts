import { expect, test } from 'vitest';
import { configKeys } from '../../src/config/config-keys.ts';
import { inSeconds, readText } from './deploy-files.ts';

type Unit = ReadonlyMap<string, readonly string[]>;

/** 'Service.User' → its values, in order. @throws Error on a line that is neither section, setting nor comment */
function parseUnit(text: string): Unit {
  const settings = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (name !== undefined && value !== undefined && section !== '')
      settings.set(`${section}.${name}`, [...(settings.get(`${section}.${name}`) ?? []), value]);
    else throw new Error(`not understood: ${line}`);
  }
  return settings;
}

const unit = parseUnit(readText('docker/systemd/tellerline.service'));
const only = (name: string): string => {
  expect(unit.get(name), name).toHaveLength(1);
  return unit.get(name)?.[0] ?? '';
};

test('it is stopped as the product wants to be stopped', () => {
  const drain = Number(configKeys().find(({ path }) => path === 'limits.drain_ms')?.default);
  expect(inSeconds(only('Service.TimeoutStopSec'))).toBeGreaterThanOrEqual(drain / 1000 + 20);
  expect(only('Service.KillSignal')).toBe('SIGTERM');
  // a second SIGTERM, or one to the recognizers, would cut the goodbyes short
  expect(only('Service.KillMode')).toBe('mixed');
  expect(only('Service.Restart')).toBe('always');
});

test('what it may: raise its media workers, open a socket per call; no core dump, no file but its own', () => {
  expect(only('Service.LimitNICE')).toBe('-10');
  expect(Number(only('Service.LimitNOFILE'))).toBeGreaterThanOrEqual(65_536);
  expect(only('Service.LimitCORE')).toBe('0');
  expect(only('Service.ProtectSystem')).toBe('strict');
  expect(only('Service.ReadWritePaths')).toBe('/var/lib/tellerline');
  expect(only('Service.NoNewPrivileges')).toBe('true');
  expect(only('Service.CapabilityBoundingSet')).toBe('');
  expect(only('Service.User')).toBe('tellerline');
  // V8 compiles to memory
  expect(unit.has('Service.MemoryDenyWriteExecute')).toBe(false);
});

test('all that is written is in the folder of its state', () => {
  const written = (unit.get('Service.Environment') ?? []).filter((one) =>
    /DIRECTORY|STORAGE|CACHE|LEDGER|KEY_FILE/.test(one),
  );
  expect(written).toHaveLength(5);
  for (const one of written) expect(one).toContain('=/var/lib/tellerline/');
});

test('each credential that is loaded is used, and the other way round', () => {
  const loaded = (unit.get('Service.LoadCredential') ?? []).map((one) => one.split(':')[0]);
  const used = (unit.get('Service.Environment') ?? []).flatMap((one) => /%d\/([\w-]+)$/.exec(one)?.[1] ?? []);
  expect(loaded.length).toBe(3);
  expect(used).toEqual(loaded);
});

test('real-time scheduling is an addition of its own, without reset on fork', () => {
  expect([...unit.keys()].some((name) => name.startsWith('Service.CPUScheduling'))).toBe(false);
  const realtime = parseUnit(readText('docker/systemd/realtime.conf'));
  expect(realtime.get('Service.CPUSchedulingPolicy')).toEqual(['rr']);
  expect(realtime.has('Service.CPUSchedulingResetOnFork')).toBe(false);
  expect(Number(realtime.get('Service.CPUSchedulingPriority')?.[0])).toBeLessThanOrEqual(
    Number(only('Service.LimitRTPRIO')),
  );
});
