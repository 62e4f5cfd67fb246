import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Config } from './config/schema.ts';
import { parseServers } from './config/servers.ts';
import { openEmbeddedSignalling } from './control/embedded-signalling.ts';
import { IvrError, systemCode } from './domain/error.ts';
import { ms } from './domain/units.ts';
import type { Logger } from './lib/logger.ts';
import { Scope } from './lib/scope.ts';
import { openDrachtio } from './telephony/drachtio-signalling.ts';
import { openEmbeddedMediaServer } from './telephony/embedded/embedded-media-server.ts';
import { openFreeswitchMediaServer } from './telephony/freeswitch/freeswitch-media-server.ts';
import type { MediaServer, MediaStatistics } from './telephony/media-server.ts';
import type { Signalling } from './telephony/signalling.ts';
import { openSignalling } from './telephony/signalling-srf.ts';

/** What the application and its operators see of a front end, whichever it is. */
export interface FrontEnd extends AsyncDisposable {
  readonly signalling: Signalling;
  readonly media: MediaServer;
  /** Where callers reach us by UDP. */
  readonly sip: { readonly host: string; readonly port: number };
  /** A part has died without which there is no line. */
  readonly failed: Promise<Error>;
  /** False: new calls are refused with 503 and Retry-After; calls that are up go on. */
  setAdmission(admit: boolean, retryAfterSeconds: number): void;
  /** Whether a server is up that calls can come from. */
  ready(): boolean;
  /** Of each server: 'ok', or what is wrong. */
  checks(): Promise<Readonly<Record<string, string>>>;
  gauges(): Promise<FrontEndGauges>;
}

export interface FrontEndGauges extends SignallingGauges {
  readonly media: MediaStatistics;
  readonly mediaServersUp: number;
  readonly forksReattached: number;
  readonly channelsOrphaned: number;
}

interface SignallingGauges {
  readonly dialogs: number;
  readonly transactions: number;
  readonly malformed: number;
  readonly retransmissions: number;
  readonly sipServersUp: number;
  readonly callsOrphaned: number;
}

interface Line extends Pick<FrontEnd, 'signalling' | 'sip' | 'ready' | 'setAdmission' | 'checks'> {
  gauges(): Promise<SignallingGauges>;
}

interface Media extends Pick<FrontEnd, 'media' | 'checks'> {
  gauges(): Promise<Omit<FrontEndGauges, keyof SignallingGauges>>;
}

interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/**
 * Opens the signalling and the media that the configuration names, in any combination.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID, CONTROL_PROTOCOL, MEDIA_SERVER_LOST, MEDIA_WORKER_LOST, MODEL_MISSING
 */
