import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { readTrunks, type TrunkSettings } from '../config/trunks-file.ts';
import { ms } from '../domain/units.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { type EmbeddedSignalling, openEmbeddedSignalling } from '../sip-server/embedded-signalling.ts';
import { keepRegistrar, registrarOptions } from './keep-registrar.ts';
import { keysInTheClear } from './media-options.ts';
import { gaugesOf, type Part } from './part.ts';
import { keepSipCertificate, sipCertificate } from './sip-certificate.ts';
import { sourceOptions } from './source-options.ts';
import { takesBrowsers } from './takes-browsers.ts';

/** The embedded SIP server, and what is beside it. */
export interface EmbeddedSip {
  readonly sip: EmbeddedSignalling;
  readonly trunks: readonly TrunkSettings[];
  /** Undefined: browsers cannot call. */
  readonly browserKey: Uint8Array | undefined;
  readonly parts: readonly Part[];
}

export const keepsLadders = ({ sip }: Pick<Config, 'sip'>): boolean => sip.ladder_days > 0;

/** @throws IvrError PORT_IN_USE, CONFIG_INVALID, STORAGE_FAILED */
export async function embeddedSip(config: Config, scope: Scope, logger: Logger): Promise<EmbeddedSip> {
  const { sip: settings, limits } = config;
  const { ledger } = config.signalling;
  const [host = '', ...moreHosts] = listedWords(settings.host);
  const [advertised, ...alsoAdvertised] = listedWords(settings.advertise);
  const browserKey = takesBrowsers(config) ? randomBytes(32) : undefined;
  const [certificate, registrar, trunks] = await Promise.all([
    sipCertificate(config),
    registrarOptions(config, browserKey),
    config.trunks.file === '' ? [] : readTrunks(config.trunks.file),
  ]);
  const sip = scope.use(
    await openEmbeddedSignalling(
      {
        host,
        ...(moreHosts.length === 0 ? {} : { moreHosts }),
        port: settings.port,
        tcp: settings.tcp,
        setupsPerSecond: settings.setups_per_second,
        eventLoopLag: ms(limits.event_loop_lag_ms),
        sources: sourceOptions(config, trunks),
        ackMs: ms(settings.ack_ms),
        trunks: trunks.map((trunk) => ({
          ...trunk,
          limits: { ...trunk.limits, country: config.archive.country_code },
        })),
        ladders: keepsLadders(config),
        keysInTheClear: keysInTheClear(config),
        ...(certificate === undefined ? {} : { tls: certificate.tls }),
        ...(registrar === undefined ? {} : { registrar }),
        ...(ledger === '' ? {} : { ledger }),
        ...(advertised === undefined ? {} : { advertise: { host: advertised, more: alsoAdvertised } }),
      },
      logger,
    ),
  );
  const parts: Part[] = [];
  if (certificate !== undefined)
    parts.push(keepSipCertificate(certificate, (material) => sip.renewTls(material), scope, logger));
  if (registrar !== undefined) parts.push(keepRegistrar(config, sip, scope, logger));
  if (trunks.length > 0) parts.push(trunksPart(sip));
  return { sip, trunks, browserKey, parts };
}

const trunksPart = (sip: Pick<EmbeddedSignalling, 'statistics'>): Part => ({
  name: 'trunks',
  gauges: gaugesOf(
    {
      sip_trunks_unregistered: 'Trunks that we want to be registered with and are not; the log names them',
      sip_trunk_proxies_down: 'Proxies of trunks that do not answer; the log names them',
    },
    async () => {
      const { trunks } = await sip.statistics();
      return {
        sip_trunks_unregistered: trunks.filter(({ registered }) => registered === false).length,
        sip_trunk_proxies_down: trunks.reduce((down, { proxies, proxiesUp }) => down + proxies - proxiesUp, 0),
      };
    },
  ),
});
