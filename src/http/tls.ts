import { watchFile, unwatchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { asError, IvrError, systemCode } from '../domain/error.ts';
import type { Logger } from '../lib/logger.ts';

/** PEM files. */
export interface TlsFiles {
  /** The certificate and those between it and the root, in this order. */
  readonly certificate: string;
  readonly key: string;
}
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: 'TLSv1.2';
}

/** How often the files are looked at: certificates are renewed by programs that know nothing of us. */
const LOOK_MS = 2_000;

/** @throws IvrError CONFIG_INVALID when they cannot be read or do not belong together */
export async function readTls({ certificate, key }: TlsFiles): Promise<TlsMaterial> {
  const read = async (file: string, name: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (thrown) {
      throw new IvrError(
        'CONFIG_INVALID',
        `cannot read ${file} (${systemCode(thrown) ?? 'unknown'}); see http.tls.${name}`,
        {},
        thrown,
      );
    }
  };
  const material = {
    cert: await read(certificate, 'certificate'),
    key: await read(key, 'key'),
    minVersion: 'TLSv1.2',
  } as const;
  try {
    createSecureContext(material);
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `${certificate} and ${key} are not a certificate and its key (${systemCode(thrown) ?? 'unknown'}); see http.tls.certificate`,
      {},
      thrown,
    );
  }
  return material;
}

/** New connections get the new certificate; one that is not whole is told, and the one before stays. */
export function reloadTls(server: Pick<Server, 'setSecureContext'>, files: TlsFiles, logger: Logger): Disposable {
  const reload = (): void => {
    readTls(files).then(
      (material) => {
        server.setSecureContext(material);
        logger.info({}, 'the certificate of the web server was reloaded');
      },
      (thrown: unknown) =>
        logger.error(
          {},
          'the new certificate of the web server cannot be used; the previous one is kept',
          asError(thrown),
        ),
    );
  };
  const watched = [files.certificate, files.key];
  for (const file of watched) watchFile(file, { interval: LOOK_MS, persistent: false }, reload);
  return {
    [Symbol.dispose]() {
      for (const file of watched) unwatchFile(file, reload);
    },
  };
}
