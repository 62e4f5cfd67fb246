import { type SrtpKey, sameKey } from '../../domain/srtp.ts';
import { type MonotonicMs, ms, seconds } from '../../domain/units.ts';
import { SrtpReceiver } from '../../rtp/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../rtp/srtp/srtp-sender.ts';
import type { SrtpKeys } from '../engine/media-protocol.ts';

/** After a new key or plain RTP was agreed, packets with the key before may still be under way, or the far end takes its time. */
const FORMER_KEY_FOR = seconds(5);

interface Keyed<T> {
  readonly key: SrtpKey;
  readonly with: T;
}

/** Encryption of one leg (RFC 3711): what is agreed now, and for a while what was agreed before. */
export class LegSrtp {
  /** Datagrams that were not encrypted as agreed, were changed on the way, or came twice. */
  refused = 0;
  #sending: Keyed<SrtpSender> | undefined;
  #receiving: Keyed<SrtpReceiver> | undefined;
  #former: (Keyed<SrtpReceiver> & { readonly until: MonotonicMs }) | undefined;

  /** The leg is encrypted, or was a moment ago. */
  get on(): boolean {
    return this.#receiving !== undefined || this.#former !== undefined;
  }

  /**
   * Takes what was agreed. A key that stays goes on where it was: its counters never begin anew.
   *
   * @param keys - wiped here when they are needed no more; undefined: plain RTP
   * @returns whether counters begin from here, so that our stream must be a new one: the key may have protected the one before
   */
  use(keys: SrtpKeys | undefined, now: MonotonicMs): boolean {
    this.#receive(keys?.receive, now);
    const before = this.#sending;
    if (sameKey(before?.key, keys?.send)) {
      if (keys !== undefined && keys.send !== before?.key) keys.send.keying.fill(0);
      return false;
    }
    forget(before);
    this.#sending = keys === undefined ? undefined : { key: keys.send, with: new SrtpSender(keys.send) };
    return keys !== undefined;
  }

  /** What goes out instead of the packet; undefined: nothing may. */
  protect(packet: Buffer): Buffer | undefined {
    return this.#sending === undefined ? packet : this.#sending.with.rtp(packet);
  }

  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    return this.#sending === undefined ? packet : this.#sending.with.rtcp(packet);
  }

  /** The plain packet of a datagram; undefined: it is refused, and counted. */
  open(datagram: Buffer, of: 'rtp' | 'rtcp', now: MonotonicMs): Buffer | undefined {
    if (this.#receiving === undefined) return this.#formerly(now)?.[of](datagram, now) ?? datagram;
    const plain = this.#receiving.with[of](datagram, now) ?? this.#formerly(now)?.[of](datagram, now);
    if (plain === undefined) this.refused++;
    return plain;
  }

  close(): void {
    forget(this.#sending);
    forget(this.#receiving);
    forget(this.#former);
    this.#sending = this.#receiving = this.#former = undefined;
  }

  #receive(key: SrtpKey | undefined, now: MonotonicMs): void {
    const before = this.#receiving;
    if (sameKey(before?.key, key)) {
      if (key !== undefined && key !== before?.key) key.keying.fill(0);
      return;
    }
    forget(this.#former);
    this.#former = before === undefined ? undefined : { ...before, until: ms(now + FORMER_KEY_FOR) };
    this.#receiving =
      key === undefined
        ? undefined
        : { key, with: new SrtpReceiver(key, (ssrc) => this.#former?.with.rollOversOf(ssrc) ?? 0) };
  }

  #formerly(now: MonotonicMs): SrtpReceiver | undefined {
    if (this.#former !== undefined && now > this.#former.until) {
      forget(this.#former);
      this.#former = undefined;
    }
    return this.#former?.with;
  }
}

function forget(keyed: Keyed<SrtpSender | SrtpReceiver> | undefined): void {
  keyed?.key.keying.fill(0);
  keyed?.with.wipe();
}
