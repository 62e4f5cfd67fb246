import type { SpeechService } from '../speech/speech-service.ts';

/** Called every few seconds while prompts are synthesised, with how many of how many are ready. */
export type Prepared = (done: number, total: number) => void;

const TOGETHER = 16;
const TOLD_EVERY_MS = 3_000;

/** Resolves when every prompt that needs nobody's data is in the cache. @throws IvrError SYNTHESIS_FAILED */
export async function preparePrompts(
  speech: Pick<SpeechService, 'prepare'>,
  speeches: Parameters<SpeechService['prepare']>[0],
  onPrepared: Prepared,
): Promise<void> {
  let told = performance.now();
  for (let done = 0; done < speeches.length; ) {
    await speech.prepare(speeches.slice(done, done + TOGETHER));
    done = Math.min(speeches.length, done + TOGETHER);
    if (done === speeches.length || performance.now() - told < TOLD_EVERY_MS) continue;
    told = performance.now();
    onPrepared(done, speeches.length);
  }
}
