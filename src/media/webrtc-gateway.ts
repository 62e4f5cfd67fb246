/*
 * PORT. A WebRTC gateway (RFC 8825 section 3): stands between a browser and a leg's RTP port, ends ICE and DTLS-SRTP, and
 * passes plain RTP and RTCP on within this machine.
 */

export interface GatewayUser {
  /** ICE and DTLS are through: audio can flow. Once. */
  onConnected(): void;
  /** MEDIA_WORKER_LOST: the gateway has died. WEBRTC_NOT_CONNECTED: no way to the browser was found. */
  onFailed(code: 'MEDIA_WORKER_LOST' | 'WEBRTC_NOT_CONNECTED'): void;
}

/** One leg in the gateway. */
export interface GatewayLeg {
  /** What has happened before is told at once. */
  watch(user: GatewayUser): void;
  /**
   * Takes the browser's offer, or its answer to ours; gives it back as plain RTP that comes from the gateway.
   *
   * @throws IvrError SDP_MALFORMED, NO_COMMON_CODEC, MEDIA_WORKER_LOST
   */
  take(remoteSdp: string): Promise<string>;
  /**
   * Our description for plain RTP as the browser is told it: the answer to what was taken last, else an offer.
   *
   * @throws IvrError MEDIA_WORKER_LOST
   */
  describe(localSdp: string): Promise<string>;
  /** Idempotent, never rejects. */
  close(): Promise<void>;
}

export interface WebrtcGateway extends AsyncDisposable {
  /** @param media - where the leg's RTP comes and goes; RTCP on the next port. @throws IvrError MEDIA_WORKER_LOST, OVERLOADED */
  open(media: { readonly host: string; readonly port: number }): Promise<GatewayLeg>;
}
