import { openPhoneApp, type PhoneApp } from '../../src/app/open-phone-app.ts';
import type { PhoneLine } from '../../src/lab/phone/phone-call.ts';
import { runPhone } from '../../src/lab/phone/run-phone.ts';
import type { Step } from '../../src/lab/phone/script.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { hasPeer } from './peers.ts';

/** `files`: it plays them and says nothing of its own, so that the voice that costs least to have does. */
export const openTestPhone = (speech: 'both' | 'voice' | 'files' | 'none' = 'none'): Promise<PhoneApp> =>
  openPhoneApp(
    {
      host: '127.0.0.1',
      port: 0,
      speech: speech === 'files' ? 'voice' : speech,
      ...(speech === 'files' && hasPeer('espeak-ng') ? { synthesizer: 'espeak-ng' as const } : {}),
    },
    silentLogger,
  );

/** One call (or, without a target, one call taken) by the scripted telephone. */
export async function follow(
  phone: PhoneApp,
  target: string | undefined,
  steps: Iterable<Step> | AsyncIterable<Step>,
  options: { readonly voice?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly PhoneLine[]> {
  const lines: PhoneLine[] = [];
  const script = { steps, ...(options.voice === undefined ? {} : { voice: options.voice }) };
  await runPhone(
    { target, from: '+15550104567', script, print: (line) => lines.push(line) },
    { ...phone, clock: systemClock },
    options.signal ?? new AbortController().signal,
  );
  return lines;
}
