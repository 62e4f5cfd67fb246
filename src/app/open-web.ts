import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import type { Supervision } from '../agents/supervision.ts';
import type { QueueReports } from '../http/sources.ts';
import type { ArchiveServices } from '../archive/archive-services.ts';
import type { CallRegistry } from '../calls/call-registry.ts';
import type { Config } from '../config/schema.ts';
import { DEMO_CALLER } from '../bank/demo/demo-tables.ts';
import type { BrowserOptions } from '../http/browser/browser-routes.ts';
import type { BrowserTelephones } from '../http/browser/telephones.ts';
import { openHttp, type Web } from '../http/open-http.ts';
import type { DeskServices } from '../http/routes/desk/desk-routes.ts';
import { openProbes } from '../http/open-probes.ts';
import type { StatusSources } from '../http/sources.ts';
import { bearerToken } from '../http/token.ts';
import type { Journal } from '../journal/journal.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { Staff } from '../staff/open-staff.ts';
import { countEvents } from '../metrics/count-events.ts';
import { openGauges } from '../metrics/gauges.ts';
import { VERSION } from '../version.ts';
import type { Check } from './part.ts';
import type { Sum } from './sum-parts.ts';
import type { CheckWatch } from './watch-checks.ts';

export interface Watched {
  readonly parts: Sum;
  readonly checks: CheckWatch;
  readonly calls: CallRegistry;
  readonly journal: Journal;
  readonly staff: Staff;
  /** Undefined: it is switched off. */
  readonly archive: ArchiveServices | undefined;
  /** Undefined: browsers cannot call. */
  readonly browsers: BrowserTelephones | undefined;
  /** Undefined, all: there are no queues. */
  readonly desk: DeskServices | undefined;
  readonly supervision: Supervision | undefined;
  readonly reports: QueueReports | undefined;
}

/** Beside the compiled server; without it the console says how to build it. */
const CONSOLE_PAGES = fileURLToPath(new URL('../web', import.meta.url));

/**
 * The web server with what the parts bring to it, and the metrics.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID
 */
export async function openWeb(
  config: Config,
  watched: Watched,
  scope: Scope,
  logger: Logger,
): Promise<{ readonly web: Web; readonly token: string; readonly probes: string | undefined }> {
  const { parts, journal } = watched;
  const registry = new Registry();
  scope.defer(journal.subscribe(countEvents(registry)));
  const gauges = scope.use(openGauges(registry, parts.gauges.help, () => parts.gauges.read()));
  const token = await bearerToken(config.http.token_file);
  const { host, port, probe_port } = config.http;
  const { certificate, key } = config.http.tls;
  const probes = probesOf(watched);
  const shares = {
    trusted: listedWords(config.http.trusted),
    connectionsPerAddress: config.http.connections_per_address,
  };
  const apart =
    probe_port === 0 ? undefined : scope.use(await openProbes({ host, port: probe_port, ...shares }, probes, logger));
  const metrics = async () => {
    await gauges.refresh();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
  const web = scope.use(
    await openHttp(
      {
        ...shares,
        host,
        port,
        token,
        version: VERSION,
        openDocs: config.http.docs === 'open',
        proxies: listedWords(config.http.trust_proxy),
        tokenFile: config.http.token_file,
        ...(certificate === '' ? {} : { tls: { certificate, key } }),
        console: {
          staff: watched.staff,
          archive: watched.archive,
          folder: CONSOLE_PAGES,
          ...(watched.browsers === undefined ? {} : { telephones: watched.browsers }),
          ...(watched.desk === undefined ? {} : { desk: watched.desk }),
          ...(watched.supervision === undefined ? {} : { supervision: watched.supervision }),
          ...(watched.reports === undefined ? {} : { reports: watched.reports }),
        },
        ...(watched.browsers === undefined ? {} : { browsers: browsersOf(config, watched.browsers, journal) }),
        routes: parts.routes,
      },
      { ...probes, metrics },
      logger,
    ),
  );
  return { web, token, probes: apart?.address };
}

const browsersOf = ({ webrtc, bank }: Config, telephones: BrowserTelephones, journal: Journal): BrowserOptions => ({
  telephones,
  newcomer: webrtc.newcomer,
  ...(bank.adapter === 'demo' ? { customer: DEMO_CALLER } : {}),
  subscribe: (listener) => journal.subscribe(listener),
  calls: journal.calls,
});

/** The line is ready when a call would be taken: the same answer as callers get. */
const probesOf = ({ checks, calls }: Watched): Pick<StatusSources, 'health' | 'readiness'> => ({
  async health() {
    const now = await checks.now();
    return { ok: works(now), checks: shown(now) };
  },
  async readiness() {
    const now = await checks.now();
    const admission = calls.admission();
    const line = admission.take ? 'ok' : (admission.detail ?? admission.because);
    return { ok: works(now) && admission.take, checks: { ...shown(now), line } };
  },
});

const shown = (checks: readonly Check[]): Readonly<Record<string, string>> =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));

const works = (checks: readonly Check[]): boolean =>
  checks.every(({ state, stops }) => state === 'ok' || stops !== 'process');