export async function openFrontEnd(config: Config, logger: Logger): Promise<FrontEnd> {
  const scope = new Scope((error) => logger.error({}, 'a part of the front end did not close', error));
  try {
    let failed: Promise<Error> = new Promise(() => undefined);
    let control: readonly ControlAddress[];
    let openLine: () => Promise<Line>;
    if (config.signalling.kind === 'drachtio') {
      const secret = await secretOf('signalling', config.signalling);
      control = parseServers(config.signalling.servers).map(({ host, port }) => ({ host, port, secret }));
      openLine = () => drachtioLine(config, control, secret, scope, logger);
    } else {
      // FreeSWITCH's legs need it before there is a line
      const sip = scope.use(await embeddedSip(config, logger));
      failed = new Promise((resolve) => sip.onLost(resolve));
      control = [sip.control];
      openLine = () => embeddedLine(config, sip, scope, logger);
    }
    const media = await (config.media.kind === 'freeswitch'
      ? freeswitchMedia(config, control, scope, logger)
      : embeddedMedia(config, scope, logger));
    const line = await openLine();
    return {
      signalling: line.signalling,
      media: media.media,
      sip: line.sip,
      failed,
      ready: () => line.ready(),
      setAdmission: (admit, retryAfter) => line.setAdmission(admit, retryAfter),
      checks: async () => ({ ...(await line.checks()), ...(await media.checks()) }),
      async gauges() {
        const [sip, rtp] = await Promise.all([line.gauges(), media.gauges()]);
        return { ...sip, ...rtp };
      },
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

type EmbeddedSip = Awaited<ReturnType<typeof openEmbeddedSignalling>>;

const embeddedSip = ({ sip, limits }: Config, logger: Logger): Promise<EmbeddedSip> =>
  openEmbeddedSignalling(
    {
      host: sip.host,
      port: sip.port,
      tcp: sip.tcp,
      maxSetupsPerSecond: sip.setups_per_second,
      maxLag: ms(limits.event_loop_lag_ms),
      ...(sip.advertise === '' ? {} : { advertise: { host: sip.advertise } }),
    },
    logger,
  );

async function embeddedLine(config: Config, sip: EmbeddedSip, scope: Scope, logger: Logger): Promise<Line> {
  const signalling = scope.use(await openSignalling(sip.control, logger));
  const udp = sip.sipAddresses.find(({ protocol }) => protocol === 'UDP');
  return {
    signalling,
    sip: { host: udp?.host ?? config.sip.host, port: udp?.port ?? config.sip.port },
    ready: () => true,
    setAdmission: (admit, retryAfter) => sip.setAdmission(admit, retryAfter),
    checks: () => Promise.resolve({}),
    async gauges() {
      const { dialogs, incoming, outgoing, stack } = await sip.statistics();
      return {
        dialogs: dialogs + incoming + outgoing,
        transactions: stack.serverTransactions + stack.clientTransactions,
        malformed: sum(stack.dropped) + sum(stack.refused),
        retransmissions: stack.retransmissionsSent,
        sipServersUp: 1,
        callsOrphaned: 0,
      };
    },
  };
}

async function drachtioLine(
  { signalling: { tags, listen, listen_allow: allow, ledger } }: Config,
  servers: readonly ControlAddress[],
  secret: string,
  scope: Scope,
  logger: Logger,
): Promise<Line> {
  const [address] = parseServers(listen);
  const signalling = scope.use(
    await openDrachtio(
      {
        servers,
        secret,
        tags: listed(tags),
        ...(address === undefined ? {} : { listen: { ...address, allow: listed(allow) } }),
        ...(ledger === '' ? {} : { ledger }),
      },
      logger,
    ),
  );
  return {
    signalling,
    get sip() {
      const [, host = servers[0]?.host ?? '', port = '5060'] =
        /udp\/(.+?):(\d+)(?:,|$)/i.exec(signalling.hostports) ?? [];
      return { host, port: Number(port) };
    },
    ready: () => signalling.ready,
    setAdmission: (admit, retryAfter) => signalling.setAdmission(admit, retryAfter),
    checks: () =>
      Promise.resolve(
        Object.fromEntries(
          signalling
            .statistics()
            .servers.map((server) => [
              `sip ${server.host}:${server.port}`,
              server.state === 'up' ? 'ok' : (server.problem ?? 'down'),
            ]),
        ),
      ),
    gauges() {
      const { incoming, dialling, dialogs, servers: now, orphans } = signalling.statistics();
      return Promise.resolve({
        dialogs: incoming + dialling + dialogs,
        transactions: 0,
        malformed: now.reduce((all, { dropped }) => all + dropped, 0),
        retransmissions: 0,
        sipServersUp: now.filter(({ state }) => state === 'up').length,
        callsOrphaned: orphans.found,
      });
    },
  };
}

const mediaOptions = ({ rtp, speech }: Config) =>
  ({
    workers: rtp.workers === 0 ? Math.max(1, availableParallelism() - 1) : rtp.workers,
    rtpTimeoutMs: rtp.timeout_ms,
    codecs: ['PCMU', 'PCMA'],
    vad: speech.voice_activity_detection,
    inbandDtmf: rtp.inband_dtmf,
  }) as const;

async function embeddedMedia(config: Config, scope: Scope, logger: Logger): Promise<Media> {
  const { rtp, sip } = config;
  const media = scope.use(
    await openEmbeddedMediaServer(
      {
        ...mediaOptions(config),
        host: rtp.host,
        ...(sip.advertise === '' ? {} : { advertise: sip.advertise }),
        portRange: { min: rtp.port_min, max: rtp.port_max },
      },
      logger,
    ),
  );
  return {
    media,
    checks: () => Promise.resolve({}),
    gauges: async () => ({
      media: await media.statistics(),
      mediaServersUp: 1,
      forksReattached: 0,
      channelsOrphaned: 0,
    }),
  };
}

async function freeswitchMedia(
  config: Config,
  control: readonly ControlAddress[],
  scope: Scope,
  logger: Logger,
): Promise<Media> {
  const { media: keys } = config;
  const secret = await secretOf('media', keys);
  const advertise = keys.advertise === '' ? {} : { advertise: keys.advertise };
  const media = scope.use(
    await openFreeswitchMediaServer(
      {
        ...mediaOptions(config),
        servers: parseServers(keys.servers).map((server) => ({ ...server, secret })),
        signalling: control,
        listen: { host: keys.listen_host, port: keys.listen_port, ...advertise },
        fork: {
          host: keys.fork_host,
          ports: { min: keys.fork_port_min, max: keys.fork_port_max },
          // FreeSWITCH learns them leg by leg
          user: 'tellerline',
          password: randomBytes(18).toString('base64url'),
          ...advertise,
        },
        profile: keys.profile,
      },
      logger,
    ),
  );
  return {
    media,
    async checks() {
      const { servers } = await media.statistics();
      return Object.fromEntries(
        servers.map(({ host, state, draining }) => [
          `media ${host}`,
          state !== 'up' ? state : draining ? 'draining' : 'ok',
        ]),
      );
    },
    async gauges() {
      const statistics = await media.statistics();
      return {
        media: statistics,
        mediaServersUp: statistics.servers.filter(({ state }) => state === 'up').length,
        forksReattached: statistics.forksReattached,
        channelsOrphaned: statistics.orphansKilled,
      };
    },
  };
}

/** @throws IvrError CONFIG_INVALID when its file cannot be read or is empty */
async function secretOf(
  section: string,
  { secret, secret_file: file }: { readonly secret: string; readonly secret_file: string },
): Promise<string> {
  if (file === '') return secret;
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new IvrError(
      'CONFIG_INVALID',
      `${section}.secret_file: ${file} cannot be read (${systemCode(thrown) ?? 'unknown'})`,
      {},
      thrown,
    );
  });
  const read = text.trim();
  if (read === '') throw new IvrError('CONFIG_INVALID', `${section}.secret_file: ${file} is empty`);
  return read;
}

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
