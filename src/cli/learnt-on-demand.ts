import type { Dialogue } from '../dialogue/dialogue.ts';
import type { Understanding } from '../dialogue/understanding.ts';
import { seconds } from '../domain/units.ts';
import type { Logger } from '../lib/logger.ts';
import { isSpokenFreely } from '../understanding/hear-intents.ts';
import { openIntentUnderstanding } from '../understanding/open-intent-understanding.ts';

/** What comes of a line must not depend on how busy the machine is. */
const LEARNT_WITHIN = seconds(240);

/**
 * What a dialplan's examples teach, as on a line (`openIntentUnderstanding`), but learnt when something is said for the first
 * time that is no sentence of a grammar: a script that keeps to grammars and keys need not wait for it. Nothing is kept.
 */
export function learntOnDemand(dialogue: Dialogue, logger: Logger): Understanding & AsyncDisposable {
  let opened: ReturnType<typeof openIntentUnderstanding> | undefined;
  return {
    interpret(asked, signal) {
      if (!asked.heard.some(isSpokenFreely)) return asked.heard;
      opened ??= openIntentUnderstanding([dialogue], { learntWithin: LEARNT_WITHIN }, logger);
      return opened.then((understanding) => understanding.interpret(asked, signal));
    },
    async [Symbol.asyncDispose]() {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
}
