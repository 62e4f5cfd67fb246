import { silentLogger } from '../../src/lib/logger.ts';
import {
  openSignalling,
  type SrfSignalling,
  type SrfSignallingOptions,
} from '../../src/signalling/drachtio/signalling-srf.ts';
import {
  type EmbeddedSignalling,
  type EmbeddedSignallingOptions,
  openEmbeddedSignalling,
} from '../../src/sip-server/embedded-signalling.ts';

/** Embedded signalling with drachtio-srf on it, as the product runs them. */
export interface Line extends AsyncDisposable {
  readonly embedded: EmbeddedSignalling;
  readonly signalling: SrfSignalling;
  readonly udp: string;
  readonly tcp: string;
}

export async function openChannel(
  options: Partial<EmbeddedSignallingOptions> = {},
  srf: Partial<SrfSignallingOptions> = {},
): Promise<Line> {
  const embedded = await openEmbeddedSignalling({ host: '127.0.0.1', port: 0, tcp: true, ...options }, silentLogger);
  const signalling = await openSignalling({ ...embedded.control, ...srf }, silentLogger);
  const address = (protocol: 'UDP' | 'TCP'): string => {
    const found = embedded.sipAddresses.find((each) => each.protocol === protocol);
    return `${found?.host}:${found?.port}`;
  };
  return {
    embedded,
    signalling,
    udp: address('UDP'),
    tcp: embedded.sipAddresses.length > 1 ? address('TCP') : '',
    async [Symbol.asyncDispose]() {
      await signalling[Symbol.asyncDispose]();
      await embedded.close();
    },
  };
}

export const OUR_SDP = `v=0\r
o=- 1 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio 20000 RTP/AVP 0 101\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
`;
