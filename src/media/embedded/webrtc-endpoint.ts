import type { EndpointLeg } from '../engine/worker-endpoint.ts';
import type { EndpointOptions } from '../media-server.ts';
import type { GatewayLeg } from '../webrtc-gateway.ts';
import { EmbeddedEndpoint } from './embedded-endpoint.ts';

/**
 * What is agreed with a browser: to the leg its far end is the gateway, by plain RTP; the browser is told of the gateway's
 * ICE and DTLS. Nothing is played before audio can flow, or its beginning would be lost.
 */
export class WebrtcEndpoint extends EmbeddedEndpoint {
  readonly overWebrtc = true;
  readonly #leg: EndpointLeg;
  readonly #gateway: GatewayLeg;
  #told = '';
  #consented: boolean;
  #connected = false;

  /**
   * @param options - `remoteSdp` as the gateway gave it back
   * @throws IvrError NO_COMMON_CODEC, SDP_MALFORMED
   */
  constructor(
    leg: EndpointLeg,
    media: ConstructorParameters<typeof EmbeddedEndpoint>[1],
    { remoteSdp, awaitConsent = false }: Pick<EndpointOptions, 'remoteSdp' | 'awaitConsent'>,
    gateway: GatewayLeg,
  ) {
    super(leg, media, remoteSdp === undefined ? {} : { remoteSdp });
    this.#leg = leg;
    this.#gateway = gateway;
    this.#consented = !awaitConsent;
    gateway.watch({
      onConnected: () => {
        this.#connected = true;
        this.#begin();
      },
      onFailed: (code) => leg.fail(code),
    });
  }

  override get localSdp(): string {
    return this.#told;
  }

  override async modify(remoteSdp: string): Promise<string> {
    await super.modify(await this.#gateway.take(remoteSdp));
    return this.describe();
  }

  /** @throws IvrError MEDIA_WORKER_LOST */
  async describe(): Promise<string> {
    this.#told = await this.#gateway.describe(super.localSdp);
    return this.#told;
  }

  consent(): void {
    this.#consented = true;
    this.#begin();
  }

  override async release(): Promise<void> {
    await Promise.all([super.release(), this.#gateway.close()]);
  }

  #begin(): void {
    if (this.#consented && this.#connected) this.#leg.post({ type: 'consent' });
  }
}
