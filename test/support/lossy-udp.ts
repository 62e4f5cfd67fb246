import { openUdpTransport } from '../../src/sip/transport/transport-udp.ts';

/** A UDP transport that loses datagrams, in or out, when `lost` says so. */
export const lossyUdp =
  (lost: () => boolean): typeof openUdpTransport =>
  async (options) => {
    const udp = await openUdpTransport({
      ...options,
      receive: (bytes, flow) => {
        if (!lost()) options.receive(bytes, flow);
      },
    });
    return {
      ...udp,
      send: (bytes, to, onError) => {
        if (!lost()) udp.send(bytes, to, onError);
      },
    };
  };
