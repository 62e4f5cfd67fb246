// Puts the compiled modules of build/ into a few files of dist/: what the product runs. A process or thread reads a few dozen files instead of two
// thousand, which is most of what its start costs (docs/decisions/0032-dist-is-bundled.md).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { filesIn } from './files-in.mjs';

/** Packages of very many small modules; all others stay in node_modules, as they are published. */
const BUNDLED = [
  'typebox',
  '@fastify/type-provider-typebox',
  'yaml',
  'pkijs',
  'asn1js',
  '@peculiar/utils',
  'bytestreamjs',
  'sm-crypto-v2',
  '@noble/ciphers',
  '@noble/curves',
  '@noble/hashes',
];
const isBundled = (id) => BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));

/** main.js, and the files that threads and processes start from: whoever starts one names it in a string. */
function entriesOf(modules) {
  const entries = new Set(['main.js']);
  for (const file of filesIn(modules).filter((name) => name.endsWith('.js')))
    for (const [, name] of readFileSync(join(modules, file), 'utf8').matchAll(
      /(?<!from )'((?:\.{1,2}\/)*[\w/-]*-(?:worker|process)\.js)'/g,
    )) {
      const entry = posix.join(posix.dirname(file), name);
      if (existsSync(join(modules, entry))) entries.add(entry);
    }
  return Object.fromEntries([...entries].map((file) => [file.slice(0, -3), join(modules, file)]));
}

/** Code finds what lies beside it by `import.meta.url`: it goes on to mean the module's own place, whichever file it comes into. */
const markPlaces = (modules) => ({
  name: 'mark-places',
  load(id) {
    if (!id.startsWith(modules)) return null;
    const place = `__placeOf__(${JSON.stringify(relative(modules, id))})`;
    const code = readFileSync(id, 'utf8').replace(/^(?!\s*(?:\*|\/\/)).*import\.meta\.url.*$/gm, (line) =>
      line.replaceAll('import.meta.url', place),
    );
    return { code, map: readFileSync(`${id}.map`, 'utf8') };
  },
});
const withPlaces = (code, fileName) =>
  code.replace(
    /__placeOf__\("([^"]+)"\)/g,
    (_, place) => `new URL(${JSON.stringify(posix.relative(posix.dirname(fileName), place))}, import.meta.url).href`,
  );

/** The licences of the packages whose code is in the bundle: it may go where node_modules does not. */
function writeLicences(output, to) {
  const folders = new Set(
    output.flatMap(({ moduleIds = [] }) =>
      moduleIds.flatMap((id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? []),
    ),
  );
  const packages = [...folders].map((folder) => ({
    folder,
    ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  }));
  const unused = BUNDLED.filter((bundled) => !packages.some(({ name }) => name === bundled));
  if (unused.length > 0) throw new Error(`nothing uses ${unused.join(', ')}, which would be bundled`);
  packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
  const texts = packages.map(({ folder, name, version, license }) => {
    const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
    if (files.length === 0) throw new Error(`${name} has no file with its licence`);
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(
    to,
    `Code of these packages is part of the files beside this one.\n\n${texts.join(`\n${'-'.repeat(78)}\n\n`)}`,
  );
}

/**
 * @param modules - what the compiler made, with its source maps
 * @param to - gets an entry for each process and thread, at the place of its module; what they share, in chunks/; and LICENSES.txt
 */
export async function bundle(modules, to) {
  const build = await rolldown({
    input: entriesOf(modules),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !isBundled(id),
    plugins: [markPlaces(modules)],
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    minify: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await build.close();
  for (const { type, fileName, code, source } of output) {
    mkdirSync(dirname(join(to, fileName)), { recursive: true });
    writeFileSync(join(to, fileName), type === 'chunk' ? withPlaces(code, fileName) : source);
  }
  writeLicences(output, join(to, 'LICENSES.txt'));
}
