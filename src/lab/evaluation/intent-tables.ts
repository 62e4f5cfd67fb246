import { IvrError } from '../../domain/error.ts';
import { tableRows } from './table-rows.ts';

/* What `tellerline evaluate intents` reads: sentences and what they want. */

export interface LabelledSentence {
  readonly text: string;
  readonly intents: readonly string[];
}

/**
 * A CSV table with the columns text and category.
 *
 * @throws IvrError MANIFEST_INVALID with the file and line
 */
export const readCategories = (file: string, text: string): readonly LabelledSentence[] =>
  tableRows(file, text, ',', ['text', 'category']).map(({ line, values: [sentence = '', category = ''] }) => {
    if (sentence.trim() === '' || category.trim() === '')
      throw new IvrError('MANIFEST_INVALID', `${file}:${line}: expected a text and its category`, { file, line });
    return { text: sentence.trim(), intents: [category.trim()] };
  });

/**
 * A fold of NLU++: a JSON list of objects with `text` and, where it has any, `intents`.
 *
 * @throws IvrError MANIFEST_INVALID with the file and the place in the list
 */
export function readNluppFold(file: string, text: string): readonly LabelledSentence[] {
  const invalid = (what: string, cause?: unknown): IvrError =>
    new IvrError('MANIFEST_INVALID', `${file}: ${what}`, { file }, cause);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw invalid('expected a JSON list', cause);
  }
  if (!Array.isArray(list)) throw invalid('expected a JSON list');
  return list.map((one: unknown, place) => {
    const { text: sentence, intents = [] } = isRecord(one) ? one : {};
    if (typeof sentence !== 'string' || !Array.isArray(intents) || !intents.every((name) => typeof name === 'string'))
      throw invalid(`entry ${place}: expected an object with a text and a list of intents`);
    return { text: sentence, intents };
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
