import type { Server } from 'node:https';
import type { Logger } from '../lib/logger.ts';
import { followTls, type TlsFiles } from '../lib/tls-files.ts';

export const HTTP_TLS_KEYS = { certificate: 'http.tls.certificate', key: 'http.tls.key' } as const;

/** New connections get the new certificate; one that is not whole is told, and the one before stays. */
export const reloadTls = (server: Pick<Server, 'setSecureContext'>, files: TlsFiles, logger: Logger): Disposable =>
  followTls(files, HTTP_TLS_KEYS, {
    onRenewed(material) {
      server.setSecureContext(material);
      logger.info({}, 'the certificate of the web server was reloaded');
    },
    onUnusable: (error) =>
      logger.error({}, 'the new certificate of the web server cannot be used; the previous one stays in force', error),
  });
