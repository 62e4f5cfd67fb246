import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countEvents } from '../../src/metrics/count-events.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';
import { ROOT, readText, readYaml } from './deploy-files.ts';

/* Every metric, label and bucket that an alert or a dashboard names is one that a running server really has. */

/** Of drachtio-server 0.9, Prometheus itself, the node and the blackbox exporter. */
const OTHERS = new Set([
  'up',
  'probe_success',
  'drachtio_app_connections',
  'drachtio_stable_dialogs',
  'node_filesystem_avail_bytes',
  'node_filesystem_size_bytes',
  'node_timex_sync_status',
  'node_timex_offset_seconds',
]);
/** The first server of a machine synthesises its prompts. */
const COLD_START_MS = 120_000;
/** Labels that Prometheus adds. */
const ADDED = ['instance', 'job'];

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description?: string };
}
const { groups } = readYaml('docker/prometheus/alerts.yml') as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly w: number; readonly y: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}
const FOLDER = 'docker/grafana/dashboards';
const dashboards = readdirSync(join(ROOT, FOLDER)).map(
  (name) =>
    [name, JSON.parse(readText(`${FOLDER}/${name}`))] as readonly [
      string,
      { readonly uid: string; readonly title: string; readonly panels: readonly Panel[] },
    ],
);
const queries = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboards.flatMap(([name, { panels }]) =>
    panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [`${name}: ${title}`, expr] as const)),
  ),
];

let app: TestApp;
/** Name without a suffix → type. */
const types = new Map<string, string>();
const help = new Map<string, string>();
const labels = new Map<string, readonly string[]>();
const buckets = new Map<string, readonly string[]>();
beforeAll(async () => {
  // with all that brings gauges
  app = await openTestApp({
    set: {
      'archive.enabled': true,
      'archive.recognition.model': 'shipped',
      'queues.file': join(import.meta.dirname, '../queues/support/queues.yaml'),
    },
  });
  const reply = await fetch(`${app.app.http}/metrics`, { headers: { authorization: `Bearer ${app.app.token}` } });
  const text = await reply.text();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) types.set(name, type);
  for (const [, name = '', said = ''] of text.matchAll(/^# HELP (\S+) (.+)$/gm)) help.set(name, said);
  const registry = new Registry();
  countEvents(registry);
  for (const metric of registry.getMetricsAsArray() as unknown as readonly {
    readonly name: string;
    readonly labelNames: readonly string[];
    readonly upperBounds?: readonly number[];
  }[]) {
    labels.set(metric.name, metric.labelNames);
    buckets.set(metric.name, metric.upperBounds?.map(String) ?? []);
  }
}, COLD_START_MS);
afterAll(() => app[Symbol.asyncDispose]());

const METRIC = /\b(?:(?:tellerline|drachtio|node|process|nodejs|probe)_\w+|up)\b/g;
const bare = (expr: string): string => expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
const family = (name: string): string => {
  const stem = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(stem) === 'histogram' ? stem : name;
};

test('there is something to look at', () => {
  expect(types.get('tellerline_calls')).toBe('gauge');
  expect(types.get('tellerline_turn_latency_seconds')).toBe('histogram');
  expect(rules.length).toBeGreaterThan(20);
  expect(queries.length).toBeGreaterThan(80);
});

test('every metric exists', () => {
  for (const [where, expr] of queries) {
    const named = [...bare(expr).matchAll(METRIC)].map(([name]) => name);
    expect(named, where).not.toEqual([]);
    for (const name of named) expect(types.has(family(name)) || OTHERS.has(name), `${where}: ${name}`).toBe(true);
  }
});

test('a histogram is asked for its parts, a counter for its rate, a gauge for its value', () => {
  for (const [where, expr] of queries)
    for (const [, call, name = ''] of bare(expr).matchAll(/\b(?:(rate|increase)\()?(tellerline_\w+)/g)) {
      const type = types.get(family(name));
      if (type === 'histogram') expect(name, where).toMatch(/_(bucket|sum|count)$/);
      if (type !== 'gauge') expect(call, `${where}: ${name}`).toMatch(/^(rate|increase)$/);
      // gauges that count since the start are read by their rate, too
      else if (call !== undefined)
        expect(name, where).toMatch(
          /_(sent|dropped|malformed|retransmissions|orphaned|unverified|late|changed|anew|failed)$/,
        );
    }
});

test('whatever a gauge calls an alarm has an alert', () => {
  const asked = rules.map(({ expr }) => bare(expr)).join(' ');
  const alarms = [...help].filter(([, text]) => /\balarm\b/.test(text)).map(([name]) => name);
  expect(alarms.length).toBeGreaterThan(15);
  expect(alarms.filter((name) => !new RegExp(`\\b${name}\\b`).test(asked))).toEqual([]);
});

test('every label and every value asked for exists', () => {
  const vocabulary = readText('src/domain/call-event.ts');
  const counted = readdirSync(join(ROOT, 'src/metrics'))
    .map((name) => readText(`src/metrics/${name}`))
    .join('');
  let seen = 0;
  for (const [where, expr] of queries)
    for (const [, name = '', selector = ''] of expr.matchAll(/(tellerline_\w+)\{([^}]*)\}/g))
      for (const [, label = '', values = ''] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)) {
        if (ADDED.includes(label)) continue;
        seen += 1;
        if (label === 'le') {
          expect(buckets.get(family(name)), where).toContain(values);
          continue;
        }
        expect(labels.get(family(name)), `${where}: ${name}{${label}}`).toContain(label);
        for (const value of values.split('|'))
          expect(
            vocabulary.includes(`'${value}'`) || counted.includes(`'${value}'`) || ['true', 'false'].includes(value),
            `${where}: ${label}="${value}"`,
          ).toBe(true);
      }
  expect(seen).toBeGreaterThan(10);
});

