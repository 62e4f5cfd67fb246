import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readText, readYaml, readYamls } from './deploy-files.ts';

interface Probe {
  readonly httpGet?: { readonly host: string; readonly port: number; readonly path: string };
  readonly tcpSocket?: { readonly host: string; readonly port: number };
}
interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly startupProbe: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly selector: Readonly<Record<string, unknown>>;
    readonly maxUnavailable?: number;
    readonly clusterIP?: string;
    readonly serviceName?: string;
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly hostNetwork: boolean;
        readonly dnsPolicy: string;
        readonly terminationGracePeriodSeconds: number;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
      };
    };
  };
}

const resources = readYamls('docker/kubernetes/tellerline.yaml') as Resource[];
const of = (kind: string): Resource => resources.find((one) => one.kind === kind)!;
const set = of('StatefulSet');
const pod = set.spec.template.spec;
const [line] = pod.containers;
const all = [...pod.initContainers, ...pod.containers];

test('the resources, each by its own API', () => {
  expect(resources.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
    'v1 Namespace',
    'v1 Service',
    'policy/v1 PodDisruptionBudget',
    'apps/v1 StatefulSet',
  ]);
  for (const { kind, metadata } of resources)
    expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe('tellerline');
});

test('what selects pods selects these', () => {
  const { labels } = set.spec.template.metadata;
  expect(of('Service').spec.selector).toEqual(labels);
  expect(of('PodDisruptionBudget').spec.selector).toEqual({ matchLabels: labels });
  expect(set.spec.selector).toEqual({ matchLabels: labels });
  expect(set.spec.serviceName).toBe(of('Service').metadata.name);
  expect(of('Service').spec.clusterIP).toBe('None');
  expect(of('PodDisruptionBudget').spec.maxUnavailable).toBe(1);
});

test('host network, with names of the cluster still resolved', () => {
  expect(pod).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
  expect(readText('docker/kubernetes/tellerline.yaml')).toMatch(/# hostNetwork, because/);
});

test('a drain is waited for, with signalling and media there to its end', () => {
  expect(pod.initContainers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
    ['drachtio', 'Always'],
    ['freeswitch', 'Always'],
  ]);
  const before = Number(
    /setTimeout\(\(\) => \{\}, (\d+)\)/.exec(line?.lifecycle?.preStop.exec.command.join() ?? '')?.[1],
  );
  const drain = Number(line?.env.find(({ name }) => name === 'TELLERLINE_LIMITS_DRAIN_MS')?.value);
  expect(before).toBeGreaterThan(0);
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(before + drain + 20_000);
});

test('no container is root, writes to its root, or gains a right', () => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(all).toHaveLength(3);
  for (const { securityContext, resources: limits } of all) {
    expect(securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(Number(securityContext['runAsUser'])).toBeGreaterThan(1_000);
    expect(Object.keys(limits)).toEqual(['requests', 'limits']);
  }
});

test('no container writes its memory to a disk, or shares a folder with another', () => {
  for (const { command } of all) expect(command.slice(0, 3).join(' ')).toMatch(/^\/bin\/sh -ec ulimit -c 0; .*exec /);
  const writable = all.flatMap(({ volumeMounts }) => volumeMounts.flatMap((one) => (one.readOnly ? [] : [one.name])));
  expect(new Set(writable).size).toBe(writable.length);
});

test('an empty secret starts no server', () => {
  for (const name of ['drachtio', 'freeswitch'])
    expect(all.find((one) => one.name === name)?.command[2]).toContain(
      `: "\${${name.toUpperCase()}_SECRET:?is empty}"; exec `,
    );
});

test('probes ask where the containers listen', () => {
  const probePort = line?.env.find(({ name }) => name === 'TELLERLINE_HTTP_PROBE_PORT')?.value;
  const web = { host: '127.0.0.1', port: Number(probePort) };
  expect(probePort).not.toBe(line?.env.find(({ name }) => name === 'TELLERLINE_HTTP_PORT')?.value);
  expect(line?.readinessProbe?.httpGet).toEqual({ ...web, path: '/readyz' });
  expect(line?.livenessProbe.httpGet).toEqual({ ...web, path: '/healthz' });
  expect(line?.startupProbe.httpGet).toEqual({ ...web, path: '/healthz' });
  const sockets = pod.initContainers.map(({ livenessProbe, startupProbe }) => {
    expect(livenessProbe.tcpSocket).toEqual(startupProbe.tcpSocket);
    return livenessProbe.tcpSocket;
  });
  expect(sockets).toEqual([
    { host: '127.0.0.1', port: 9022 },
    { host: '127.0.0.1', port: 8021 },
  ]);
});

test('every mount has its volume, every volume its mount', () => {
  const volumes = [
    ...pod.volumes.map(({ name }) => name),
    ...set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name),
  ];
  const mounted = new Set(all.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
  expect([...mounted].toSorted()).toEqual(volumes.toSorted());
  expect(line?.volumeMounts.find(({ name }) => name === 'recordings')?.mountPath).toBe(
    '/var/lib/tellerline/recordings',
  );
  expect(set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toContain('recordings');
});

test('the configuration of the servers exists once: kustomize makes the config maps of the files that compose mounts', () => {
  const {
    resources: named,
    configMapGenerator: maps,
    namespace,
  } = readYaml('docker/kustomization.yaml') as {
    readonly namespace: string;
    readonly resources: readonly string[];
    readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  };
  expect([namespace, ...named]).toEqual(['tellerline', 'kubernetes/tellerline.yaml']);
  expect(maps.map(({ name }) => name)).toEqual(
    pod.volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name])),
  );
  for (const { name, files } of maps)
    expect(files.toSorted()).toEqual(
      readdirSync(join(ROOT, 'docker', name))
        .map((file) => `${name}/${file}`)
        .toSorted(),
    );
});
