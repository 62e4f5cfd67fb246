import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTls, type TlsFiles, type TlsMaterial } from '../../src/lib/tls-files.ts';

const openssl = promisify(execFile);
const KEYS = { certificate: 'certificate', key: 'key', authorities: 'authorities' };

/** An authority of the test's own, made by OpenSSL. */
export interface Authority extends AsyncDisposable {
  readonly folder: string;
  /** Its certificate. */
  readonly file: string;
  /** @param names - as OpenSSL writes them: `IP:127.0.0.1`, `DNS:bank.example`, `URI:sip:bank.example` */
  issue(name: string, names?: readonly string[], days?: number): Promise<Required<TlsFiles>>;
  /** The same, read. */
  material(name: string, names?: readonly string[]): Promise<TlsMaterial>;
}

/** SIP over TLS with those, on any port. */
export const tlsSettings = ({ certificate, key, authorities }: Required<TlsFiles>) => ({
  'sip.tls.port': 0,
  'sip.tls.certificate': certificate,
  'sip.tls.key': key,
  'sip.tls.authorities': authorities,
});

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export async function openAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-ca-'));
  const at = (name: string): string => join(folder, name);
  const file = at('ca.pem');
  const asked = ['req', '-x509', ...EC, '-days', '30', '-subj', '/CN=Test authority'];
  await openssl('openssl', [
    ...asked,
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-keyout',
    at('ca.key'),
    '-out',
    file,
  ]);
  const authority: Authority = {
    folder,
    file,
    async issue(name, names = ['IP:127.0.0.1'], days = 20) {
      const files = { certificate: at(`${name}.pem`), key: at(`${name}.key`), authorities: file };
      const [request, extensions] = [at(`${name}.csr`), at(`${name}.ext`)];
      await writeFile(extensions, `subjectAltName=${names.join(',')}\n`);
      await openssl('openssl', ['req', '-new', ...EC, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', request]);
      const signed = ['x509', '-req', '-in', request, '-CA', file, '-CAkey', at('ca.key'), '-CAcreateserial'];
      await openssl('openssl', [...signed, '-days', String(days), '-extfile', extensions, '-out', files.certificate]);
      return files;
    },
    material: async (name, names) => readTls(await authority.issue(name, names), KEYS),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  return authority;
}
