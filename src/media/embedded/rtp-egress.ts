import { codecOf, PCMU } from '../../audio/codecs.ts';
import { FrameEncoder } from '../../audio/frame-codec.ts';
import { mixInto } from '../../audio/mixer.ts';
import { dtmfTone } from '../../audio/tone.ts';
import type { LinearFrame } from '../../domain/codec.ts';
import { FRAME_SAMPLES, TELEPHONE_RATE } from '../../domain/units.ts';
import type { LegServices } from '../engine/leg-services.ts';
import type { SentOctets } from '../engine/leg-tap.ts';
import type { MediaEvent, NegotiatedMedia } from '../engine/media-protocol.ts';
import { PlaybackQueue } from '../engine/playback-queue.ts';
import { DigitSender } from './digit-sender.ts';
import { RtpSender } from './rtp-sender.ts';

/** In-band keys for far ends without telephone-event: 100 ms and 60 ms between. */
const KEY_SAMPLES = 800;
const KEY_PAUSE_SAMPLES = 480;
const TONE_AMPLITUDE = 6000;

/** Shared by all legs of the thread: nothing of it outlives a call. */
const bot: LinearFrame = { rate: TELEPHONE_RATE, samples: new Int16Array(FRAME_SAMPLES) };

/** What a leg sends: playbacks, keys, the person that it is bridged to, and silence when there is nothing else. */
export class RtpEgress {
  readonly queue: PlaybackQueue;
  readonly sender = new RtpSender();
  readonly #digits = new DigitSender();
  /** Keys as sound. */
  #tones: Int16Array | undefined;
  #encoder = new FrameEncoder(PCMU);
  #parameters: string | undefined;
  #talking = false;

  constructor(emit: (event: MediaEvent) => void, services: LegServices) {
    this.queue = new PlaybackQueue({
      clips: services.clips,
      emit,
      now: services.shared,
      clipOverdue: services.clipOverdue,
    });
  }

  sendDigits(digits: string, asEvents: boolean): void {
    if (asEvents) return this.#digits.send(digits);
    const before = this.#tones ?? new Int16Array(0);
    const each = KEY_SAMPLES + KEY_PAUSE_SAMPLES;
    const tones = new Int16Array(before.length + digits.length * each);
    tones.set(before);
    for (let i = 0; i < digits.length; i++)
      tones.set(dtmfTone(digits[i] ?? '', KEY_SAMPLES, TONE_AMPLITUDE), before.length + i * each);
    this.#tones = tones;
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#encoder.close();
  }

  useMedia({ codec, codecParameters }: NegotiatedMedia): void {
    if (codec === this.#encoder.codec.name && codecParameters === this.#parameters) return;
    this.#parameters = codecParameters;
    this.#encoder.close();
    this.#encoder = new FrameEncoder(codecOf(codec), codecParameters);
    this.sender.useClock(this.#encoder.codec.clockRate);
  }

  /** 20 ms pass without a packet. */
  rest(): void {
    this.sender.skip(1);
    this.#talking = false;
  }

  /**
   * The next packet.
   *
   * @param person - to be mixed in; changed
   * @param onSaid - given what the bot says in it, and that as it is sent unless the person speaks, too; nothing while a key is sent
   */
  next(
    media: NegotiatedMedia,
    person: LinearFrame | undefined,
    onSaid: (bot?: LinearFrame, sent?: SentOctets) => void,
  ): Buffer {
    const { sender } = this;
    if (this.#digits.busy && media.telephoneEvent !== undefined) {
      const event = this.#digits.next(sender.timestamp, media.eventClockRate ?? this.#encoder.codec.clockRate);
      if (event !== undefined) {
        onSaid();
        this.#talking = false;
        return sender.event(media.telephoneEvent, event.marker, event.payload, event.startedAt);
      }
    }
    const { samples } = bot;
    const filled = this.#digits.busy ? 0 : this.#speak(samples);
    if (filled < FRAME_SAMPLES) samples.fill(0, filled);
    const { payload } = sender;
    if (person !== undefined && filled > 0) mixInto(person.samples, samples);
    const octets = this.#encoder.encode(person ?? bot, payload);
    onSaid(bot, person === undefined ? { codec: this.#encoder.codec, octets: payload } : undefined);
    const talking = filled > 0 || person !== undefined;
    const begins = (talking && !this.#talking) || sender.packets === 0;
    this.#talking = talking;
    return sender.audio(media.payloadType, begins, octets);
  }

  /** What the bot says in this packet: keys as tones first, then what is queued. */
  #speak(into: Int16Array): number {
    const tones = this.#tones;
    if (tones === undefined) return this.queue.fill(into, 0, FRAME_SAMPLES);
    const count = Math.min(FRAME_SAMPLES, tones.length);
    into.set(tones.subarray(0, count));
    this.#tones = tones.length > count ? tones.subarray(count) : undefined;
    return count;
  }
}
