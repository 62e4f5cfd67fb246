import type { Config } from '../config/schema.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openEmbeddedMediaServer } from '../media/embedded/embedded-media-server.ts';
import type { Media } from './front-end-parts.ts';
import { mediaOptions } from './media-options.ts';

export async function embeddedMedia(config: Config, scope: Scope, logger: Logger): Promise<Media> {
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
    servers: () => Promise.resolve([]),
    drain: () => false,
    checks: () => Promise.resolve({}),
    gauges: async () => ({
      media: await media.statistics(),
      mediaServersUp: 1,
      forksReattached: 0,
      channelsOrphaned: 0,
    }),
  };
}
