import { isIP } from 'node:net';

export interface Source {
  readonly address: string;
  readonly port: number;
}

/** Packets in a row, of one SSRC, that make an unannounced source the one we talk to (symmetric RTP, RFC 4961). */
const LATCH_PACKETS = 2;
/** Packets from the latched source after which it stays: about a second. */
const CONFIRM_PACKETS = 50;

/**
 * Whom we take audio from and send it to. The address of the SDP is right unless a NAT is in between; then the packets
 * say so. Latched on to the first source that sends a plausible stream, moved only by the announced address itself while
 * unconfirmed, or by new SDP: whoever shoots packets at an open port later gets nothing.
 */
export class SourceLatch {
  #announced: Source | undefined;
  #latched: Source | undefined;
  #heard = 0;
  #candidate: (Source & { readonly ssrc: number; readonly sequence: number; readonly count: number }) | undefined;

  /** Where to send. Undefined until the far end is known. */
  get target(): Source | undefined {
    return this.#latched ?? this.#announced;
  }

  /** From now on nothing but new SDP moves it. */
  get confirmed(): boolean {
    return this.#latched !== undefined && this.#heard >= CONFIRM_PACKETS;
  }

  /** The SDP's address. One that was announced before, or is latched already, changes nothing. */
  announce(source: Source | undefined): void {
    const usable = source !== undefined && isIP(source.address) !== 0 && source.port > 0 ? source : undefined;
    if (usable === undefined || same(this.#announced, usable)) return;
    this.#announced = usable;
    if (same(this.#latched, usable)) return;
    this.#latched = undefined;
    this.#candidate = undefined;
    this.#heard = 0;
  }

  /** Whether a valid RTP packet is from the far end. */
  accept(address: string, port: number, ssrc: number, sequence: number): boolean {
    const latched = this.#latched;
    if (latched !== undefined && latched.port === port && latched.address === address) {
      if (this.#heard < CONFIRM_PACKETS) this.#heard++;
      return true;
    }
    if (this.confirmed) return false;
    const announced = this.#announced;
    if (announced !== undefined && announced.port === port && announced.address === address) {
      this.#latch(announced);
      return true;
    }
    if (latched !== undefined) return false;
    const before = this.#candidate;
    const follows =
      before !== undefined &&
      before.ssrc === ssrc &&
      before.port === port &&
      before.address === address &&
      ((sequence - before.sequence) & 0xffff) === 1;
    const count = follows ? before.count + 1 : 1;
    this.#candidate = { address, port, ssrc, sequence, count };
    if (count < LATCH_PACKETS) return false;
    this.#latch({ address, port });
    return true;
  }

  #latch(source: Source): void {
    this.#latched = source;
    this.#candidate = undefined;
    this.#heard = 1;
  }
}

const same = (a: Source | undefined, b: Source): boolean =>
  a !== undefined && a.address === b.address && a.port === b.port;
