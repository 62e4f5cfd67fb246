import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configKeys, environmentName } from '../../src/config/config-keys.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { readCompose } from './compose-file.ts';
import { ROOT, readText, readYaml, readYamls } from './deploy-files.ts';
import { elementsOf, parseXml } from './parse-xml.ts';

/* Files of different kinds agree with each other and with the product: keys, ports, secrets, ranges. */

const files = readdirSync(join(ROOT, 'docker'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('secrets') && entry.name !== '.env')
  .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
  .concat('docs/deployment.md');
const compose = readCompose({ LINE_ADDRESS: '192.0.2.7' });
const vars = new Map(
  elementsOf(parseXml(readText('docker/freeswitch/vars.xml')), 'X-PRE-PROCESS')
    .filter(({ attributes }) => attributes['cmd'] === 'set')
    .map(({ attributes }) => (attributes['data'] ?? '').split('=') as [string, string]),
);
const drachtio = parseXml(readText('docker/drachtio/drachtio.conf.xml'));
const keys = new Map(configKeys().map((key) => [key.path, key.default]));

const texts = (environment: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
const ours = (environment: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('TELLERLINE_')));

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
  }[];
}
const pod = (
  readYamls('docker/kubernetes/tellerline.yaml').find((one) => (one as { kind: string }).kind === 'StatefulSet') as {
    readonly spec: {
      readonly template: {
        readonly spec: { readonly containers: readonly Container[]; readonly initContainers: readonly Container[] };
      };
    };
  }
).spec.template.spec;
const container = (name: string): Container =>
  [...pod.containers, ...pod.initContainers].find((one) => one.name === name)!;
