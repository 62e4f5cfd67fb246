// Makes the two verifiers that go into every export bundle from verify/ and src/verify: one file each, to be read by
// whoever does not trust us, so nothing is shortened.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

async function bundle(entry, platform) {
  const build = await rolldown({ input: join(root, 'verify', entry), platform, external: /^node:/ });
  const { output } = await build.generate({ format: 'esm', minify: false });
  await build.close();
  if (output.length !== 1) throw new Error(`${entry} became ${output.length} files`);
  return output[0].code;
}

/** @param folder - gets verify.mjs and verify.html */
export async function buildVerifier(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'verify.mjs'), await bundle('main.ts', 'node'));
  const script = (await bundle('page.ts', 'browser')).replaceAll('</script', '<\\/script');
  const hash = createHash('sha256').update(script).digest('base64');
  const page = readFileSync(join(root, 'verify', 'page.html'), 'utf8');
  writeFileSync(
    join(folder, 'verify.html'),
    page.replace('SCRIPT_HASH', hash).replace('SCRIPT', () => script),
  );
}
