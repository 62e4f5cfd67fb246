import { X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import { type WallMs, wallMs } from '../domain/units.ts';

/** PEM files. */
export interface TlsFiles {
  /** The certificate and those between it and the root, in this order. */
  readonly certificate: string;
  readonly key: string;
  /** The authorities whose certificates are accepted of far ends; absent: those that Node.js knows. */
  readonly authorities?: string;
}

/** PEM: what `node:tls` takes, and what threads may be sent. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly minVersion: 'TLSv1.2';
}

/** The configuration keys that an error names. */
export interface TlsKeys {
  readonly certificate: string;
  readonly key: string;
  readonly authorities?: string;
}

/** How often the files are looked at: certificates are renewed by programs that know nothing of us. */
const LOOK_MS = 2_000;

/** @throws IvrError CONFIG_INVALID when they cannot be read or do not belong together */
export async function readTls({ certificate, key, authorities }: TlsFiles, keys: TlsKeys): Promise<TlsMaterial> {
  const read = async (file: string, name: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (thrown) {
      const code = systemCode(thrown) ?? 'unknown';
      throw new IvrError('CONFIG_INVALID', `cannot read ${file} (${code}); see ${name}`, {}, thrown);
    }
  };
  const material: TlsMaterial = {
    cert: await read(certificate, keys.certificate),
    key: await read(key, keys.key),
    ...(authorities === undefined ? {} : { ca: await read(authorities, keys.authorities ?? keys.certificate) }),
    minVersion: 'TLSv1.2',
  };
  const usable = (what: string, name: string, options: Partial<TlsMaterial>): void => {
    try {
      createSecureContext(options);
    } catch (thrown) {
      const code = systemCode(thrown) ?? 'unknown';
      throw new IvrError('CONFIG_INVALID', `${what} (${code}); see ${name}`, {}, thrown);
    }
  };
  const { ca, ...own } = material;
  usable(`${certificate} and ${key} are not a certificate and its key`, keys.certificate, own);
  if (ca === undefined || keys.authorities === undefined) return material;
  // OpenSSL takes a file without any, and then nobody's certificate is accepted
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new IvrError('CONFIG_INVALID', `${authorities} has no certificate; see ${keys.authorities}`, {});
  usable(`${authorities} is not a list of certificates`, keys.authorities, material);
  return material;
}

/** Until when the server's own certificate, the first of the chain, is valid. */
export const expiryOf = ({ cert }: Pick<TlsMaterial, 'cert'>): WallMs =>
  wallMs(Date.parse(new X509Certificate(cert).validTo));

export interface TlsFollower {
  readonly onRenewed: (material: TlsMaterial) => void;
  readonly onUnusable: (error: Error) => void;
}

/** Reads the files again when one of them changes. What is not whole is told, and what was read before stays in use. */
export function followTls(files: TlsFiles, keys: TlsKeys, { onRenewed, onUnusable }: TlsFollower): Disposable {
  const reload = (): void => {
    readTls(files, keys).then(onRenewed, (thrown: unknown) => onUnusable(asError(thrown)));
  };
  const watched = [files.certificate, files.key, ...(files.authorities === undefined ? [] : [files.authorities])];
  for (const file of watched) watchFile(file, { interval: LOOK_MS, persistent: false }, reload);
  return {
    [Symbol.dispose]() {
      for (const file of watched) unwatchFile(file, reload);
    },
  };
}
