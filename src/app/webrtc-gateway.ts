import { isIPv6 } from 'node:net';
import type { Config } from '../config/schema.ts';
import { listedWords } from '../lib/listed-words.ts';
import type { Logger } from '../lib/logger.ts';
import { ProcessGateway } from '../media/webrtc/process-gateway.ts';

export function webrtcGateway(config: Config, logger: Logger): ProcessGateway {
  const { webrtc } = config;
  return new ProcessGateway(
    {
      ...webrtcAddresses(config),
      portMin: webrtc.port,
      portMax: webrtc.port,
      iceServers: listedWords(webrtc.ice_servers),
      most: webrtc.calls,
    },
    logger,
  );
}

/** ICE is bound to one address: the first. It is told to browsers as an address of its own family. */
export function webrtcAddresses({ webrtc, rtp, sip }: Pick<Config, 'webrtc' | 'rtp' | 'sip'>): {
  readonly host: string;
  readonly advertise?: string;
} {
  const [host = '127.0.0.1'] = listedWords(webrtc.host === '' ? rtp.host : webrtc.host);
  const told = listedWords(webrtc.advertise === '' ? sip.advertise : webrtc.advertise);
  const advertise = told.find((each) => isIPv6(each) === isIPv6(host)) ?? told[0];
  return { host, ...(advertise === undefined ? {} : { advertise }) };
}
