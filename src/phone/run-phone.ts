import { IvrError } from '../domain/error.ts';
import { newContactId, newLegId, newRecordingId, turnId } from '../domain/ids.ts';
import { ms, seconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { Scope } from '../lib/scope.ts';
import type { ClipId, SpeechService } from '../speech/speech-service.ts';
import type { Endpoint, EndpointEvent, MediaServer, PlaybackId } from '../telephony/media-server.ts';
import type { Dialog, IncomingCall, Signalling } from '../telephony/signalling.ts';
import { openFarEnd, phoneTurnPolicy } from './far-end.ts';
import type { Script, Step } from './script.ts';

export type PhoneLine =
  | {
      readonly what: 'dialled' | 'answered' | 'hung-up' | 'far-end-hung-up' | 'declined';
      readonly at: number;
      readonly text: string;
    }
  | { readonly what: 'said' | 'pressed' | 'interrupted' | 'waited'; readonly at: number; readonly text: string }
  | {
      readonly what: 'heard';
      readonly at: number;
      readonly text: string;
      readonly confidence: number;
      readonly beganAt: number;
      readonly endedAt: number;
    }
  /** End of what we said → the far end began to speak, by our voice-activity detection. */
  | { readonly what: 'answer-began'; readonly at: number; readonly text: string; readonly after_ms: number };

export interface PhoneParts {
  readonly signalling: Signalling;
  readonly media: MediaServer;
  /** Absent: the telephone neither speaks nor understands, but keys, waits and hangs up. */
  readonly speech: SpeechService | undefined;
  readonly clock: Clock;
}

export interface PhoneOptions {
  /** Where to call; absent: waits to be called (`answer`, `decline`). */
  readonly target: string | undefined;
  readonly from?: string;
  /** The steps may come one by one, as whoever drives the telephone decides. */
  readonly script: Omit<Script, 'steps'> & { readonly steps: Iterable<Step> | AsyncIterable<Step> };
  readonly print: (line: PhoneLine) => void;
}

const DEFAULT_WITHIN_S = 30;
const DEFAULT_WORD_ERROR_RATE = 0.34;
const RING = seconds(60);
const HANGOVER = ms(600);

const sharedNow = (): number => performance.timeOrigin + performance.now();

/**
 * Carries out a script, on one call.
 *
 * @throws IvrError SIP_REJECTED, SIP_TIMEOUT, DEADLINE_EXCEEDED (naming the step), CANCELLED
 */
export async function runPhone(options: PhoneOptions, parts: PhoneParts, signal: AbortSignal): Promise<void> {
  const scope = new Scope();
  const onAbort = (): void => void scope.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const line = await openPhoneLine(options, parts, scope, signal);
    let number = 0;
    for await (const step of options.script.steps) {
      number += 1;
      if (signal.aborted) throw new IvrError('CANCELLED', 'the telephone was stopped');
      await line.perform(step, `step ${number}`);
    }
    await line.hangUp();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await scope.close();
  }
}

interface PhoneLineInUse {
  perform(step: Step, name: string): Promise<void>;
  hangUp(): Promise<void>;
}