test('what is summed by a label has it', () => {
  for (const [where, expr] of queries) {
    const [of] = [...bare(expr).matchAll(/tellerline_\w+/g)].map(([name]) => family(name));
    if (of === undefined) continue;
    for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of by.split(',').map((one) => one.trim()))
        expect([...(labels.get(of) ?? []), ...ADDED, 'le'], where).toContain(label);
  }
});

test('brackets are closed', () => {
  for (const [where, expr] of queries)
    for (const [open, close] of ['()', '{}', '[]'])
      expect(bare(expr).split(open!).length, where).toBe(bare(expr).split(close!).length);
});

test('every alert has its name once, a severity, a summary', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const {
    alert,
    labels: { severity },
    annotations,
    for: lasting,
  } of rules) {
    expect(['page', 'ticket'], alert).toContain(severity);
    expect(annotations.summary.length, alert).toBeGreaterThan(20);
    if (lasting !== undefined) expect(lasting, alert).toMatch(/^\d+[smh]$/);
  }
});

test('dashboards: ids once, panels side by side and not on top of each other, the provisioned data source', () => {
  expect(dashboards.map(([, { uid }]) => `${uid}.json`)).toEqual(dashboards.map(([name]) => name));
  const { datasources } = readYaml('docker/grafana/provisioning/datasources/prometheus.yaml') as {
    readonly datasources: readonly { readonly uid: string; readonly url: string }[];
  };
  for (const [name, { panels }] of dashboards) {
    expect(new Set(panels.map(({ id }) => id)).size, name).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, type, datasource, gridPos, targets = [] } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), `${name}: ${title}`).toBe(false);
          taken.add(`${x},${y}`);
        }
      if (type === 'row') continue;
      expect(datasource?.uid, title).toBe(datasources[0]?.uid);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  }
});

test('Prometheus is told the address of everything, and shows the token that the web server wants', () => {
  const { scrape_configs: jobs, rule_files: files } = readYaml('docker/prometheus/prometheus.yml') as {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly authorization?: { readonly credentials_file: string };
      readonly static_configs: readonly { readonly targets: readonly string[] }[];
    }[];
  };
  expect(files).toEqual(['/etc/prometheus/alerts.yml']);
  const named = new Set(queries.flatMap(([, expr]) => [...expr.matchAll(/job="([^"]+)"/g)].map(([, job]) => job)));
  for (const job of named) expect(jobs.map(({ job_name: name }) => name)).toContain(job);
  expect(jobs.find(({ job_name: name }) => name === 'tellerline')?.authorization?.credentials_file).toBe(
    '/run/secrets/http_token',
  );
});
