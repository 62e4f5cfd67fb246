import type { Config } from '../config/schema.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import { ProcessGateway } from '../media/webrtc/process-gateway.ts';

export function webrtcGateway({ webrtc, rtp, sip }: Config, logger: Logger): ProcessGateway {
  const advertise = webrtc.advertise === '' ? sip.advertise : webrtc.advertise;
  return new ProcessGateway(
    {
      host: webrtc.host === '' ? rtp.host : webrtc.host,
      portMin: webrtc.port,
      portMax: webrtc.port,
      iceServers: listedWords(webrtc.ice_servers),
      most: webrtc.calls,
      ...(advertise === '' ? {} : { advertise }),
    },
    logger,
  );
}