async function openPhoneLine(
  options: PhoneOptions,
  parts: PhoneParts,
  scope: Scope,
  signal: AbortSignal,
): Promise<PhoneLineInUse> {
  const { signalling, media, speech, clock } = parts;
  const { print, script } = options;
  const contact = newContactId(clock.wall());
  const language = script.language ?? 'en-US';
  const incoming: IncomingCall[] = [];
  const changed = new Set<() => void>();
  const finished = new Map<PlaybackId, 'spoken' | 'failed'>();
  const change = (): void => {
    for (const look of changed) look();
  };
  let dialog: Dialog | undefined;
  let endpoint: Endpoint | undefined;
  let far: ReturnType<typeof openFarEnd> | undefined;
  let over = false;
  let hungUp = false;
  let saidAt: number | undefined;

  signalling.onCall((call) => {
    if (dialog !== undefined || incoming.length > 0) return call.reject(486);
    incoming.push(call);
    call.ring();
    change();
  });

  /** Until the condition holds; it is looked at whenever something happened. */
  function until(condition: () => boolean, withinS: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: IvrError): void => {
        changed.delete(look);
        cancel();
        signal.removeEventListener('abort', look);
        if (problem === undefined) resolve();
        else reject(problem);
      };
      const look = (): void => {
        if (signal.aborted) settle(new IvrError('CANCELLED', 'the telephone was stopped'));
        else if (condition()) settle();
        else if (over && (far?.pending ?? 0) > 0) return;
        else if (over) settle(new IvrError('SIP_REJECTED', `${what}: the far end hung up`));
      };
      const cancel = clock.after(seconds(withinS), () =>
        settle(new IvrError('DEADLINE_EXCEEDED', `${what} did not come within ${withinS} s`)),
      );
      changed.add(look);
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }

  async function openLeg(remoteSdp: string | undefined): Promise<Endpoint> {
    const leg = await media.createEndpoint(
      {
        leg: newLegId(clock.wall()),
        contact,
        listen: true,
        record: { recording: newRecordingId(clock.wall()), track: 'customer' },
        ...(remoteSdp === undefined ? {} : { remoteSdp }),
      },
      signal,
    );
    scope.use(leg);
    endpoint = leg;
    const ear = openFarEnd({
      endpoint: leg,
      speech,
      language,
      clock,
      onHeard: (heard) => print({ what: 'heard', at: sharedNow(), ...heard }),
      onChange: change,
    });
    far = ear;
    scope.defer(() => ear.close());
    leg.listen(phoneTurnPolicy(HANGOVER));
    leg.onEvent((event: EndpointEvent) => {
      if (event.type === 'playback-finished')
        finished.set(event.playback, event.because === 'failed' ? 'failed' : 'spoken');
      if (event.type === 'speech-began' && saidAt !== undefined) {
        print({ what: 'answer-began', at: event.at, text: '', after_ms: Math.round(event.at - saidAt) });
        saidAt = undefined;
      }
      ear.onEvent(event);
      change();
    });
    return leg;
  }

  function joined(to: Dialog, leg: Endpoint): void {
    dialog = to;
    scope.defer(() => to.bye());
    to.onOffer((sdp) => leg.modify(sdp));
    to.onEnd(() => {
      over = true;
      if (!hungUp) print({ what: 'far-end-hung-up', at: sharedNow(), text: '' });
      change();
    });
  }

  async function call(target: string): Promise<void> {
    const leg = await openLeg(undefined);
    print({ what: 'dialled', at: sharedNow(), text: target });
    const outcome = await signalling.dial(
      {
        uri: target,
        localSdp: leg.localSdp,
        timeout: RING,
        ...(options.from === undefined ? {} : { from: options.from }),
      },
      signal,
    );
    if (outcome.outcome !== 'answered')
      throw new IvrError(
        'SIP_REJECTED',
        `${target} did not take the call: ${outcome.outcome}, SIP status ${outcome.status}`,
        { status: outcome.status },
      );
    await leg.modify(outcome.dialog.remoteSdp);
    joined(outcome.dialog, leg);
    print({ what: 'answered', at: sharedNow(), text: '' });
  }

  async function ringing(withinS: number | undefined): Promise<IncomingCall> {
    await until(() => incoming.length > 0, withinS ?? 120, 'a call');
    const call = incoming.shift();
    if (call === undefined) throw new IvrError('INTERNAL', 'the call is gone');
    return call;
  }

  const inUse = (): Endpoint => {
    if (endpoint === undefined)
      throw new IvrError('SCRIPT_INVALID', 'there is no call yet: the first step of a called telephone is `answer`');
    return endpoint;
  };

  async function say(text: string, name: string): Promise<void> {
    const voice = script.voice === undefined ? {} : { voice: script.voice };
    print({ what: 'said', at: sharedNow(), text });
    await speak((from) => from.say({ text, language, kind: 'dynamic', ...voice }), name);
  }

  function playFile(path: string, name: string): Promise<void> {
    print({ what: 'said', at: sharedNow(), text: path });
    return speak((from) => from.clipFromFile(path), name);
  }

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

  async function waitFor(
    wanted: Extract<Step, { readonly 'wait-for': unknown }>['wait-for'],
    name: string,
  ): Promise<void> {
    const limit = wanted.within_s ?? DEFAULT_WITHIN_S;
    if ('text' in wanted) {
      await until(
        () => far?.find(wanted.text, wanted.wer ?? DEFAULT_WORD_ERROR_RATE) === true,
        limit,
        `${name}: "${wanted.text}"`,
      );
      print({ what: 'waited', at: sharedNow(), text: wanted.text });
    } else if ('speech' in wanted)
      await until(() => far?.speakingSince !== undefined, limit, `${name}: the far end's speech`);
    else if ('hang-up' in wanted) await until(() => over, limit, `${name}: the far end's hang-up`);
    else await silence(wanted.silence_ms, limit, name);
  }

  async function silence(length: number, withinS: number, name: string): Promise<void> {
    const from = sharedNow();
    const quietFor = (): number =>
      far?.speakingSince === undefined ? sharedNow() - Math.max(from, far?.silentSince ?? from) : 0;
    const ticking = setInterval(change, 20);
    try {
      await until(() => quietFor() >= length, withinS, `${name}: ${length} ms of silence`);
    } finally {
      clearInterval(ticking);
    }
  }

  async function interrupt(
    how: Extract<Step, { readonly interrupt: unknown }>['interrupt'],
    name: string,
  ): Promise<void> {
    await until(
      () => far?.speakingSince !== undefined,
      how.within_s ?? DEFAULT_WITHIN_S,
      `${name}: something to interrupt`,
    );
    const since = far?.speakingSince ?? sharedNow();
    await pause(Math.max(0, how.after_ms - (sharedNow() - since)));
    print({ what: 'interrupted', at: sharedNow(), text: '' });
    if (how.press !== undefined) press(how.press);
    if (how.say !== undefined) await say(how.say, name);
  }

  const pause = (length: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms(length), done);
      signal.addEventListener('abort', done, { once: true });
    });

  async function hangUp(): Promise<void> {
    if (dialog === undefined || hungUp) return;
    hungUp = true;
    if (!over) print({ what: 'hung-up', at: sharedNow(), text: '' });
    await dialog.bye();
  }

  if (options.target !== undefined) await call(options.target);

  return {
    hangUp,
    async perform(step, name) {
      if (step === 'hang-up') return hangUp();
      if ('say' in step) return say(step.say, name);
      if ('play' in step) return playFile(step.play, name);
      if ('press' in step) return press(step.press);
      if ('pause_ms' in step) return pause(step.pause_ms);
      if ('wait-for' in step) return waitFor(step['wait-for'], name);
      if ('interrupt' in step) return interrupt(step.interrupt, name);
      const taken = await ringing('answer' in step ? step.answer.within_s : step.decline.within_s);
      if ('decline' in step) {
        taken.reject(step.decline.status);
        return print({ what: 'declined', at: sharedNow(), text: String(step.decline.status) });
      }
      await pause(step.answer.after_ms ?? 0);
      const leg = await openLeg(taken.remoteSdp);
      joined(await taken.answer(leg.localSdp), leg);
      print({ what: 'answered', at: sharedNow(), text: '' });
    },
  };
}
