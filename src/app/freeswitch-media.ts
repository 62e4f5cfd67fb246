import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { parseServers } from '../config/servers.ts';
import type { ControlAddress } from '../drachtio/drachtio-srf.ts';
import { mediaServerRoutes } from '../http/routes/media-servers.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openFreeswitchMediaServer } from '../media/freeswitch/freeswitch-media-server.ts';
import { type Media, mediaGauges } from './front-end-parts.ts';
import { mediaOptions } from './media-options.ts';
import type { Check } from './part.ts';
import { secretOf } from './secret-of.ts';

export async function freeswitchMedia(
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
        ...(keys.node === '' ? {} : { node: keys.node }),
      },
      logger,
    ),
  );
  return {
    media,
    part: {
      name: 'media',
      checks() {
        const servers = media.servers.map(({ state, draining }, index): Check => {
          const up = state !== 'up' ? state : draining ? 'draining' : 'ok';
          return { name: `media ${index + 1}`, state: up, stops: 'nothing' };
        });
        return media.servers.some(({ state, draining }) => state !== 'down' && !draining)
          ? servers
          : [...servers, { name: 'media', state: 'no media server takes calls', stops: 'line' }];
      },
      gauges: mediaGauges(async () => {
        const statistics = await media.statistics();
        return {
          media: statistics,
          serversUp: statistics.servers.filter(({ state }) => state === 'up').length,
          forksReattached: statistics.forksReattached,
          channelsOrphaned: statistics.orphansKilled,
        };
      }),
      routes: [
        mediaServerRoutes({ list: () => media.servers, drain: (host, draining) => media.drain(host, draining) }),
      ],
    },
  };
}
