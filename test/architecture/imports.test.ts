import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

/* Data flows one way, and so do imports. Who may import whom, by folder of src/; what is not listed is refused. */

const PURE = ['domain'];
const MAY: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  lib: ['domain'],
  audio: PURE,
  rtp: PURE,
  sdp: PURE,
  sip: ['domain', 'lib'],
  control: ['domain', 'lib', 'sip'],
  telephony: ['domain', 'lib', 'audio', 'rtp', 'sdp', 'speech', 'recording'],
  speech: ['domain', 'lib', 'audio'],
  dialogue: ['domain'],
  bank: ['domain', 'lib', 'dialogue'],
  recording: ['domain', 'lib', 'audio'],
  storage: ['domain', 'lib'],
  calls: ['domain', 'lib', 'dialogue', 'bank', 'speech', 'telephony', 'recording', 'storage'],
  metrics: ['domain', 'lib'],
  config: ['domain'],
  http: ['domain', 'lib'],
  phone: ['domain', 'lib', 'audio', 'speech', 'telephony', 'recording'],
};

/** Folders of adapters: only a composition root names what is in them. */
const ADAPTERS: readonly { readonly of: string; readonly files: RegExp; readonly except: RegExp }[] = [
  { of: 'telephony/embedded', files: /^telephony\/embedded\//, except: /^telephony\/embedded\// },
  { of: 'telephony/freeswitch', files: /^telephony\/freeswitch\//, except: /^telephony\/freeswitch\// },
  { of: 'speech/engines', files: /^speech\/engines\//, except: /^speech\// },
  { of: 'control', files: /^control\//, except: /^control\// },
];
/** At the top: the entry, and the composition roots. They alone may import everything. */
const ROOTS = /^(?:main|app|phone-app|version|front-end\/[a-z-]+|demo\/[a-z-]+|cli\/[a-z-]+)\.ts$/;

const source = join(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.{1,2}\/[^']+)'|import\('(\.{1,2}\/[^']+)'\)/g;

const imports = files.flatMap((file) =>
  [...readFileSync(join(source, file), 'utf8').matchAll(IMPORT)].map((match) => ({
    file,
    imported: relative(source, join(source, dirname(file), match[1] ?? match[2] ?? '')),
  })),
);
const folder = (file: string): string => file.split('/')[0] ?? '';

test('there are imports to look at', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test('every import goes the right way', () => {
  const wrong = imports.filter(({ file, imported }) => {
    if (ROOTS.test(file)) return false;
    const [from, to] = [folder(file), folder(imported)];
    return from !== to && MAY[from]?.includes(to) !== true;
  });
  expect(wrong).toEqual([]);
});

test('adapters are named by composition roots alone', () => {
  const wrong = imports.filter(({ file, imported }) =>
    ADAPTERS.some(({ files: inside, except }) => inside.test(imported) && !except.test(file) && !ROOTS.test(file)),
  );
  expect(wrong).toEqual([]);
});

test('nothing imports http, and no folder but the roots reads process.env (handing it on to a child is no reading)', () => {
  expect(
    imports.filter(({ file, imported }) => folder(imported) === 'http' && folder(file) !== 'http' && !ROOTS.test(file)),
  ).toEqual([]);
  const reading = files.filter(
    (file) => !ROOTS.test(file) && /process\.env\b(?!,)/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(reading).toEqual([]);
});

test('process.exit belongs to main', () => {
  const exits = files.filter(
    (file) =>
      !/^main\.ts$|-(?:worker|process)\.ts$/.test(file) &&
      /process\.exit\(/.test(readFileSync(join(source, file), 'utf8')),
  );
  expect(exits).toEqual([]);
});
