import type { MonotonicMs } from '../../domain/units.ts';
import { isIP } from 'node:net';
import type { MediaSourceChange } from '../../domain/call-event.ts';
import {
  LOOK_AROUND,
  type MediaSource,
  type MediaSourceEvent,
  type NatPolicy,
  noSource,
  type Source,
  same,
  step,
  target,
} from '../../rtp/media-source.ts';
import type { SourcePacket } from '../../rtp/source-run.ts';

export interface SourceLatchHandlers {
  /** From now on another source is heard and spoken to than before. */
  onChange(because: MediaSourceChange): void;
  /** The far end is known for sure: nobody else needs to be heard. */
  settle(source: Source): void;
  /** Whoever sends is to be heard. */
  unsettle(): void;
}

/** So often (ms) the machine hears of a settled source: well within a pause or a hole that would begin its run anew. */
const TOLD_EVERY = 100;

/**
 * The machine of a leg's media source, with what it has settled so far. Of a settled source, which the kernel keeps others away
 * from, it is told now and then: audio that goes on changes nothing.
 */
export class SourceLatch {
  readonly #handlers: SourceLatchHandlers;
  #state: MediaSource;
  #settled = false;
  /** The last packet of the settled source, unless the machine has heard of it. */
  #untold: SourcePacket | undefined;
  #target: Source | undefined;

  constructor(policy: NatPolicy, handlers: SourceLatchHandlers) {
    this.#handlers = handlers;
    this.#state = noSource(policy);
  }

  /** Where to send. Undefined until the far end is known. */
  get target(): Source | undefined {
    return this.#target;
  }

  /** Valid RTP has come from the announced address: it is where it says that it is. */
  get proved(): boolean {
    return this.#state.proved;
  }

  /**
   * Offer or answer.
   *
   * @param announced - the address of the session description
   * @param signalling - the address that the far end's SIP messages come from; undefined: as before
   */
  offer(announced: Source | undefined, signalling: string | undefined): void {
    this.#tell();
    const usable = announced !== undefined && isIP(announced.address) !== 0 && announced.port > 0;
    this.#step({
      type: 'offered',
      announced: usable ? { address: canonical(announced.address), port: announced.port } : undefined,
      signalling: signalling === undefined || isIP(signalling) === 0 ? undefined : canonical(signalling),
    });
    const { heard } = this.#state;
    if (this.#settled && !same(heard?.source, this.#state.announced)) this.#unsettle();
  }

  /** Whether a valid RTP packet is the far end's. */
  accept(address: string, port: number, packet: SourcePacket): boolean {
    if (this.#goesOn(address, port, packet)) {
      this.#untold = packet;
      return true;
    }
    this.#tell();
    return this.#step({ type: 'packet-came', from: { address, port }, ...packet });
  }

  /** Anything else came from there. Whether that is the far end, as far as is known. */
  sign(address: string, port: number, at: MonotonicMs): boolean {
    const { heard, announced } = this.#state;
    const from = { address, port };
    if (!same(heard?.source ?? announced, from)) return false;
    this.#tell();
    this.#step({ type: 'sign-came', from, at });
    return true;
  }

  /** Whether it is an address of the far end, by its packets, its description or its signalling. */
  knows(address: string): boolean {
    const { heard, announced, policy, signalling } = this.#state;
    return (
      heard?.source.address === address ||
      announced?.address === address ||
      (policy !== 'off' && signalling === address)
    );
  }

  tick(at: MonotonicMs): void {
    const { heard } = this.#state;
    if (!this.#settled || heard === undefined || at - (this.#untold?.at ?? heard.heardAt) <= LOOK_AROUND) return;
    this.#tell();
    this.#step({ type: 'time-passed', at });
  }

  #tell(): void {
    const packet = this.#untold;
    const from = this.#state.heard?.source;
    this.#untold = undefined;
    if (packet !== undefined && from !== undefined) this.#step({ type: 'packet-came', from, ...packet });
  }

  /** A settled source sends more of its stream, of which the machine has heard lately. */
  #goesOn(address: string, port: number, { kind, ssrc, at }: SourcePacket): boolean {
    const { heard } = this.#state;
    if (!this.#settled || heard === undefined || heard.resting || kind !== 'audio') return false;
    if (heard.source.port !== port || heard.source.address !== address || heard.run.ssrc !== ssrc) return false;
    return at - heard.heardAt < TOLD_EVERY;
  }

  #step(event: MediaSourceEvent): boolean {
    const [state, ...effects] = step(this.#state, event);
    this.#state = state;
    let taken = false;
    let changed: MediaSourceChange | undefined;
    for (const effect of effects)
      switch (effect.do) {
        case 'take-packet':
          taken = true;
          break;
        case 'follow':
          changed = effect.because;
          break;
        case 'settle':
          if (this.#settled) break;
          this.#settled = true;
          this.#handlers.settle(effect.source);
          break;
        case 'unsettle':
          this.#unsettle();
      }
    this.#target = target(state);
    if (changed !== undefined) this.#handlers.onChange(changed);
    return taken;
  }

  #unsettle(): void {
    if (!this.#settled) return;
    this.#settled = false;
    this.#handlers.unsettle();
  }
}

/** As the system writes addresses of packets: an SDP may name them in other ways. */
function canonical(address: string): string {
  if (isIP(address) !== 6) return address;
  const [plain = '', zone] = address.split('%', 2);
  const { hostname } = new URL(`http://[${plain}]`);
  return zone === undefined ? hostname.slice(1, -1) : `${hostname.slice(1, -1)}%${zone}`;
}
