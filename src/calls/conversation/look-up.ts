import type { DialogueEffect, LookUpResult, SpokenPrompt } from '../../dialogue/dialogue.ts';
import { asError } from '../../domain/error.ts';
import { type Milliseconds, ms } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import type { CallServices } from '../call-services.ts';

export type LookUp = Extract<DialogueEffect, { readonly do: 'look-up' }>;

/**
 * Asks the bank, says the fillers while it thinks, and takes what breaks or comes too late as 'failed'.
 *
 * @param fill - says a filler
 */
export async function lookUp(
  asked: LookUp,
  { bank, clock, logger }: Pick<CallServices, 'bank' | 'clock' | 'logger'>,
  fill: (prompt: SpokenPrompt) => void,
  signal: AbortSignal,
): Promise<{ readonly result: LookUpResult; readonly took: Milliseconds }> {
  const began = clock.now();
  const fillers = asked.fillers.map(({ afterMs, prompt }) => clock.after(ms(afterMs), () => fill(prompt)));
  const took = (): Milliseconds => ms(clock.now() - began);
  const limit = ms(asked.timeoutMs);
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  try {
    const result = await within(bank.call(asked.service, asked.args, stop), limit, asked.service, signal);
    return { result, took: took() };
  } catch (thrown) {
    if (!signal.aborted) logger.error({ service: asked.service }, 'the bank did not answer', asError(thrown));
    return { result: { outcome: 'failed' }, took: took() };
  } finally {
    for (const cancel of fillers) cancel();
  }
}
