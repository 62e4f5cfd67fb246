import type { Config } from '../config/schema.ts';
import { type Milliseconds, ms, type WallMs } from '../domain/units.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import { expiryOf, followTls, readTls, type TlsFiles, type TlsMaterial } from '../lib/tls-files.ts';
import type { SipTlsOptions } from '../sip/stack.ts';
import { gaugesOf, type Part } from './part.ts';

const KEYS = {
  certificate: 'sip.tls.certificate',
  key: 'sip.tls.key',
  authorities: 'sip.tls.authorities',
} as const;
const DAY_MS = 86_400_000;
const EVERY: Milliseconds = ms(DAY_MS);
/** Days before the end: authorities that renew by themselves do it a month ahead. */
const WARNING = 30;
const ALARM = 7;

/** The certificate of SIP over TLS, and what makes it the one in use. */
export interface SipCertificate {
  readonly tls: SipTlsOptions;
  readonly files: TlsFiles;
}

/**
 * @returns undefined without SIP over TLS
 * @throws IvrError CONFIG_INVALID
 */
export async function sipCertificate({ sip }: Config): Promise<SipCertificate | undefined> {
  const { certificate, key, authorities, port, verify_clients: verifyClients } = sip.tls;
  if (certificate === '') return undefined;
  const files = { certificate, key, ...(authorities === '' ? {} : { authorities }) };
  return { files, tls: { port, verifyClients, material: await readTls(files, KEYS) } };
}

/** A renewed certificate is used without a restart; one that nobody renews is told of before its end. */
export function keepSipCertificate(
  { tls, files }: SipCertificate,
  renew: (material: TlsMaterial) => void,
  scope: Scope,
  logger: Logger,
): Part {
  let expiry = expiryOf(tls.material);
  tellExpiry(expiry, logger);
  const following = followTls(files, KEYS, {
    onRenewed(renewed) {
      expiry = expiryOf(renewed);
      renew(renewed);
      logger.info({}, 'the certificate of the SIP server was reloaded');
      tellExpiry(expiry, logger);
    },
    onUnusable: (error) =>
      logger.error({}, 'the new certificate of the SIP server cannot be used; the previous one stays in force', error),
  });
  scope.defer(() => following[Symbol.dispose]());
  scope.use(
    runEvery(
      { name: 'looking at the SIP certificate', every: EVERY, run: async () => tellExpiry(expiry, logger) },
      systemClock,
      logger,
    ),
  );
  return {
    name: 'sip certificate',
    gauges: gaugesOf(
      { sip_certificate_expiry_seconds: 'When the certificate of SIP over TLS expires, as Unix time' },
      () => ({ sip_certificate_expiry_seconds: expiry / 1000 }),
    ),
  };
}

function tellExpiry(expiry: WallMs, logger: Logger): void {
  const days = Math.floor((expiry - systemClock.wall()) / DAY_MS);
  if (days < 0) logger.error({}, 'the certificate of the SIP server (sip.tls.certificate) has expired');
  else if (days < ALARM) logger.error({ days }, 'the certificate of the SIP server expires within a week');
  else if (days < WARNING) logger.warn({ days }, 'the certificate of the SIP server expires within a month');
}
