import { type ContactId, turnId } from '../../domain/ids.ts';
import type { EndpointEvent, PlaybackId } from '../../media/media-server.ts';
import type { SpeechService } from '../../speech/speech-service.ts';
import type { CallServices } from '../call-services.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import { playHoldMusic } from '../transfer/hold-music.ts';

/** What somebody hears who waits. */
export interface CustomerAudio {
  music(): void;
  /** @param after - music goes on; or nothing, and the end is told */
  say(texts: readonly string[], after: 'music' | 'nothing'): void;
  quiet(): void;
  onEvent(event: EndpointEvent): void;
}

interface AudioOptions {
  readonly caller: AnchoredLeg;
  readonly contact: ContactId;
  readonly language: string;
  readonly voice: string | undefined;
  readonly onHeard: () => void;
}

export function customerAudio(
  { caller, contact, language, voice, onHeard }: AudioOptions,
  { speech, holdMusic }: Pick<CallServices, 'holdMusic'> & { readonly speech: Pick<SpeechService, 'say'> },
): CustomerAudio {
  let stopMusic: (() => void) | undefined;
  let saying: readonly PlaybackId[] = [];
  let last: PlaybackId | undefined;

  function quiet(): void {
    stopMusic?.();
    stopMusic = undefined;
    for (const playback of saying) caller.stop(playback);
    saying = [];
    last = undefined;
  }

  function music(): void {
    stopMusic ??= playHoldMusic(caller, contact, holdMusic);
  }

  return {
    music,
    quiet,
    say(texts, after) {
      quiet();
      const turn = turnId(contact, 0);
      saying = texts.map((text) => {
        const clip = speech.say({ text, language, kind: 'static', ...(voice === undefined ? {} : { voice }) });
        return caller.play({ turn, clips: [clip], bargeIn: 'none' });
      });
      if (after === 'music') music();
      else last = saying.at(-1);
    },
    onEvent(event) {
      if (event.type !== 'playback-finished') return;
      saying = saying.filter((playback) => playback !== event.playback);
      if (event.playback !== last) return;
      last = undefined;
      onHeard();
    },
  };
}
