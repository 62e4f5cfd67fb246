import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Vocabulary } from '../../src/speech/engines/whisper/vocabulary.ts';

/** The shipped token table. */
export const vocabulary = new Vocabulary(
  readFileSync(join(import.meta.dirname, '../../models/recognizer-zh-en/tokens.json'), 'utf8'),
);
