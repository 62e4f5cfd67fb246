import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/* NOTICE names what is installed or bundled with the product, with its licence. */

interface Package {
  readonly name?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const notice = readFileSync('NOTICE', 'utf8');
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> };
const namesIn = (licence: string): ReadonlySet<string> =>
  new Set(notice.match(new RegExp(`^${licence}: ([^.]*(?:\\.js[^.]*)*)`, 'm'))?.[1]?.split(/[\s,()]+/) ?? []);

/** By its identifier at SPDX. */
const licenceOf = (license = '?'): string => license.replace('MPL 2.0', 'MPL-2.0');

/** What anybody may use without more than a mention. */
const PERMISSIVE = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
/** Says MIT in its Readme, and nothing in its package.json. */
const UNDECLARED = new Set(['only']);

test('every package that the product needs is named under its licence', () => {
  const wanted = Object.keys((read('package.json') as Package).dependencies ?? {});
  expect(wanted.length).toBeGreaterThan(20);
  const missing = wanted.filter((name) => !namesIn(licenceOf(packages[`node_modules/${name}`]?.license)).has(name));
  expect(missing).toEqual([]);
});

test('what they bring along is permissive, or named', () => {
  const strict = Object.entries(packages).flatMap(([path, { license = '', dev, devOptional, link }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    if (!path.includes('node_modules/') || dev === true || devOptional === true || link === true) return [];
    const choices = licenceOf(license).replace(/[()]/g, '').split(' OR ');
    return UNDECLARED.has(name) || choices.some((one) => PERMISSIVE.has(one))
      ? []
      : [`${licenceOf(license)}: ${name.replace(/^@(node-datachannel)\/.*/, '$1')}`];
  });
  const named = ['drachtio-modesl', 'node-datachannel'];
  expect(new Set(strict)).toEqual(new Set(named.map((name) => `MPL-2.0: ${name}`)));
  expect(named.filter((name) => !namesIn('MPL-2.0').has(name))).toEqual([]);
});

test('what is bundled into the console is named', () => {
  const tools = /^(?:@types\/|@vitejs\/|vite$)/;
  const { dependencies = {}, devDependencies = {} } = read('web/package.json') as Package;
  const bundled = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !tools.test(name));
  expect(bundled.filter((name) => !notice.includes(name))).toEqual([]);
});
