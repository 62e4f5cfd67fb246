import { codecOf } from '../../audio/codecs.ts';
import {
  FRAME_SAMPLES,
  type LegSample,
  legSample,
  type SharedMs,
  sharedMs,
  type MonotonicMs,
  ms,
} from '../../domain/units.ts';
import type { KeyTransport, TapTarget } from '../media-server.ts';
import type { HeardPacket } from './heard-packet.ts';
import { type KeyEvent, noPresses, step } from './key-presses.ts';
import type { LegServices } from './leg-services.ts';
import { LegTap } from './leg-tap.ts';
import type { EndpointCommand, MediaEvent, NegotiatedMedia } from './media-protocol.ts';
import type { LegVoice } from './playback-queue.ts';
import { SecretEntry } from './secret-entry.ts';
import { SpeechInput } from './speech-input.ts';

const PER_MS = 8;

export interface LegPipelineOptions {
  readonly record: TapTarget | undefined;
  readonly listen: boolean;
  readonly emit: (event: MediaEvent) => void;
}

export interface LegPipelineParts {
  readonly voice: LegVoice;
  /** Whether a key is down, by its events: not known of every stream. */
  readonly keyHeld: (now: MonotonicMs) => boolean;
}

/**
 * What a leg can do whatever its audio comes by: hear speech and keys, keep a secret, add to the recording, and carry out
 * the commands that concern these. All of it on the leg's clock, which is the recording's.
 */
export class LegPipeline {
  readonly speechInput: SpeechInput;
  readonly entry: SecretEntry;
  readonly tap: LegTap | undefined;
  /** Of position 0, by `performance.now()` of this thread. */
  readonly origin: MonotonicMs;
  readonly #services: LegServices;
  readonly #voice: LegVoice;
  readonly #emit: (event: MediaEvent) => void;
  /** Position of the next frame that we send, on the playout grid. */
  #grid: LegSample | undefined;
  #presses = noPresses;
  /** More keys than anybody presses. */
  keysDropped = 0;
  #paused = false;
  #hidden = false;

  constructor(options: LegPipelineOptions, { voice, keyHeld }: LegPipelineParts, services: LegServices) {
    const { record, listen, emit } = options;
    this.#services = services;
    this.#voice = voice;
    this.#emit = emit;
    this.origin = record === undefined ? services.now() : ms(record.shared - performance.timeOrigin);
    this.speechInput = new SpeechInput(
      {
        emit,
        pause: () => voice.pauseForSpeech(),
        onTone: (digit, position, pressed) => {
          const at = ms(this.origin + position / PER_MS);
          this.#onKey(pressed ? { type: 'told', digit, via: 'inband', at, certain: false } : held(digit, 'inband', at));
        },
        position: () => this.position(),
        timeAt: (position) => this.timeAt(position),
      },
      services,
      listen,
    );
    this.entry = new SecretEntry({
      begin: () => this.#hide(),
      end: () => this.#hide(),
      keyHeld,
      position: () => this.position(),
    });
    if (record !== undefined)
      this.tap = new LegTap(record, services.tapChannel, legSample(Math.max(0, Math.floor(this.position()))));
  }

  /** What our far end says is neither recorded nor heard by recognizers: a secret entry, or a pause of the recording. */
  get hides(): boolean {
    return this.entry.hides || this.#paused;
  }

  /** The leg's time now. */
  position(now: MonotonicMs = this.#services.now()): LegSample {
    return legSample((now - this.origin) * PER_MS);
  }

  timeAt(position: LegSample): SharedMs {
    return sharedMs(performance.timeOrigin + this.origin + position / PER_MS);
  }

  /** Where on the grid this tick's frame lies; `skipped` samples before it are given up. */
  place(due: MonotonicMs, skipped: number): LegSample {
    let grid: number | undefined = this.#grid;
    if (grid === undefined) {
      grid = Math.max(0, Math.round(this.position(due)));
      this.tap?.saidNothing(legSample(0), grid);
    } else grid += skipped;
    this.#grid = legSample(grid + FRAME_SAMPLES);
    return legSample(grid);
  }

  /** Commands that are not of these are left to the leg. */
  command(command: EndpointCommand): void {
    switch (command.type) {
      case 'play':
        return this.#voice.play(command.playback, command.turn, command.clips, command.bargeIn, command.loop);
      case 'stop':
        return this.#voice.stop(command.playback, 'stopped');
      case 'resume':
        return this.#voice.resume(command.playback);
      case 'listen':
        return this.speechInput.listen(command.policy);
      case 'end-utterance':
        return this.speechInput.endUtterance(command.utterance);
      case 'submit':
        return this.speechInput.submit(command.utterance, command.job);
      case 'key': {
        const { digit, via } = command;
        // of what FreeSWITCH tells, ends whose timestamps a relay has moved are presses of their own
        return this.#onKey({ type: 'told', digit, via, at: this.#services.now(), certain: via === 'info' });
      }
      case 'secure':
        return this.entry.set(command.on, this.#services.now());
      case 'pause-recording':
        this.#paused = command.on;
        return this.#hide();
      default:
        return;
    }
  }

  useMedia(media: NegotiatedMedia): void {
    this.tap?.useCodec(codecOf(media.codec));
    this.speechInput.useMedia(media);
  }

  hear(packet: HeardPacket, held: boolean): void {
    if (this.entry.listens) this.entry.hear(packet, this.#services.now());
    this.tap?.heard(packet, this.position());
    if (!held) this.speechInput.hear(packet);
  }

  /** Of a packet of an RTP event: a press, or one more of a key that is down. */
  onEvent(digit: string, pressed: boolean): void {
    const at = this.#services.now();
    this.#onKey(pressed ? { type: 'told', digit, via: 'rfc4733', at, certain: true } : held(digit, 'rfc4733', at));
  }

  tick(grid: LegSample): void {
    this.speechInput.tick(grid);
    this.entry.tick(this.#services.now());
    this.tap?.collect(grid);
  }

  /** Ends playback, flushes the tap. */
  close(): void {
    this.#voice.stop(undefined, 'stopped');
    this.speechInput.close();
    this.tap?.close(legSample(Math.floor(this.position())));
  }

  #onKey(event: KeyEvent): void {
    const [presses, effect] = step(this.#presses, event);
    this.#presses = presses;
    if (effect?.do === 'drop') this.keysDropped++;
    if (effect?.do !== 'press') return;
    const { digit, via } = effect;
    const at = this.#services.shared();
    // '#' may be the end of an entry that was over by its length: whether it interrupts is the turn's to say
    const stopped = digit === '#' ? undefined : this.#voice.stopForKey();
    this.#emit({ type: 'digit', digit, secret: this.entry.on || this.#paused, via, at, stopped });
  }

  #hide(): void {
    if (this.hides === this.#hidden) return;
    this.#hidden = this.hides;
    const now = legSample(Math.floor(this.position()));
    this.speechInput.hide(this.#hidden);
    if (this.#hidden) this.tap?.mask(now);
    else this.tap?.unmask(now);
  }
}

const held = (digit: string, via: KeyTransport, at: MonotonicMs): KeyEvent => ({ type: 'held', digit, via, at });
