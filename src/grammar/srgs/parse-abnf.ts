import { grammarErrors, type Position } from '../model/grammar-error.ts';
import type { Alternative, Expansion, SrgsGrammar } from '../model/srgs-grammar.ts';
import { type AbnfToken, abnfTokens } from './abnf-lexer.ts';
import { GrammarDraft, sequenceOf } from './grammar-draft.ts';
import { readReference } from './read-reference.ts';
import * as value from './srgs-values.ts';

const HEADER = /^\uFEFF?#ABNF[ \t]+(\S+?)(?:[ \t]+([\w.:-]+))?[ \t]*;/;

/** What is wrong at a place; reading goes on behind the next ';'. */
class Unexpected extends Error {
  readonly at: Position;

  constructor(found: AbnfToken, expected: string) {
    super(`expected ${expected}, found ${found.kind === 'end' ? found.text : `'${found.text}'`}`);
    this.at = found.at;
  }
}

/**
 * Reads a grammar in ABNF form (SRGS 1.0, appendix D).
 *
 * @param file - for messages and for what its references are relative to
 * @throws IvrError GRAMMAR_INVALID with everything that is wrong, by file, line and column
 */
export function parseAbnf(file: string, text: string): SrgsGrammar {
  const draft = new GrammarDraft(file);
  const header = HEADER.exec(text);
  const start = { line: 1, column: 1 };
  if (text.length > value.MOST_CHARACTERS)
    throw grammarErrors([{ file, at: start, text: `expected at most ${value.MOST_CHARACTERS} characters` }]);
  if (header === null)
    throw grammarErrors([{ file, at: start, text: "expected '#ABNF 1.0 UTF-8;' as the first line" }]);
  if (header[1] !== '1.0') draft.problem(start, `expected version 1.0 after '#ABNF', found '${header[1]}'`);
  new AbnfReader(draft, abnfTokens(draft, text, header[0].length)).declarations();
  return draft.finish();
}

class AbnfReader {
  readonly #draft: GrammarDraft;
  readonly #tokens: readonly AbnfToken[];
  #next = 0;
  #depth = 0;
  /** Declarations stand before the rules (SRGS 1.0, section 4). */
  #inRules = false;

  constructor(draft: GrammarDraft, tokens: readonly AbnfToken[]) {
    this.#draft = draft;
    this.#tokens = tokens;
  }