const kubernetes = Object.fromEntries((container('tellerline').env ?? []).map(({ name, value = '' }) => [name, value]));
const unit = readText('docker/systemd/tellerline.service');
const unitEnvironment = Object.fromEntries(
  [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.replace('%d', '/run/credentials/tellerline.service'),
  ]),
);
const image = Object.fromEntries(
  [...readText('docker/Dockerfile').matchAll(/(TELLERLINE_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
);

test('every TELLERLINE_ variable that any file names is a key of the configuration', () => {
  const known = new Set(configKeys().map(({ path }) => environmentName(path)));
  // what compose.yaml itself is given
  const interpolated = new Set(['TELLERLINE_IMAGE']);
  let seen = 0;
  for (const file of files)
    for (const [name] of readText(file).matchAll(/\bTELLERLINE_[A-Z][A-Z_]*\b/g)) {
      seen += 1;
      expect(known.has(name) || interpolated.has(name), `${file}: ${name}`).toBe(true);
    }
  expect(seen).toBeGreaterThan(30);
});

test.each([
  ['compose', { ...image, ...ours(texts(compose.services['tellerline']?.environment)) }],
  ['Kubernetes', { ...image, ...ours(kubernetes) }],
])('%s gives a configuration that the product takes: drachtio-server and FreeSWITCH', async (_name, environment) => {
  const config = await loadConfig({ environment });
  expect(config).toMatchObject({ signalling: { kind: 'drachtio' }, media: { kind: 'freeswitch' } });
});

test('systemd gives a configuration that the product takes', async () => {
  const config = await loadConfig({
    environment: ours(unitEnvironment),
    file: join(ROOT, 'docker/systemd/tellerline.yaml.example'),
  });
  expect(config).toMatchObject({ signalling: { kind: 'drachtio' }, media: { kind: 'freeswitch' } });
  expect(config.limits.drain_ms).toBe(keys.get('limits.drain_ms'));
});

test('the profile of FreeSWITCH is the one that the product asks for', () => {
  const profile = elementsOf(parseXml(readText('docker/freeswitch/sofia.conf.xml')), 'profile')[0];
  expect(profile?.attributes['name']).toBe(keys.get('media.profile'));
});

test('control ports: what the servers listen on is what the product connects to', () => {
  const admin = elementsOf(drachtio, 'admin')[0];
  const signalling = `${admin?.text}:${admin?.attributes['port']}`;
  const media = `${vars.get('control_ip')}:${vars.get('control_port')}`;
  expect(signalling).toBe('127.0.0.1:9022');
  expect(media).toBe('127.0.0.1:8021');
  for (const environment of [texts(compose.services['tellerline']?.environment), kubernetes])
    expect(environment).toMatchObject({
      TELLERLINE_SIGNALLING_SERVERS: signalling,
      TELLERLINE_MEDIA_SERVERS: media,
    });
  expect(keys.get('signalling.servers')).toBe(signalling);
  expect(keys.get('media.servers')).toBe(media);
  // the health checks and probes of the containers ask the same
  expect(compose.services['drachtio']?.healthcheck?.test.join()).toContain(`/${signalling.replace(':', '/')}`);
  expect(compose.services['freeswitch']?.healthcheck?.test.join()).toContain(`/${media.replace(':', '/')}`);
});

test('one SIP port and one RTP range everywhere', () => {
  const [min, max] = [keys.get('rtp.port_min'), keys.get('rtp.port_max')].map(String);
  expect([vars.get('rtp_port_min'), vars.get('rtp_port_max')]).toEqual([min, max]);
  expect(compose.services['freeswitch']?.environment).toMatchObject({
    FREESWITCH_RTP_PORT_MIN: min,
    FREESWITCH_RTP_PORT_MAX: max,
  });
  expect(readText('docs/deployment.md')).toContain(`${min}–${max}`);
  const sip = `:${String(keys.get('sip.port'))};transport=udp,tcp`;
  expect(elementsOf(drachtio, 'contact')[0]?.text).toContain(sip);
  expect(compose.services['drachtio']?.entrypoint?.join(' ')).toContain(`--contact "sip:$LINE_ADDRESS${sip}"`);
  expect(container('drachtio').args?.join(' ')).toContain(`--contact sip:$(LINE_ADDRESS)${sip}`);
  // FreeSWITCH's own SIP stays out of the way, and out of the RTP range
  expect(vars.get('sip_port')).not.toBe(String(keys.get('sip.port')));
  for (const port of [vars.get('sip_port'), vars.get('control_port'), '9022', '8080'])
    expect(Number(port) < Number(min) || Number(port) > Number(max)).toBe(true);
});

test('FreeSWITCH takes more sessions than the line takes calls: a transfer has two legs', () => {
  expect(Number(vars.get('max_sessions'))).toBeGreaterThanOrEqual(2 * Number(keys.get('limits.calls')));
});

test('both sides of a secret read the same one', () => {
  const environment = texts(compose.services['tellerline']?.environment);
  for (const [key, server, variable] of [
    ['TELLERLINE_SIGNALLING_SECRET_FILE', 'drachtio', 'DRACHTIO_SECRET'],
    ['TELLERLINE_MEDIA_SECRET_FILE', 'freeswitch', 'FREESWITCH_SECRET'],
  ] as const) {
    const file = environment[key];
    const secret = file?.split('/').at(-1) ?? '';
    expect(file).toBe(`/run/secrets/${secret}`);
    for (const one of ['tellerline', server]) expect(compose.services[one]?.secrets).toContain(secret);
    const script = compose.services[server]?.entrypoint?.join('\n');
    expect(script).toContain(`${variable}="$(cat ${file})"`);
    expect(script).toContain(`export ${variable}="\${${variable}:?is empty}"`);
    // Kubernetes: one key of the Secret, a file here and a variable there
    const own = (container(server).env ?? []).find(({ name }) => name === variable)?.valueFrom?.secretKeyRef?.key;
    expect(kubernetes[key]).toBe(`/run/secrets/tellerline/${own}`);
  }
  expect(readText('docker/freeswitch/vars.xml')).toContain('control_secret=$FREESWITCH_SECRET');
  expect(environment['TELLERLINE_HTTP_TOKEN_FILE']).toBe('/run/secrets/http_token');
  expect(compose.services['prometheus']?.secrets).toContain('http_token');
});

test('every variable that FreeSWITCH is given is one that its configuration reads', () => {
  const read = readText('docker/freeswitch/vars.xml');
  const given = [
    ...Object.keys(compose.services['freeswitch']?.environment ?? {}),
    ...(container('freeswitch').env ?? []).map(({ name }) => name),
  ];
  expect(given.length).toBeGreaterThan(3);
  for (const name of given) expect(read).toContain(`=$${name}"`);
});

test('Prometheus asks the ports that are listened on', () => {
  const targets = [...readText('docker/prometheus/prometheus.yml').matchAll(/- targets: \["([^"]+)"\]/g)].map(
    ([, target = '']) => target,
  );
  const web = `127.0.0.1:${String(keys.get('http.port'))}`;
  const probes = texts(compose.services['tellerline']?.environment)['TELLERLINE_HTTP_PROBE_PORT'];
  expect(probes).toMatch(/^\d+$/);
  expect(targets.toSorted()).toEqual(
    [
      web,
      `http://127.0.0.1:${probes}/readyz`,
      `127.0.0.1:${vars.get('control_port')}`,
      `127.0.0.1:${elementsOf(drachtio, 'prometheus')[0]?.attributes['port']}`,
      '127.0.0.1:9100',
    ].toSorted(),
  );
  expect(compose.services['node-exporter']?.command).toContain('--web.listen-address=127.0.0.1:9100');
  const { datasources } = readYaml('docker/grafana/provisioning/datasources/prometheus.yaml') as {
    readonly datasources: readonly { readonly url: string }[];
  };
  const listening = compose.services['prometheus']?.command?.find((one) => one.startsWith('--web.listen-address='));
  expect(listening?.split('=')[1]).toBe(datasources[0]?.url.replace('http://', ''));
});

test('no two of the host network listen on one port', () => {
  const ports = [
    ...['sip.port', 'http.port'].map((key) => String(keys.get(key))),
    texts(compose.services['tellerline']?.environment)['TELLERLINE_HTTP_PROBE_PORT'],
    vars.get('sip_port'),
    vars.get('control_port'),
    elementsOf(drachtio, 'admin')[0]?.attributes['port'],
    elementsOf(drachtio, 'prometheus')[0]?.attributes['port'],
    '9090',
    '9100',
    '9115',
    '3000',
    '5432',
    '7070',
  ];
  expect(ports).not.toContain(undefined);
  expect(new Set(ports).size).toBe(ports.length);
});

test('the same images everywhere', () => {
  for (const name of ['tellerline', 'drachtio', 'freeswitch'])
    expect(container(name).image).toBe(compose.services[name]?.image);
});

test('the default retention of the bucket is the product’s', () => {
  expect(compose.services['s3-bucket']?.entrypoint?.join()).toContain(
    `Years=${String(keys.get('recordings.retention_years'))}}`,
  );
});

test('the balancer knows the SIP port of its nodes, and does not take its own time-out for an answer', () => {
  const nodes = readText('docker/kamailio/dispatcher.list')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(nodes.length).toBeGreaterThan(1);
  for (const node of nodes) expect(node).toMatch(/^1 sip:[\d.]+:5060;transport=udp 0 0 duid=\w+;weight=\d+$/);
  const config = readText('docker/kamailio/kamailio.cfg');
  expect(config).not.toMatch(/^modparam\("dispatcher", "ds_ping_reply_codes".*class=[45]/m);
  expect(config).toContain('listen=udp:LINE_ADDRESS:5060');
  // brackets in pairs, each module loaded before it is given parameters or called
  expect(config.split('{').length).toBe(config.split('}').length);
  const loaded = [...config.matchAll(/^loadmodule "(\w+)\.so"$/gm)].map(([, module]) => module);
  for (const [, module] of config.matchAll(/^modparam\("(\w+)"/gm)) expect(loaded).toContain(module);
});
