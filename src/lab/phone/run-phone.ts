import { IvrError } from '../../domain/error.ts';
import { sharedNow } from '../../lib/clock.ts';
import { Scope } from '../../lib/scope.ts';
import { openPhoneCall, type PhoneCall, type PhoneLine, type PhoneParts } from './phone-call.ts';
import type { Script, Step } from './script.ts';

export interface PhoneOptions {
  /** Where to call; absent: waits to be called (`answer`, `decline`). */
  readonly target: string | undefined;
  readonly from?: string;
  /** The steps may come one by one, as whoever drives the telephone decides. */
  readonly script: Omit<Script, 'steps'> & { readonly steps: Iterable<Step> | AsyncIterable<Step> };
  readonly print: (line: PhoneLine) => void;
}

const DEFAULT_LANGUAGE = 'en-US';
const DEFAULT_WITHIN_S = 30;
const DEFAULT_WORD_ERROR_RATE = 0.34;

/**
 * Carries out a script, on one call.
 *
 * @throws IvrError SIP_REJECTED, SIP_TIMEOUT (also when a server died in mid-call), DEADLINE_EXCEEDED (naming the step), CANCELLED
 */
export async function runPhone(options: PhoneOptions, parts: PhoneParts, signal: AbortSignal): Promise<void> {
  const scope = new Scope();
  const onAbort = (): void => void scope.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { print, script } = options;
    const call = openPhoneCall(
      { from: options.from, language: script.language ?? DEFAULT_LANGUAGE, print },
      parts,
      scope,
      signal,
    );
    const perform = steps(call, script, print);
    if (options.target !== undefined) await call.dial(options.target);
    let number = 0;
    for await (const step of script.steps) {
      number += 1;
      if (signal.aborted) throw new IvrError('CANCELLED', 'the telephone was stopped');
      await perform(step, `step ${number}`);
    }
    await call.hangUp();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await scope.close();
  }
}

function steps(
  call: PhoneCall,
  script: Pick<Script, 'voice' | 'language'>,
  print: (line: PhoneLine) => void,
): (step: Step, name: string) => Promise<void> {
  async function say(text: string, name: string): Promise<void> {
    const voice = script.voice === undefined ? {} : { voice: script.voice };
    print({ what: 'said', at: sharedNow(), text });
    await call.speak(
      (from) => from.say({ text, language: script.language ?? DEFAULT_LANGUAGE, kind: 'dynamic', ...voice }),
      name,
    );
  }

  function playFile(path: string, name: string): Promise<void> {
    print({ what: 'said', at: sharedNow(), text: path });
    return call.speak((from) => from.clipFromFile(path), name);
  }

  async function waitFor(
    wanted: Extract<Step, { readonly 'wait-for': unknown }>['wait-for'],
    name: string,
  ): Promise<void> {
    const limit = wanted.within_s ?? DEFAULT_WITHIN_S;
    if ('text' in wanted) {
      await call.until(
        () => call.far?.find(wanted.text, wanted.wer ?? DEFAULT_WORD_ERROR_RATE) === true,
        limit,
        `${name}: "${wanted.text}"`,
      );
      print({ what: 'waited', at: sharedNow(), text: wanted.text });
    } else if ('speech' in wanted)
      await call.until(() => call.far?.speakingSince !== undefined, limit, `${name}: the far end's speech`);
    else if ('hang-up' in wanted) await call.until(() => call.over, limit, `${name}: the far end's hang-up`);
    else await silence(wanted.silence_ms, limit, name);
  }

  async function silence(length: number, withinS: number, name: string): Promise<void> {
    const from = sharedNow();
    const quietFor = (): number =>
      call.far?.speakingSince === undefined ? sharedNow() - Math.max(from, call.far?.silentSince ?? from) : 0;
    const ticking = setInterval(() => call.look(), 20);
    try {
      await call.until(() => quietFor() >= length, withinS, `${name}: ${length} ms of silence`);
    } finally {
      clearInterval(ticking);
    }
  }

  async function interrupt(
    how: Extract<Step, { readonly interrupt: unknown }>['interrupt'],
    name: string,
  ): Promise<void> {
    await call.until(
      () => call.far?.speakingSince !== undefined,
      how.within_s ?? DEFAULT_WITHIN_S,
      `${name}: something to interrupt`,
    );
    const since = call.far?.speakingSince ?? sharedNow();
    await call.pause(Math.max(0, how.after_ms - (sharedNow() - since)));
    print({ what: 'interrupted', at: sharedNow(), text: '' });
    if (how.press !== undefined) call.press(how.press);
    if (how.say !== undefined) await say(how.say, name);
  }

  return async (step, name) => {
    if (step === 'hang-up') return call.hangUp();
    if ('say' in step) return say(step.say, name);
    if ('play' in step) return playFile(step.play, name);
    if ('press' in step) return call.press(step.press);
    if ('pause_ms' in step) return call.pause(step.pause_ms);
    if ('wait-for' in step) return waitFor(step['wait-for'], name);
    if ('interrupt' in step) return interrupt(step.interrupt, name);
    const taken = await call.ringing('answer' in step ? step.answer.within_s : step.decline.within_s);
    if ('decline' in step) {
      taken.reject(step.decline.status);
      return print({ what: 'declined', at: sharedNow(), text: String(step.decline.status) });
    }
    await call.pause(step.answer.after_ms ?? 0);
    return call.answer(taken);
  };
}
