import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ComposeService, readCompose } from './compose-file.ts';
import { inSeconds, interpolate, ROOT, readText } from './deploy-files.ts';

const ENVIRONMENT = { LINE_ADDRESS: '192.0.2.7' };
const compose = readCompose(ENVIRONMENT);
const services = Object.entries(compose.services);
const service = (name: string): ComposeService => compose.services[name]!;

test('what is required is asked for by name, and .env.example has it', () => {
  expect(() => readCompose({})).toThrow('LINE_ADDRESS is required: set LINE_ADDRESS in docker/.env');
  const example = readText('docker/.env.example');
  const named = [...readText('docker/compose.yaml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(example).toMatch(new RegExp(`^#?${name}=`, 'm'));
  // whoever copies the example and forgets the address is told
  expect(example).toMatch(/^LINE_ADDRESS=$/m);
});

test('the example names no variable that nothing reads, and holds no secret', () => {
  const used = readText('docker/compose.yaml');
  const lines = readText('docker/.env.example').split('\n');
  const names = lines.flatMap((line) => /^#?([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names.filter((name) => !used.includes(`\${${name}`))).toEqual([]);
  expect(names.filter((name) => /SECRET|PASSWORD|TOKEN|KEY/.test(name))).toEqual([]);
});

test('interpolation is that of Compose', () => {
  const given = { A: '1', EMPTY: '' };
  expect(interpolate('$$x ${A} ${B:-2} ${EMPTY:-3} ${B} $A', given)).toBe('$x 1 2 3  1');
  expect(() => interpolate(['${EMPTY:?needed}'], given)).toThrow('EMPTY is required: needed');
});

test('every image has a version', () => {
  for (const [, { image }] of services) expect(image).toMatch(/:v?\d+(\.\d+)*[\w.-]*$/);
});

test('services, secrets and volumes that are named exist; none is left over', () => {
  const usedSecrets = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
  expect([...usedSecrets].toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
  const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
  const named = new Set(sources.filter((source) => /^\w/.test(source)));
  expect([...named].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  for (const source of sources.filter((one) => one.startsWith('./')))
    expect(existsSync(join(ROOT, 'docker', source)), source).toBe(true);
  for (const [, { depends_on = {} }] of services)
    for (const [name, { condition }] of Object.entries(depends_on))
      expect(condition !== 'service_healthy' || service(name).healthcheck !== undefined, name).toBe(true);
});

test('a secret is a file that git does not see, and the README makes it', () => {
  const readme = readText('docker/secrets/README.md');
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    expect(file).toBe(`./secrets/${name}`);
    expect(readme).toContain(name);
  }
  expect(readText('docker/.gitignore').split('\n')).toEqual(expect.arrayContaining(['/.env', '/secrets/*']));
});

test('no value of the environment of a container is a secret', () => {
  for (const [name, { environment = {} }] of services)
    for (const [key, value] of Object.entries(environment))
      if (/SECRET|PASSWORD|TOKEN/.test(key) && !/SIGN_UP/.test(key))
        expect(value, `${name}: ${key}`).toMatch(/^\/run\/secrets\/\w+$/);
});

test('what listens does so on the loopback or on the address of the line', () => {
  for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  for (const name of ['prometheus', 'node-exporter', 'blackbox-exporter'])
    expect(service(name).command?.some((one) => one.startsWith('--web.listen-address=127.0.0.1:'))).toBe(true);
  expect(service('grafana').environment?.['GF_SERVER_HTTP_ADDR']).toBe('127.0.0.1');
  expect(service('tellerline').environment?.['TELLERLINE_HTTP_HOST']).toBe('127.0.0.1');
});

test('the line is hardened: host network, read-only root, no capability, no new privilege, no core dump, an account of its own', () => {
  for (const name of ['tellerline', 'drachtio', 'freeswitch', 'kamailio']) {
    const one = service(name);
    expect(one).toMatchObject({ network_mode: 'host', read_only: true, cap_drop: ['ALL'], ulimits: { core: 0 } });
    expect(one.security_opt).toContain('no-new-privileges:true');
    if (name !== 'tellerline') expect(one.user).toMatch(/^[1-9]\d{3,}:/);
  }
  expect(readText('docker/Dockerfile')).toMatch(/^USER 10001:10001$/m);
});

test('storage and cluster are started only when asked for, and storage says that it is not used', () => {
  const profiles = Object.fromEntries(services.map(([name, { profiles: of = [] }]) => [name, of.join()]));
  expect(profiles).toMatchObject({ postgres: 'storage', s3: 'storage', 's3-bucket': 'storage', kamailio: 'cluster' });
  expect(Object.values(profiles).filter((of) => of !== '')).toHaveLength(4);
  expect(readText('docker/compose.yaml')).toMatch(/profile storage: NOT USED BY TELLERLINE YET/);
  expect(service('s3-bucket').entrypoint?.join()).toContain('--object-lock-enabled-for-bucket');
});

test('a container is given longer to stop than the drain takes', () => {
  const { stop_grace_period: grace = '10s', environment = {} } = service('tellerline');
  expect(inSeconds(grace)).toBeGreaterThanOrEqual(Number(environment['TELLERLINE_LIMITS_DRAIN_MS']) / 1000 + 20);
  // it outlives neither server that its goodbyes need: Compose stops it first
  expect(Object.keys(service('tellerline').depends_on ?? {}).toSorted()).toEqual(['drachtio', 'freeswitch']);
});
