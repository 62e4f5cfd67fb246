import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { IvrError, systemCode } from '../domain/error.ts';
import { type WallMs, wallMs } from '../domain/units.ts';
import { followFiles } from './follow-files.ts';
import { textOf } from './text-of.ts';

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

/** @throws IvrError CONFIG_INVALID when they cannot be read or do not belong together */
export async function readTls({ certificate, key, authorities }: TlsFiles, keys: TlsKeys): Promise<TlsMaterial> {
  const material: TlsMaterial = {
    cert: await textOf(certificate, keys.certificate),
    key: await textOf(key, keys.key),
    ...(authorities === undefined ? {} : { ca: await textOf(authorities, keys.authorities ?? keys.certificate) }),
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
  const watched = [files.certificate, files.key, ...(files.authorities === undefined ? [] : [files.authorities])];
  return followFiles(watched, () => readTls(files, keys), onRenewed, onUnusable);
}
