import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fitsNumber } from '../../src/lib/number-pattern.ts';
import { routeOutbound } from '../../src/routing/route-outbound.ts';
import type { OutboundRoute } from '../../src/routing/routing-table.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/front-ends.md'), 'utf8');
const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => {
  const read = readYaml(yaml);
  if ('problems' in read) throw new Error(read.problems.map((problem) => problem.text).join());
  return read.value as Record<string, unknown>;
});
const example = (key: string): unknown => examples.find((each) => key in each)?.[key];

test('a number that the documented route sends over the documented trunk may be dialled there', () => {
  const { destinations } = example('carrier') as { destinations: readonly { number: string }[] };
  const outbound = (example('outbound') as readonly { numbers: string[]; gateways: string[] }[]).map(
    ({ gateways, ...route }): OutboundRoute => ({
      strip: 0,
      prefix: '',
      caller: 'original',
      assert: true,
      ...route,
      gateways: gateways.map((name) => ({ name, at: `${name}.example` })),
    }),
  );
  const legs = routeOutbound({ outbound, country: '86' }, '+861055550100', {
    caller: '+861055550199',
    called: '95588',
    private: false,
  });
  const dialled = /^sip:(.+)@carrier\.example$/.exec(legs[0]?.uri ?? '')?.[1] ?? '';
  expect(dialled).toBe('01055550100');
  expect(destinations.filter(({ number }) => fitsNumber(number, dialled, '86')).map(({ number }) => number)).toEqual([
    '010*',
    '0*',
  ]);
});
