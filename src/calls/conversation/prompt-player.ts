import type { SpokenPrompt } from '../../dialogue/dialogue.ts';
import type { CallFact } from '../../domain/call-event.ts';
import type { TurnId } from '../../domain/ids.ts';
import { durationOf, TELEPHONE_RATE, type SharedMs } from '../../domain/units.ts';
import type { Endpoint, EndpointEvent, PlaybackId } from '../../media/media-server.ts';
import type { ClipId, SpeechService, SpeechText } from '../../speech/speech-service.ts';
import type { Turn } from '../turn/turn-state.ts';

type Finished = Extract<EndpointEvent, { readonly type: 'playback-finished' }>;

interface Spoken {
  readonly turn: TurnId;
  readonly prompt: SpokenPrompt;
  readonly clip: ClipId;
  readonly cached: boolean;
  interrupted: boolean;
}

/** When the bot was asked for an answer: what first audio is measured from. */
export interface Asked {
  readonly turn: TurnId;
  /** End of the caller's speech, or the key. */
  readonly endedAt: SharedMs | undefined;
  readonly decidedAt: SharedMs;
}

export interface PromptPlayer {
  say(turn: TurnId, prompts: readonly SpokenPrompt[], bargeIn: Turn['bargeIn']): readonly PlaybackId[];
  asked(asked: Asked): void;
  started(playback: PlaybackId, at: SharedMs): void;
  /** The caller interrupted all that is queued. */
  interrupted(): void;
  finished(event: Finished): void;
  /** Forgets the clips of what never came to be played. */
  close(): void;
}

/** Plays what the bot says: prompts become clips and playbacks, and what was really heard of them is journalled. */
export function openPromptPlayer(
  endpoint: Endpoint,
  speech: SpeechService,
  note: (fact: CallFact) => void,
): PromptPlayer {
  const spoken = new Map<PlaybackId, Spoken>();
  let waiting: Asked | undefined;

  const release = ({ prompt, clip }: Spoken): void => {
    if (prompt.kind === 'dynamic') speech.release([clip]);
  };

  return {
    say: (turn, prompts, bargeIn) =>
      prompts.map((prompt) => {
        const text = speechText(prompt);
        const cached = speech.cached(text);
        const clip = speech.say(text);
        const playback = endpoint.play({ turn, clips: [clip], bargeIn });
        spoken.set(playback, { turn, prompt, clip, cached, interrupted: false });
        return playback;
      }),
    asked(asked) {
      waiting = asked;
    },
    started(playback, at) {
      const one = spoken.get(playback);
      if (one === undefined) return;
      const { turn, prompt, cached } = one;
      note({
        type: 'prompt-started',
        turn,
        prompt: prompt.id,
        text: prompt.text,
        personal: prompt.kind === 'dynamic',
        cached,
      });
      if (waiting === undefined) return;
      const { decidedAt, endedAt } = waiting;
      waiting = undefined;
      note({
        type: 'first-audio',
        turn,
        latency_ms: Math.round(at - (endedAt ?? decidedAt)),
        after_decision_ms: Math.round(at - decidedAt),
        cached,
      });
    },
    interrupted() {
      for (const one of spoken.values()) one.interrupted = true;
    },
    finished(event) {
      const one = spoken.get(event.playback);
      if (one === undefined) return;
      spoken.delete(event.playback);
      const { turn, prompt } = one;
      const because =
        event.because === 'key' || (event.because === 'stopped' && one.interrupted) ? 'barge-in' : event.because;
      if (event.played > 0 || because === 'failed')
        note({
          type: 'prompt-finished',
          turn,
          prompt: prompt.id,
          played_ms: Math.round(durationOf(event.played, TELEPHONE_RATE)),
          because,
        });
      if (prompt.notice !== undefined) note(noticeGiven(prompt, prompt.notice, event.because === 'end'));
      release(one);
    },
    close() {
      for (const one of spoken.values()) {
        // whose end never came, or that never began: the caller hung up
        if (one.prompt.notice !== undefined) note(noticeGiven(one.prompt, one.prompt.notice, false));
        release(one);
      }
      spoken.clear();
    },
  };
}

const noticeGiven = (
  { text }: SpokenPrompt,
  { id, version }: NonNullable<SpokenPrompt['notice']>,
  heard_whole: boolean,
): CallFact => ({ type: 'notice-given', notice: id, version, text, heard_whole });

export const speechText = (prompt: SpokenPrompt): SpeechText => ({
  text: prompt.speech ?? prompt.text,
  language: prompt.language,
  kind: prompt.kind,
  ...(prompt.voice === undefined ? {} : { voice: prompt.voice }),
});
