import { type Following, functionWord } from './function-words.ts';
import { stemsOfEd, stemsOfIng, stemsOfS, withEd, withIng, withS } from './inflections.ts';
import { applyStress, hasPrimaryStress, type Stress, stressLast } from './phonemes.ts';
import type { Pronunciation, Pronunciations } from './pronunciations.ts';
import { isAlphabetic, isLower, isUpper } from './word-shapes.ts';

/** A word where it stands. */
interface Placed {
  /** Penn Treebank. */
  readonly tag: string;
  readonly stress: Stress | undefined;
  readonly following: Following;
}

/**
 * How English words sound: entries that people checked, then entries made by machine, then known words with an ending
 * (rules of misaki 0.9.4, Apache-2.0).
 */
export class Lexicon {
  readonly #checked: Pronunciations;
  readonly #machineMade: Pronunciations;

  constructor(checked: Pronunciations, machineMade: Pronunciations) {
    this.#checked = checked;
    this.#machineMade = machineMade;
  }

  /** @returns phonemes; undefined: nobody knows this word */
  read(text: string, tag: string, following: Following): string | undefined {
    const written = text.replace(/[‘’]/g, "'").normalize('NFKC');
    const stress = isLower(written) ? undefined : isUpper(written) ? 2 : 0.5;
    const placed: Placed = { tag, stress, following };
    const little = functionWord(written, tag, stress, following);
    if (little !== undefined) {
      if ('phonemes' in little) return little.phonemes;
      if ('spell' in little) return this.#spell(written);
      return phonemesFor(this.#checked.get(little.like), little.partOfSpeech ?? 'DEFAULT');
    }
    const word = this.#asKnown(written, placed);
    if (this.#knows(word)) return this.#lookUp(word, placed);
    const possessive = word.endsWith("s'") ? `${word.slice(0, -2)}'s` : word.endsWith("'") ? word.slice(0, -1) : word;
    if (possessive !== word && this.#knows(possessive)) return this.#lookUp(possessive, placed);
    return this.#inflected(word, placed);
  }

  /** 'BALANCE' and 'Balance' are 'balance', when only that is known. */
  #asKnown(word: string, placed: Placed): string {
    const lower = word.toLowerCase();
    const plain = word.length > 1 && isAlphabetic(word.replaceAll("'", '')) && word !== lower;
    const usualCase = isUpper(word) || isLower(word.slice(1));
    if (!plain || !usualCase || (placed.tag === 'NNP' && word.length <= 7)) return word;
    if (this.#checked.has(word) || this.#machineMade.has(word)) return word;
    const known =
      this.#checked.has(lower) || this.#machineMade.has(lower) || this.#inflected(lower, placed) !== undefined;
    return known ? lower : word;
  }

  #inflected(word: string, placed: Placed): string | undefined {
    return (
      this.#fromStem(stemsOfS(word), withS, placed) ??
      this.#fromStem(stemsOfEd(word), withEd, placed) ??
      this.#fromStem(stemsOfIng(word), withIng, { ...placed, stress: placed.stress ?? 0.5 })
    );
  }

  #fromStem(stems: readonly string[], inflect: (stem: string) => string, placed: Placed): string | undefined {
    const stem = stems.find((one) => this.#knows(one));
    const phonemes = stem === undefined ? undefined : this.#lookUp(stem, placed);
    return phonemes === undefined || phonemes === '' ? undefined : inflect(phonemes);
  }

  #knows(word: string): boolean {
    if (this.#checked.has(word) || this.#machineMade.has(word)) return true;
    if (!/^[A-Za-z]+$/.test(word)) return false;
    // a letter, or capitals that are spelled
    return word.length === 1 || (isUpper(word) && this.#checked.has(word.toLowerCase())) || isUpper(word.slice(1));
  }

  #lookUp(written: string, { tag, stress, following }: Placed): string | undefined {
    const capitals = isUpper(written) && !this.#checked.has(written);
    const word = capitals ? written.toLowerCase() : written;
    const name = capitals && tag === 'NNP';
    const entry = this.#checked.get(word) ?? (name ? undefined : this.#machineMade.get(word));
    const alone =
      following.vowel === undefined && typeof entry === 'object' && Object.hasOwn(entry, 'None') ? 'None' : tag;
    const phonemes = phonemesFor(entry, alone);
    if (phonemes === undefined || (name && !hasPrimaryStress(phonemes))) {
      const spelled = this.#spell(word);
      if (spelled !== undefined) return spelled;
    }
    return phonemes === undefined ? undefined : applyStress(phonemes, stress);
  }

  /** Letter by letter, stressed on the last. */
  #spell(word: string): string | undefined {
    const letters = Array.from(word)
      .filter(isAlphabetic)
      .map((letter) => phonemesFor(this.#checked.get(letter.toUpperCase()), 'DEFAULT'));
    if (letters.length === 0 || letters.includes(undefined)) return undefined;
    return stressLast(applyStress(letters.join(''), 0));
  }
}

/** Of the part of speech, of the larger class that it belongs to, or the usual ones. */
function phonemesFor(entry: Pronunciation | undefined, tag: string): string | undefined {
  if (entry === undefined || typeof entry === 'string') return entry;
  const key = [tag, classOf(tag)].find((one) => Object.hasOwn(entry, one)) ?? 'DEFAULT';
  return entry[key] ?? undefined;
}

function classOf(tag: string): string {
  if (tag.startsWith('VB')) return 'VERB';
  if (tag.startsWith('NN')) return 'NOUN';
  if (tag.startsWith('RB') || tag.startsWith('ADV')) return 'ADV';
  return tag.startsWith('JJ') || tag.startsWith('ADJ') ? 'ADJ' : tag;
}
