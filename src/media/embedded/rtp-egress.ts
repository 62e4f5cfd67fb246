import type { G711Codec } from '../../audio/g711.ts';
import { compress, expand, lawOf } from '../../audio/g711-law.ts';
import { dtmfTone } from '../../audio/tone.ts';
import { FRAME_SAMPLES } from '../../domain/units.ts';
import type { LegServices } from '../engine/leg-services.ts';
import type { MediaEvent, NegotiatedMedia } from '../engine/media-protocol.ts';
import { PlaybackQueue } from '../engine/playback-queue.ts';
import { DigitSender } from './digit-sender.ts';
import { RtpSender } from './rtp-sender.ts';

/** In-band keys for far ends without telephone-event: 100 ms and 60 ms between. */
const KEY_SAMPLES = 800;
const KEY_PAUSE_SAMPLES = 480;
const TONE_AMPLITUDE = 6000;

/** Shared by all legs of the thread: nothing of it outlives a call. */
const bot = new Int16Array(FRAME_SAMPLES);

/** What a leg sends: playbacks, keys, the person that it is bridged to, and silence when there is nothing else. */
export class RtpEgress {
  readonly queue: PlaybackQueue;
  readonly sender = new RtpSender();
  readonly #digits = new DigitSender();
  /** Keys as sound, in mu-law. */
  #tones: Uint8Array | undefined;
  #talking = false;

  constructor(emit: (event: MediaEvent) => void, services: LegServices) {
    this.queue = new PlaybackQueue('PCMU', {
      clips: services.clips,
      emit,
      now: () => performance.timeOrigin + services.now(),
      clipOverdue: services.clipOverdue,
    });
  }

  sendDigits(digits: string, asEvents: boolean): void {
    if (asEvents) return this.#digits.send(digits);
    const law = lawOf('PCMU');
    const before = this.#tones ?? new Uint8Array(0);
    const each = KEY_SAMPLES + KEY_PAUSE_SAMPLES;
    const tones = new Uint8Array(before.length + digits.length * each).fill(law.silence);
    tones.set(before);
    for (let i = 0; i < digits.length; i++) {
      const key = dtmfTone(digits[i] ?? '', KEY_SAMPLES, TONE_AMPLITUDE);
      compress(law, key, tones.subarray(before.length + i * each), KEY_SAMPLES);
    }
    this.#tones = tones;
  }

  /** 20 ms pass without a packet. */
  rest(): void {
    this.sender.skip(FRAME_SAMPLES);
    this.#talking = false;
  }

  /**
   * The next packet.
   *
   * @param person - 160 samples to be mixed in; changed
   * @param onSaid - given what the bot says in it, one byte a sample; undefined while a key is sent
   */
  next(media: NegotiatedMedia, person: Int16Array | undefined, onSaid: (bot: Uint8Array | undefined) => void): Buffer {
    const { sender } = this;
    if (this.#digits.busy && media.telephoneEvent !== undefined) {
      const event = this.#digits.next(sender.timestamp);
      if (event !== undefined) {
        onSaid(undefined);
        this.#talking = false;
        return sender.event(media.telephoneEvent, event.marker, event.payload, event.startedAt);
      }
    }
    const { payload } = sender;
    const filled = this.#digits.busy ? 0 : this.#speak(payload, media.codec);
    if (filled < FRAME_SAMPLES) payload.fill(lawOf(media.codec).silence, filled, FRAME_SAMPLES);
    onSaid(payload);
    if (person !== undefined) mix(payload, media.codec, filled > 0, person);
    const talking = filled > 0 || person !== undefined;
    const begins = (talking && !this.#talking) || sender.packets === 0;
    this.#talking = talking;
    return sender.audio(media.payloadType, begins);
  }

  /** What the bot says in this packet: keys as tones first, then what is queued. */
  #speak(payload: Uint8Array, codec: G711Codec): number {
    const tones = this.#tones;
    if (tones === undefined) return this.queue.fill(payload, 0, FRAME_SAMPLES);
    const count = Math.min(FRAME_SAMPLES, tones.length);
    const { toOther } = lawOf('PCMU');
    for (let i = 0; i < count; i++) payload[i] = codec === 'PCMU' ? (tones[i] ?? 0) : (toOther[tones[i] ?? 0] ?? 0);
    this.#tones = tones.length > count ? tones.subarray(count) : undefined;
    return count;
  }
}

/** Adds the bot in `payload` to the person, and puts the sum there. */
function mix(payload: Uint8Array, codec: G711Codec, botSpeaks: boolean, person: Int16Array): void {
  const law = lawOf(codec);
  if (botSpeaks) {
    expand(law, payload, bot, FRAME_SAMPLES);
    for (let i = 0; i < FRAME_SAMPLES; i++)
      person[i] = Math.max(-32768, Math.min(32767, (person[i] ?? 0) + (bot[i] ?? 0)));
  }
  compress(law, person, payload, FRAME_SAMPLES);
}
