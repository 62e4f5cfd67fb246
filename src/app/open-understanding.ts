import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Understanding } from '../dialogue/understanding.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { openIntentUnderstanding } from '../understanding/open-intent-understanding.ts';
import type { CallRouting } from './call-routing.ts';

/** What interprets the words of callers: what the examples of the dialplans teach, beside grammars and keywords. */
export async function openUnderstanding(
  { speech }: Config,
  dialplans: CallRouting['dialplans'],
  scope: Scope,
  logger: Logger,
): Promise<Understanding> {
  // callers who use the keys say nothing freely
  const heard = speech.recognizer === 'none' ? [] : dialplans.map(({ dialogue }) => dialogue);
  return scope.use(await openIntentUnderstanding(heard, { folder: join(speech.cache, 'intents') }, logger));
}
