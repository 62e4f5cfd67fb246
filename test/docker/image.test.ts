import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readText } from './deploy-files.ts';

const text = readText('docker/Dockerfile').replaceAll(/\\\n/g, ' ');
const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
const from = lines.findIndex((line) => line.endsWith('AS runtime'));
const [build, runtime] = [lines.slice(0, from), lines.slice(from)];
const { version, license } = JSON.parse(readText('package.json')) as { version: string; license: string };

test('two stages on Node 24: the compiler stays in the first', () => {
  expect(lines[0]).toBe('ARG NODE_IMAGE=node:24-bookworm-slim');
  expect(build.join('\n')).toMatch(/npm ci --ignore-scripts .*node scripts\/build-sqlite3\.mjs/);
  expect(build.join('\n')).toContain('gcc g++ make python3');
  expect(runtime.join('\n')).not.toMatch(/gcc|g\+\+|make |npm (ci|install)/);
  expect(build.join('\n')).toContain('npm prune --omit=dev');
});

test('it runs as nobody in particular, is told to stop by SIGTERM, says whether it is well', () => {
  const at = (start: string): number => runtime.findIndex((line) => line.startsWith(start));
  expect(runtime[at('USER')]).toBe('USER 10001:10001');
  expect(at('ENTRYPOINT')).toBeGreaterThan(at('USER'));
  expect(runtime[at('STOPSIGNAL')]).toBe('STOPSIGNAL SIGTERM');
  expect(runtime[at('HEALTHCHECK')]).toContain('CMD ["node", "/app/docker/health-check.mjs"]');
  expect(runtime.some((line) => /^RUN.*(chmod|chown) -R/.test(line))).toBe(false);
});

test('all that it writes is on a volume', () => {
  const volumes = JSON.parse(/^VOLUME (.*)$/m.exec(text)?.[1] ?? '[]') as string[];
  const written = [...text.matchAll(/TELLERLINE_\w+=(\S+)/g)].map(([, path = '']) => path);
  expect(written).toHaveLength(6);
  for (const path of written)
    expect(
      volumes.some((volume) => path === volume || path.startsWith(`${volume}/`)),
      path,
    ).toBe(true);
});

test('labels of the Open Container Initiative, and where the bill of materials is', () => {
  const labels = Object.fromEntries([...text.matchAll(/([\w.]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  expect(labels).toMatchObject({
    'org.opencontainers.image.title': 'Tellerline',
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.version': '${VERSION}',
    'org.opencontainers.image.revision': '${REVISION}',
    'tellerline.sbom.format': 'application/vnd.cyclonedx+json',
  });
  expect(text).toContain(`ARG VERSION=${version}`);
  expect(build.join('\n')).toContain('npm sbom --sbom-format cyclonedx --omit dev > sbom.cdx.json');
  expect(runtime.join('\n')).toContain(`COPY --from=build /build/sbom.cdx.json ${labels['tellerline.sbom.path']}`);
});

test('what is copied exists, and the builder is given it and nothing else', () => {
  const given = readText('.dockerignore').split('\n');
  expect(given).toContain('*');
  const copied = lines
    .flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
    .filter((source) => source !== '');
  expect(copied.length).toBeGreaterThan(8);
  for (const source of copied) {
    expect(existsSync(join(ROOT, source)), source).toBe(true);
    expect(given, source).toContain(`!${source}`);
  }
  const allowed = given.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(allowed.filter((one) => !copied.includes(one))).toEqual([]);
});

async function healthCheck(
  port: number,
  args: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
): Promise<number | null> {
  const child = spawn(process.execPath, [join(ROOT, 'docker/health-check.mjs'), ...args], {
    env: { TELLERLINE_HTTP_HOST: '0.0.0.0', TELLERLINE_HTTP_PORT: String(port), ...more },
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

test('the health check: 0 while the server is well, 1 when it says otherwise or is gone', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? 200 : 503;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    expect(await healthCheck(port)).toBe(0);
    expect(await healthCheck(port, ['/readyz'])).toBe(1);
    // the probes' own port goes before the web server's
    expect(await healthCheck(9, [], { TELLERLINE_HTTP_PROBE_PORT: String(port) })).toBe(0);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  expect(await healthCheck(port)).toBe(1);
});
