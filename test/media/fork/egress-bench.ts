import { ms, sharedMs } from '../../../src/domain/units.ts';
import { lawOf } from '../../../src/audio/g711-law.ts';
import { newContactId, turnId } from '../../../src/domain/ids.ts';
import type { Clip } from '../../../src/media/engine/clip-store.ts';
import type { MediaEvent } from '../../../src/media/engine/media-protocol.ts';
import { ForkEgress } from '../../../src/media/freeswitch/fork-egress.ts';
import type { ForkSink } from '../../../src/media/freeswitch/fork-sink.ts';
import type { BargeIn, PlaybackId } from '../../../src/media/media-server.ts';
import type { ClipId } from '../../../src/speech/speech-service.ts';
import { clipId } from '../lines.ts';
import { media } from './fork-media.ts';

const turn = turnId(newContactId(Date.now()), 1);
const law = lawOf('PCMU');
/** Samples other than silence, all different from their neighbours. */
export const sound = (count: number, from = 0): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => law.toLinear[(Math.imul(i + from, 2654435761) >>> 16) % 0x70] ?? 0);

interface GrowingClip extends Clip {
  samples: Int16Array;
  available: number;
  state: 'arriving' | 'complete' | 'failed';
}

/** A mouth, its clips, and FreeSWITCH's end: what was sent since the latest kill. */
export class Bench {
  now = 0;
  full = false;
  overdue = false;
  readonly clips = new Map<ClipId, GrowingClip>();
  readonly events: MediaEvent[] = [];
  readonly wire: ('kill' | Int16Array)[] = [];
  /** What was heard of us, tick by tick: 0 where nothing. */
  readonly heard: number[] = [];
  readonly mouth: ForkEgress;
  readonly line: ForkSink;
  #ids = 0;

  constructor(connected = true) {
    const full = (): boolean => this.full;
    this.line = {
      get full() {
        return full();
      },
      audio: (bytes) => this.wire.push(new Int16Array(bytes.slice().buffer)),
      kill: () => this.wire.push('kill'),
    };
    this.mouth = new ForkEgress((event) => this.events.push(event), {
      now: () => ms(this.now),
      shared: () => sharedMs(performance.timeOrigin + this.now),
      clipOverdue: () => this.overdue,
      clips: { acquire: (id) => this.clip(id), release: () => undefined },
    });
    this.mouth.useMedia(media());
    if (connected) this.mouth.attach(this.line);
  }

  clip(id: ClipId): GrowingClip {
    const known = this.clips.get(id);
    if (known !== undefined) return known;
    const clip: GrowingClip = { id, samples: new Int16Array(0), available: 0, state: 'arriving', progressAt: ms(0) };
    this.clips.set(id, clip);
    return clip;
  }

  grow(name: string, samples: Int16Array, last = true): ClipId {
    const clip = this.clip(clipId(name));
    clip.samples = Int16Array.from([...clip.samples, ...samples]);
    clip.available = clip.samples.length;
    if (last) clip.state = 'complete';
    return clip.id;
  }

  play(clips: readonly ClipId[], bargeIn: BargeIn = 'none', loop = false): PlaybackId {
    const id = ++this.#ids as PlaybackId;
    this.mouth.play(id, turn, clips, bargeIn, loop);
    return id;
  }

  tick(count = 1): void {
    const frame = new Int16Array(160);
    for (let i = 0; i < count; i++) {
      this.now += 20;
      if (this.mouth.tick(frame)) this.heard.push(...frame);
      else this.heard.push(...Array.from({ length: 160 }, () => 0));
    }
  }

  finished() {
    return this.events.flatMap((event) =>
      event.type === 'playback-finished' ? [[event.playback, event.played, event.because]] : [],
    );
  }

  /** All audio sent, in order. */
  get sent(): number[] {
    return this.wire.flatMap((one) => (one === 'kill' ? [] : [...one]));
  }
}
