import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import type { G711Codec } from '../../audio/g711.ts';
import type { PlaybackId, TurnPolicy, UtteranceId } from '../media-server.ts';
import { LegHearing } from './leg-hearing.ts';
import type { HeardPacket } from './leg-reception.ts';
import type { LegServices } from './leg-services.ts';
import type { MediaEvent, NegotiatedMedia } from './media-protocol.ts';

export interface EarHandlers {
  readonly emit: (event: MediaEvent) => void;
  /** Speech has begun: pauses what sounds, if it may be interrupted by speech. */
  readonly pause: () => PlaybackId | undefined;
  readonly onKey: (digit: string) => void;
  /** A position as monotonic time. */
  readonly timeAt: (position: number) => number;
}

/** What a leg makes of the sound it hears: in-band keys, voice activity, utterances for the recognizer. */
export class LegEar {
  readonly #handlers: EarHandlers;
  readonly #services: LegServices;
  readonly #hearing: LegHearing;
  #keys: DtmfDetector | undefined;

  constructor(handlers: EarHandlers, services: LegServices, _listens: boolean) {
    this.#handlers = handlers;
    this.#services = services;
    this.#hearing = new LegHearing({
      hear: (_at, frame) => {
        const digit = this.#keys?.hear(frame);
        if (digit !== undefined) this.#handlers.onKey(digit);
      },
      jumped: () => this.#keys?.reset(),
    });
  }

  useMedia(media: NegotiatedMedia): void {
    const wanted = this.#services.options.inbandDtmf && media.eventTypes.length === 0;
    if (!wanted) this.#keys = undefined;
    else this.#keys ??= new DtmfDetector();
    if (media.held) this.#hearing.pause();
  }

  hear(packet: HeardPacket, codec: G711Codec): void {
    if (this.#keys !== undefined) this.#hearing.hear(packet, codec);
  }

  tick(now: number): void {
    if (this.#keys !== undefined) this.#hearing.tick(now);
  }

  listen(_policy: TurnPolicy | undefined): void {}

  endUtterance(_utterance: UtteranceId): void {}

  submit(_utterance: UtteranceId, _job: number): void {}

  close(): void {}
}
