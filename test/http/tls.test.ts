import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HTTP_TLS_KEYS } from '../../src/http/tls.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { type Logger, silentLogger } from '../../src/lib/logger.ts';
import { readTls } from '../../src/lib/tls-files.ts';
import { openTestConsole } from '../support/console.ts';

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function certificate(name: string): Promise<{ certificate: string; key: string }> {
  const files = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    files.key,
    '-out',
    files.certificate,
  ]);
  return files;
}
const get = (
  address: string,
  path: string,
): Promise<{ status: number; headers: Record<string, unknown>; subject: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(`${address}${path}`, { rejectUnauthorized: false, agent: false }, (reply) => {
      const subject = (reply.socket as TLSSocket).getPeerCertificate().subject.CN;
      reply
        .resume()
        .once('end', () =>
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, subject: String(subject) }),
        );
    });
    asked.once('error', reject).end();
  });

test('HTTPS with HSTS; a renewed certificate is served to new connections, a broken one is not', async () => {
  const files = await certificate('first');
  const next = await certificate('second');
  const refused = deferred<string>();
  const error = (_facts: unknown, message: string): void => refused.resolve(message);
  const logger: Logger = { ...silentLogger, error, child: () => logger };
  await using bank = await openTestConsole({ tls: files, logger });
  expect(bank.web.address).toMatch(/^https:/);
  const first = await get(bank.web.address, '/healthz');
  expect([first.status, first.subject, first.headers['strict-transport-security']]).toEqual([
    200,
    'first',
    'max-age=31536000',
  ]);
  await writeFile(files.certificate, 'half a certificate');
  expect(await refused.promise).toContain('cannot be used; the previous one stays in force');
  expect((await get(bank.web.address, '/healthz')).subject).toBe('first');
  await copyFile(next.key, files.key);
  await copyFile(next.certificate, files.certificate);
  await expect
    .poll(async () => (await get(bank.web.address, '/healthz')).subject, { timeout: 15_000, interval: 300 })
    .toBe('second');
});

test('over TLS the session’s cookie is secure and bound to the host', async () => {
  await using bank = await openTestConsole({ tls: await certificate('host') });
  const { token } = (await bank.client('legal')).person;
  const holder = await bank.staff.signIn.find(token, '127.0.0.1');
  expect(holder?.session.step).toBe('full');
  const reply = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const asked = request(
      `${bank.web.address}/api/staff/sign-out`,
      {
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        headers: { cookie: `__Host-tellerline-session=${token}`, 'x-tellerline-console': '1' },
      },
      (answer) => answer.resume().once('end', () => resolve(answer.headers)),
    );
    asked.once('error', reject).end();
  });
  expect(String(reply['set-cookie'])).toMatch(
    /^__Host-tellerline-session=;.*Path=\/;.*HttpOnly; Secure; SameSite=Strict/,
  );
  expect(await bank.staff.signIn.find(token, '127.0.0.1')).toBeUndefined();
});

test('files that are no certificate with its key are refused at the start, with their names', async () => {
  const one = await certificate('one');
  const other = await certificate('other');
  await expect(readTls({ certificate: one.certificate, key: other.key }, HTTP_TLS_KEYS)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  await expect(readTls({ certificate: join(folder, 'none'), key: one.key }, HTTP_TLS_KEYS)).rejects.toThrow(
    /http\.tls\.certificate/,
  );
});

test('the limits of requests hold over TLS as well', async () => {
  const files = await certificate('limits');
  await using bank = await openTestConsole({ tls: files });
  const status = await new Promise<number>((resolve, reject) => {
    request(
      `${bank.web.address}/healthz`,
      { rejectUnauthorized: false, agent: false, headers: { 'x-long': 'x'.repeat(10_000) } },
      (reply) => reply.resume().once('end', () => resolve(reply.statusCode ?? 0)),
    )
      .once('error', reject)
      .end();
  });
  expect(status).toBe(431);
});
