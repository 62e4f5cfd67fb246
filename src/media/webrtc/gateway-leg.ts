import { ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import {
  type DtlsSetup,
  plainText,
  readWebrtc,
  transportText,
  type WebrtcAudio,
  type WebrtcTransport,
  webrtcText,
} from '../../sdp/webrtc.ts';
import type { GatewayLeg, GatewayUser } from '../webrtc-gateway.ts';
import type { GatewayChild } from './gateway-child.ts';

/** From our answer, or the browser's, until audio can flow. */
const CONNECT_LIMIT = ms(15_000);

export interface LegPlace {
  readonly child: GatewayChild;
  /** Its name in the gateway's process. */
  readonly leg: number;
  /** Where the gateway's end of the relay is. */
  readonly relay: { readonly host: string; readonly port: number };
  readonly advertise: string | undefined;
  readonly clock: Clock;
  readonly onClosed: () => void;
}

/**
 * One leg in the gateway: which connection to the browser stands, and what both sides have said of it. Hold, codecs and
 * address families are the leg's own business; a connection is made anew only when the browser restarts ICE (RFC 8839
 * section 4.4.1.1), for then its DTLS starts anew as well.
 */
export class LegInGateway implements GatewayLeg {
  readonly #place: LegPlace;
  #own: (WebrtcTransport & { readonly mid: string }) | undefined;
  #theirs: WebrtcAudio | undefined;
  /** What was taken last is an offer that wants an answer. */
  #toAnswer = false;
  /** Our offer wants an answer. */
  #offered = false;
  #user: GatewayUser | undefined;
  #connected = false;
  #failure: 'MEDIA_WORKER_LOST' | 'WEBRTC_NOT_CONNECTED' | undefined;
  #cancelDeadline: CancelTimer = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(place: LegPlace) {
    this.#place = place;
  }

  watch(user: GatewayUser): void {
    this.#user = user;
    if (this.#failure !== undefined) user.onFailed(this.#failure);
    else if (this.#connected) user.onConnected();
  }

  async take(remoteSdp: string): Promise<string> {
    const theirs = readWebrtc(remoteSdp);
    const { child, leg, relay } = this.#place;
    if (this.#offered) {
      this.#offered = false;
      if (!isSameConnection(this.#theirs, theirs)) {
        await child.ask({ type: 'answer', leg, sdp: transportText(theirs) });
        this.#settleRole(theirs.setup === 'active' ? 'passive' : 'active');
        this.#expectConnection();
      }
    } else {
      if (!isSameConnection(this.#theirs, theirs)) {
        const { sdp } = await child.ask({ type: 'connect', leg, offer: transportText(theirs) });
        this.#own = transportOf(sdp);
        this.#expectConnection();
      }
      this.#toAnswer = true;
    }
    this.#theirs = theirs;
    return plainText(theirs, relay);
  }

  async describe(localSdp: string): Promise<string> {
    const { child, leg, advertise } = this.#place;
    const theirs = this.#toAnswer ? this.#theirs : undefined;
    this.#toAnswer = false;
    // what was offered stands after its answer
    if (this.#own === undefined) {
      const { sdp } = await child.ask({ type: 'connect', leg, offer: undefined });
      this.#own = transportOf(sdp);
      this.#offered = true;
    }
    return webrtcText(localSdp, this.#own, { theirs, advertise });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** From the gateway's process. */
  connected(): void {
    this.#cancelDeadline();
    if (this.#connected) return;
    this.#connected = true;
    this.#user?.onConnected();
  }

  /** A browser that hangs up says so by DTLS first, and its BYE follows; one that has gone is found out by its silence (rtp.timeout_ms). */
  ended(): void {
    if (!this.#connected) this.fail('WEBRTC_NOT_CONNECTED');
  }

  fail(code: 'MEDIA_WORKER_LOST' | 'WEBRTC_NOT_CONNECTED'): void {
    this.#cancelDeadline();
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    this.#failure = code;
    this.#user?.onFailed(code);
  }

  async #close(): Promise<void> {
    const { child, leg, onClosed } = this.#place;
    this.#cancelDeadline();
    if (child.alive) await child.ask({ type: 'close', leg }).catch(() => undefined); // it is gone, and the leg with it
    onClosed();
  }

  /** For as long as the DTLS association lasts: a browser that is told otherwise ends the call (RFC 8842 section 5.5). */
  #settleRole(setup: DtlsSetup): void {
    if (this.#own !== undefined) this.#own = { ...this.#own, setup };
  }

  #expectConnection(): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#place.clock.after(CONNECT_LIMIT, () => this.fail('WEBRTC_NOT_CONNECTED'));
  }
}

/** The same ICE session and the same certificate: candidates alone may be new. */
const isSameConnection = (before: WebrtcAudio | undefined, now: WebrtcAudio): boolean =>
  before !== undefined &&
  before.ufrag === now.ufrag &&
  before.password === now.password &&
  before.fingerprint.toLowerCase() === now.fingerprint.toLowerCase();

function transportOf(sdp: string | undefined): WebrtcTransport & { readonly mid: string } {
  const { ufrag, password, fingerprint, setup, candidates, mid } = readWebrtc(sdp ?? '');
  return { ufrag, password, fingerprint, setup, candidates, mid };
}