  declarations(): void {
    while (this.#peek().kind !== 'end') {
      const from = this.#next;
      try {
        this.#declaration(this.#take());
      } catch (thrown) {
        if (!(thrown instanceof Unexpected)) throw thrown;
        this.#draft.problem(thrown.at, thrown.message);
        if (this.#draft.isFull) return;
        this.#next = Math.max(from + 1, this.#next - 1);
        this.#depth = 0;
        for (let token = this.#take(); token.kind !== 'end'; token = this.#take())
          if (token.kind === 'mark' && token.text === ';') break;
      }
    }
  }

  #declaration(token: AbnfToken): void {
    const keyword = token.kind === 'word' ? token.text : undefined;
    if (token.kind === 'rule') this.#rule(token, 'private');
    else if (keyword === 'public' || keyword === 'private') this.#rule(this.#expect('rule', 'a $rule name'), keyword);
    else {
      if (this.#inRules)
        throw new Unexpected(token, "'public', 'private' or a $rule (declarations stand before rules)");
      if (token.kind === 'tag') this.#draft.headerTags.push({ content: token.text, at: token.at });
      else this.#header(token, keyword);
      this.#mark(';');
    }
  }

  #header(token: AbnfToken, keyword: string | undefined): void {
    const draft = this.#draft;
    switch (keyword) {
      case 'language': {
        const language = this.#expect('word', value.EXPECTED_LANGUAGE);
        if (!value.isLanguage(language.text)) throw new Unexpected(language, value.EXPECTED_LANGUAGE);
        draft.language = language.text;
        return;
      }
      case 'mode': {
        const mode = this.#expect('word', "'voice' or 'dtmf'");
        if (mode.text !== 'voice' && mode.text !== 'dtmf') throw new Unexpected(mode, "'voice' or 'dtmf'");
        draft.mode = mode.text;
        return;
      }
      case 'root': {
        const root = this.#expect('rule', 'the $name of the root rule');
        draft.root = { name: root.text, at: root.at };
        return;
      }
      case 'tag-format': {
        const format = this.#expect('uri', `<${value.EXPECTED_TAG_FORMAT}>`);
        const known = value.readTagFormat(format.text);
        if (known === undefined) throw new Unexpected(format, value.EXPECTED_TAG_FORMAT);
        draft.tagFormat = known;
        return;
      }
      case 'base':
        draft.base = this.#expect('uri', 'a <URI>').text;
        return;
      case 'lexicon':
        draft.lexicons.push(this.#expect('uri', 'a <URI>').text);
        if (this.#peek().kind === 'media') this.#take();
        return;
      case 'meta':
      case 'http-equiv': {
        const name = this.#expect('quoted', "a 'name'").text;
        const is = this.#take();
        if (is.text !== 'is') throw new Unexpected(is, "'is'");
        const content = this.#expect('quoted', "the 'content'").text;
        draft.metas.push({ name, content, httpEquivalent: keyword === 'http-equiv' });
        return;
      }
      default:
        throw new Unexpected(
          token,
          "'language', 'mode', 'root', 'tag-format', 'base', 'lexicon', 'meta', 'http-equiv', a {tag}, 'public', 'private' or a $rule",
        );
    }
  }

  #rule(name: AbnfToken, scope: 'public' | 'private'): void {
    this.#inRules = true;
    if (!value.isRuleName(name.text)) throw new Unexpected(name, value.EXPECTED_NAME);
    this.#mark('=');
    this.#depth = 0;
    const expansion = this.#alternatives();
    this.#mark(';');
    this.#draft.rule({ name: name.text, scope, expansion, at: name.at });
  }

  #alternatives(): Expansion {
    const items: Alternative[] = [];
    do {
      const weight = this.#peek().kind === 'weight' ? this.#weight(this.#take()) : undefined;
      const item = this.#sequence();
      items.push(weight === undefined ? { item } : { item, weight });
    } while (this.#takeMark('|'));
    const [first] = items;
    return items.length === 1 && first !== undefined && first.weight === undefined
      ? first.item
      : { kind: 'alternatives', items };
  }

  #weight(token: AbnfToken): number {
    const weight = value.readWeight(token.text);
    if (weight === undefined) throw new Unexpected(token, value.EXPECTED_WEIGHT);
    return weight;
  }

  #sequence(): Expansion {
    const items: Expansion[] = [];
    for (let token = this.#peek(); !endsSequence(token); token = this.#peek()) items.push(this.#repeated());
    if (items.length === 0) throw new Unexpected(this.#peek(), 'a token, $rule, {tag}, ( or [');
    return sequenceOf(items);
  }

  #repeated(): Expansion {
    let item = this.#inLanguage();
    for (let count = 1; this.#peek().kind === 'repeat'; count++) {
      const token = this.#take();
      if (count > value.MOST_REPEATS_OF_ONE)
        throw new Unexpected(token, `at most ${value.MOST_REPEATS_OF_ONE} repeats behind one thing`);
      const [, times = '', , odds] = /^([^/]*)(\/([^/]*)\/)?/.exec(token.text) ?? [];
      const repeat = value.readRepeat(times);
      const probability = odds === undefined ? undefined : value.readProbability(odds);
      if (repeat === undefined) throw new Unexpected(token, value.EXPECTED_REPEAT);
      if (odds !== undefined && probability === undefined) throw new Unexpected(token, value.EXPECTED_PROBABILITY);
      item = { kind: 'repeat', item, ...repeat, ...(probability === undefined ? {} : { probability }) };
    }
    return item;
  }

  #inLanguage(): Expansion {
    const item = this.#subexpansion(this.#take());
    if (this.#peek().kind !== 'language') return item;
    const language = this.#take();
    if (!value.isLanguage(language.text)) throw new Unexpected(language, value.EXPECTED_LANGUAGE);
    if (item.kind === 'reference' || item.kind === 'tag')
      throw new Unexpected(language, 'a language behind a token or brackets only');
    return { kind: 'in-language', language: language.text, item };
  }

  #subexpansion(token: AbnfToken): Expansion {
    switch (token.kind) {
      case 'word':
        return this.#draft.token(token.text, token.at);
      case 'quoted': {
        const text = value.normalToken(token.text);
        if (text === '') throw new Unexpected(token, 'words between the quotes');
        return this.#draft.token(text, token.at);
      }
      case 'tag':
        return { kind: 'tag', content: token.text, at: token.at };
      case 'rule': {
        const special = value.specialName(token.text);
        if (special !== undefined) return { kind: 'special', name: special };
        if (!value.isRuleName(token.text)) throw new Unexpected(token, value.EXPECTED_NAME);
        return { kind: 'reference', rule: token.text, at: token.at };
      }
      case 'reference': {
        const mediaType = this.#peek().kind === 'media' ? this.#take().text : undefined;
        const reference = readReference(token.text, token.at, mediaType);
        if (typeof reference === 'string') throw new Unexpected(token, reference);
        return reference;
      }
      case 'mark':
        if (token.text === '(' || token.text === '[') return this.#bracket(token);
        break;
      default:
    }
    throw new Unexpected(token, 'a token, $rule, {tag}, ( or [');
  }

  #bracket(open: AbnfToken): Expansion {
    if (open.text === '(' && this.#takeMark(')')) return { kind: 'special', name: 'NULL' };
    if (++this.#depth > value.DEEPEST) throw new Unexpected(open, `at most ${value.DEEPEST} brackets in each other`);
    const item = this.#alternatives();
    this.#mark(open.text === '(' ? ')' : ']');
    this.#depth -= 1;
    return open.text === '(' ? item : { kind: 'repeat', item, min: 0, max: 1 };
  }

  #peek(): AbnfToken {
    return this.#tokens[this.#next] ?? END;
  }

  #take(): AbnfToken {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }

  #takeMark(text: string): boolean {
    const token = this.#peek();
    const found = token.kind === 'mark' && token.text === text;
    if (found) this.#next += 1;
    return found;
  }

  #mark(text: string): void {
    const token = this.#take();
    if (token.kind !== 'mark' || token.text !== text) throw new Unexpected(token, `'${text}'`);
  }

  #expect(kind: AbnfToken['kind'], expected: string): AbnfToken {
    const token = this.#take();
    if (token.kind !== kind) throw new Unexpected(token, expected);
    return token;
  }
}

const END: AbnfToken = { kind: 'end', text: 'the end of the file', at: { line: 1, column: 1 } };

const endsSequence = (token: AbnfToken): boolean =>
  token.kind === 'end' || (token.kind === 'mark' && token.text !== '(' && token.text !== '[');
