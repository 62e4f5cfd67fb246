import { IvrError } from '../../domain/error.ts';
import { newContactId, turnId } from '../../domain/ids.ts';
import { ms, type SharedMs } from '../../domain/units.ts';
import { type Clock, sharedNow } from '../../lib/clock.ts';
import type { Scope } from '../../lib/scope.ts';
import { pause } from '../../lib/pause.ts';
import type { Endpoint, MediaServer, PlaybackId } from '../../media/media-server.ts';
import type { IncomingCall, Signalling } from '../../signalling/signalling.ts';
import type { ClipId, SpeechService } from '../../speech/speech-service.ts';
import { type CallOver, openConditions } from './conditions.ts';
import type { FarEnd } from './far-end.ts';
import { openPhoneDialog } from './phone-dialog.ts';
import { openPhoneLeg } from './phone-leg.ts';

export type PhoneLine =
  | {
      readonly what: 'dialled' | 'answered' | 'hung-up' | 'far-end-hung-up' | 'declined';
      readonly at: SharedMs;
      readonly text: string;
    }
  | { readonly what: 'said' | 'pressed' | 'interrupted' | 'waited'; readonly at: SharedMs; readonly text: string }
  | {
      readonly what: 'heard';
      readonly at: SharedMs;
      readonly text: string;
      readonly confidence: number;
      readonly beganAt: SharedMs;
      readonly endedAt: SharedMs;
    }
  /** End of what we said → the far end began to speak, by our voice-activity detection. */
  | { readonly what: 'answer-began'; readonly at: SharedMs; readonly text: string; readonly after_ms: number };

export interface PhoneParts {
  readonly signalling: Signalling;
  readonly media: MediaServer;
  /** Absent: the telephone neither speaks nor understands, but keys, waits and hangs up. */
  readonly speech: SpeechService | undefined;
  readonly clock: Clock;
}

export interface PhoneCallOptions {
  readonly from: string | undefined;
  readonly language: string;
  readonly print: (line: PhoneLine) => void;
}

/** The one call of a scripted telephone: what a hand on the receiver can do. */
export interface PhoneCall {
  /** What is heard; undefined before there is a call. */
  readonly far: FarEnd | undefined;
  /** The far end has hung up. */
  readonly over: boolean;
  /** @throws IvrError SIP_REJECTED */
  dial(target: string): Promise<void>;
  /** Waits until somebody calls. @throws IvrError DEADLINE_EXCEEDED */
  ringing(withinS: number | undefined): Promise<IncomingCall>;
  answer(call: IncomingCall): Promise<void>;
  /** Until all of it is spoken. @throws IvrError SYNTHESIS_FAILED, SCRIPT_INVALID (no voice) */
  speak(make: (from: SpeechService) => ClipId | Promise<ClipId>, name: string): Promise<void>;
  press(digits: string): void;
  pause(length: number): Promise<void>;
  /** Until the condition holds; it is looked at whenever something happened. @throws IvrError DEADLINE_EXCEEDED, SIP_REJECTED, SIP_TIMEOUT, CANCELLED */
  until(condition: () => boolean, withinS: number, what: string): Promise<void>;
  /** Something happened that only the clock knows. */
  look(): void;
  hangUp(): Promise<void>;
}

/** What was said before the far end hung up may still be in recognition. */
const hungUp = (pending: number): CallOver | undefined =>
  pending === 0 ? { code: 'SIP_REJECTED', why: 'the far end hung up' } : undefined;

const nothingComes = (silentMs: number): CallOver => ({
  code: 'SIP_TIMEOUT',
  why: `nothing has come from the far end for ${Math.round(silentMs / 1000)} s; it may be gone, or the network`,
});

export function openPhoneCall(
  options: PhoneCallOptions,
  parts: PhoneParts,
  scope: Scope,
  signal: AbortSignal,
): PhoneCall {
  const { signalling, media, speech, clock } = parts;
  const { print, language } = options;
  const contact = newContactId(clock.wall());
  const finished = new Map<PlaybackId, 'spoken' | 'failed'>();
  let endpoint: Endpoint | undefined;
  let far: FarEnd | undefined;
  let saidAt: SharedMs | undefined;
  let silentMs: number | undefined;

  const conditions = openConditions(clock, signal, () =>
    dialog.over ? hungUp(far?.pending ?? 0) : silentMs === undefined ? undefined : nothingComes(silentMs),
  );
  const { until } = conditions;

  async function openLeg(remoteSdp: string | undefined): Promise<Endpoint> {
    const leg = await openPhoneLeg(
      { contact, language, remoteSdp },
      { media, speech, clock, scope },
      {
        onHeard: (heard) => print({ what: 'heard', at: sharedNow(), ...heard }),
        onSpeech(at) {
          if (saidAt === undefined) return;
          print({ what: 'answer-began', at, text: '', after_ms: Math.round(at - saidAt) });
          saidAt = undefined;
        },
        onPlayed: (playback, outcome) => finished.set(playback, outcome),
        onLost: (silent) => (silentMs = silent),
        onChange: conditions.look,
      },
      signal,
    );
    far = leg.far;
    endpoint = leg.endpoint;
    return endpoint;
  }

  const dialog = openPhoneDialog(
    {
      signalling,
      from: options.from,
      openLeg,
      until,
      print: (what, text = '') => print({ what, at: sharedNow(), text }),
      onChange: conditions.look,
    },
    scope,
    signal,
  );

  const inUse = (): Endpoint => {
    if (endpoint === undefined)
      throw new IvrError('SCRIPT_INVALID', 'there is no call yet: the first step of a called telephone is `answer`');
    return endpoint;
  };

  async function speak(make: (from: SpeechService) => ClipId | Promise<ClipId>, name: string): Promise<void> {
    if (speech === undefined) throw new IvrError('SCRIPT_INVALID', `${name}: this telephone has no voice`);
    const clip = await make(speech);
    const playback = inUse().play({ turn: turnId(contact, 0), clips: [clip], bargeIn: 'none' });
    await until(() => finished.has(playback), 60, `${name}: the end of what we say`);
    speech.release([clip]);
    if (finished.get(playback) === 'failed')
      throw new IvrError('SYNTHESIS_FAILED', `${name}: it could not be spoken; the log says why`);
    saidAt = sharedNow();
  }

  function press(digits: string): void {
    print({ what: 'pressed', at: sharedNow(), text: '•'.repeat(digits.length) });
    inUse().sendDigits(digits);
  }

  return {
    get far() {
      return far;
    },
    get over() {
      return dialog.over;
    },
    dial: dialog.dial,
    ringing: dialog.ringing,
    answer: dialog.answer,
    speak,
    press,
    pause: (length) => pause(ms(length), clock, signal),
    until,
    look: conditions.look,
    hangUp: dialog.hangUp,
  };
}
