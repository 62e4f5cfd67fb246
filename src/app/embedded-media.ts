import type { Config } from '../config/schema.ts';
import { mediaServerRoutes } from '../http/routes/media-servers.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openEmbeddedMediaServer } from '../media/embedded/embedded-media-server.ts';
import { type Media, mediaGauges } from './front-end-parts.ts';
import { configuredSuites, keysInTheClear, mediaOptions } from './media-options.ts';
import { takesBrowsers } from './takes-browsers.ts';
import { webrtcGateway } from './webrtc-gateway.ts';

export async function embeddedMedia(config: Config, scope: Scope, logger: Logger): Promise<Media> {
  const { rtp, sip } = config;
  const gateway = takesBrowsers(config) ? scope.use(webrtcGateway(config, logger)) : undefined;
  const media = scope.use(
    await openEmbeddedMediaServer(
      {
        ...mediaOptions(config),
        hosts: listedWords(rtp.host),
        advertise: listedWords(sip.advertise),
        nat: rtp.nat,
        srtp: { policy: rtp.srtp, suites: configuredSuites(config), keysInTheClear: keysInTheClear(config) },
        portRange: { min: rtp.port_min, max: rtp.port_max },
        ...(gateway === undefined ? {} : { webrtc: gateway }),
      },
      logger,
    ),
  );
  return {
    media,
    ...(gateway === undefined ? {} : { warmWebrtc: () => gateway.warm() }),
    part: {
      name: 'media',
      checks: () => [
        { name: 'media', state: media.ready ? 'ok' : 'no RTP port or no media worker is free', stops: 'line' },
      ],
      gauges: mediaGauges(async () => ({
        media: await media.statistics(),
        serversUp: 1,
        forksReattached: 0,
        channelsOrphaned: 0,
      })),
      routes: [mediaServerRoutes({ list: () => [], drain: () => false })],
    },
  };
}
