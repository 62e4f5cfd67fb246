import { ms } from '../../src/domain/units.ts';
import {
  type MediaSource,
  type MediaSourceEffect,
  type MediaSourceEvent,
  type NatPolicy,
  noSource,
  type Source,
  step,
} from '../../src/rtp/media-source.ts';

export const ANNOUNCED: Source = { address: '198.51.100.7', port: 4_000 };
export const PRIVATE: Source = { address: '10.99.0.7', port: 40_000 };
/** A NAT's: the signalling comes from this address as well. */
export const NATTED: Source = { address: '198.51.100.7', port: 31_337 };
export const NEIGHBOUR: Source = { address: '198.51.100.7', port: 5_555 };
export const STRANGER: Source = { address: '203.0.113.9', port: 9 };
export const SIGNALLING = '198.51.100.7';

/** A machine and what it has done, with streams that send to it. */
export class Bench {
  state: MediaSource;
  readonly effects: MediaSourceEffect[] = [];
  readonly taken: Source[] = [];
  at = 0;

  constructor(policy: NatPolicy = 'same-address', announced: Source | undefined = ANNOUNCED) {
    this.state = noSource(policy);
    this.offer(announced);
  }

  run(event: MediaSourceEvent): void {
    const [state, ...effects] = step(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    if (event.type === 'packet-came' && effects.some((effect) => effect.do === 'take-packet'))
      this.taken.push(event.from);
  }

  offer(announced: Source | undefined, signalling: string | undefined = SIGNALLING): void {
    this.run({ type: 'offered', announced, signalling });
  }

  /** Streams side by side, each for its time, in the order of their packets. */
  streams(...streams: readonly Stream[]): void {
    const packets = streams.flatMap((stream) => stream.packets(this.at));
    packets.sort((a, b) => a.at - b.at);
    for (const packet of packets) this.run(packet);
    this.at = Math.max(this.at, ...packets.map(({ at }) => at + 20));
  }

  get changes(): (string | undefined)[] {
    return this.effects.flatMap((effect) => (effect.do === 'follow' ? [effect.because] : []));
  }

  heard(source: Source): number {
    return this.taken.filter((one) => one.address === source.address && one.port === source.port).length;
  }
}

interface StreamOptions {
  readonly for: number;
  readonly after?: number;
  /** Milliseconds from packet to packet, and of audio in each. */
  readonly every?: number;
  readonly audio?: number;
  /** So many packets at once. */
  readonly burst?: number;
  readonly kind?: 'audio' | 'key' | 'comfort-noise' | 'other';
}

/** A sender: its numbers go on from one stream to the next. */
export class Sender {
  source: Source;
  readonly ssrc: number;
  sequence: number;

  constructor(source: Source, ssrc: number, sequence = 100) {
    this.source = source;
    this.ssrc = ssrc;
    this.sequence = sequence;
  }

  sends(options: StreamOptions): Stream {
    return new Stream(this, options);
  }
}

export class Stream {
  readonly #sender: Sender;
  readonly #options: StreamOptions;

  constructor(sender: Sender, options: StreamOptions) {
    this.#sender = sender;
    this.#options = options;
  }

  packets(from: number): (MediaSourceEvent & { readonly type: 'packet-came' })[] {
    const { after = 0, every = 20, audio = 20, burst = 1, kind = 'audio' } = this.#options;
    const { source, ssrc } = this.#sender;
    const count = Math.ceil(this.#options.for / every) * burst;
    return Array.from({ length: count }, (_, n) => ({
      type: 'packet-came' as const,
      from: source,
      ssrc,
      sequence: this.#sender.sequence++ & 0xffff,
      kind,
      audioMs: kind === 'audio' ? audio : 0,
      at: ms(from + after + Math.floor(n / burst) * every + (n % burst) / 10),
    }));
  }
}
