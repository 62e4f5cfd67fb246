import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { MAY } from './may-import.ts';

/** Folders whose inner folders are concepts of their own. */
const DIVIDED = new Set(
  Object.keys(MAY)
    .filter((room) => room.includes('/'))
    .map((room) => room.split('/')[0] ?? ''),
);

/** Folders of adapters: only a composition root names what is in them. */
const ADAPTERS: readonly { readonly files: RegExp; readonly except: RegExp }[] = [
  { files: /^signalling\/drachtio\//, except: /^signalling\/drachtio\// },
  { files: /^media\/embedded\//, except: /^media\/embedded\// },
  { files: /^media\/webrtc\//, except: /^media\/webrtc\// },
  { files: /^media\/freeswitch\//, except: /^media\/freeswitch\// },
  { files: /^speech\/engines\//, except: /^speech\// },
  { files: /^sip-server\//, except: /^sip-server\// },
  { files: /^bank\/(?:http|grpc|demo)\//, except: /^bank\// },
];
/** The entry and the composition roots. They alone may import everything. */
const ROOTS = /^(?:main|version|(?:app|cli)\/[a-z-]+)\.ts$/;

const source = join(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.{1,2}\/[^']+)'|import\('(\.{1,2}\/[^']+)'\)/g;

const imports = files.flatMap((file) =>
  [...readFileSync(join(source, file), 'utf8').matchAll(IMPORT)].map((match) => ({
    file,
    imported: relative(source, join(source, dirname(file), match[1] ?? match[2] ?? '')),
  })),
);
/** The folder that the table knows a file by: `sip/message` of `sip/message/uri.ts`, `sip` of `sip/stack.ts`. */
function folder(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  return DIVIDED.has(first) && third !== undefined ? `${first}/${second}` : first;
}

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

/** Everybody may use them; whether a folder does at this moment says nothing. */
const FOUNDATIONS = new Set(['domain', 'lib']);

test('the table allows nothing that is not used: an arrow that is gone is refused from then on', () => {
  const used = new Set(imports.map(({ file, imported }) => `${folder(file)} → ${folder(imported)}`));
  const allowed = Object.entries(MAY).flatMap(([from, all]) =>
    all.filter((to) => !FOUNDATIONS.has(to)).map((to) => `${from} → ${to}`),
  );
  expect(allowed.filter((arrow) => !used.has(arrow))).toEqual([]);
});

test('adapters are named by composition roots alone', () => {
  const wrong = imports.filter(({ file, imported }) =>
    ADAPTERS.some(({ files: inside, except }) => inside.test(imported) && !except.test(file) && !ROOTS.test(file)),
  );
  expect(wrong).toEqual([]);
});

test('every folder stands in the table', () => {
  const known = new Set(Object.keys(MAY));
  expect(
    [...new Set(files.filter((file) => !ROOTS.test(file)).map(folder))].filter((room) => !known.has(room)),
  ).toEqual([]);
});

test('no file imports itself, whatever the way round', () => {
  const next = new Map<string, string[]>();
  for (const { file, imported } of imports) next.set(file, [...(next.get(file) ?? []), imported]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    done.add(file);
    for (const imported of next.get(file) ?? []) visit(imported, [...path, file]);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('nothing imports http, and no folder but the roots reads process.env (handing it on to a child is no reading)', () => {
  expect(
    imports.filter(
      ({ file, imported }) =>
        folder(imported).startsWith('http') && !folder(file).startsWith('http') && !ROOTS.test(file),
    ),
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
