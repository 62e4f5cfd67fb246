import type { Tag } from '../../grammar/automaton/network.ts';
import type { AbnfGrammar, Expansion, Rule } from './abnf-ast.ts';
import { type AbnfToken, abnfTokens } from './abnf-tokens.ts';
import {
  type GrammarProblem,
  grammarError,
  grammarErrors,
  grammarProblems,
} from '../../grammar/model/grammar-error.ts';
import { isSpokenWord } from './spoken-phrase.ts';

const HEADER = /^\uFEFF?#ABNF 1\.0(?: [\w-]+)?;?[ \t]*(?:\r?\n|$)/;
const TAG_KEY = /^[A-Za-z][\w-]*$/;
/** A repeat is unrolled: this keeps a slip of the finger from filling the memory. */
const MOST_REPEATS = 64;
/** Brackets in each other: they are read by recursion. */
const DEEPEST = 50;
const MOST_CHARACTERS = 500_000;
/** Of one file: the first ones say enough. */
const MOST_PROBLEMS = 20;

/**
 * Reads a grammar in SRGS 1.0 ABNF form (https://www.w3.org/TR/speech-grammar, our subset: see abnf-ast.ts).
 *
 * @param file - for messages only
 * @throws IvrError GRAMMAR_INVALID with file, line, column and what was expected, for each rule that is wrong
 */
export function parseAbnf(file: string, text: string): AbnfGrammar {
  const header = HEADER.exec(text);
  if (text.length > MOST_CHARACTERS)
    throw grammarError(
      file,
      { line: 1, column: 1 },
      `expected at most ${MOST_CHARACTERS} characters, found ${text.length}`,
    );
  if (header === null)
    throw grammarError(file, { line: 1, column: 1 }, "expected '#ABNF 1.0 UTF-8;' as the first line");
  return new Parser(file, abnfTokens(file, text, header[0].length)).grammar();
}

class Parser {
  readonly #file: string;
  readonly #tokens: readonly AbnfToken[];
  #next = 0;
  #depth = 0;
  #language = 'en-US';
  #root: AbnfToken | undefined;
  /** The rule that is being read. */
  #reading: AbnfToken | undefined;
  readonly #rules = new Map<string, Rule>();

  constructor(file: string, tokens: readonly AbnfToken[]) {
    this.#file = file;
    this.#tokens = tokens;
  }

  grammar(): AbnfGrammar {
    const problems: GrammarProblem[] = [];
    while (this.#peek().kind !== 'end') {
      try {
        this.#declaration(this.#take());
      } catch (thrown) {
        const problem = grammarProblems(thrown);
        if (problem === undefined || problems.length >= MOST_PROBLEMS) throw thrown;
        problems.push(...problem);
        this.#skipDeclaration();
      }
    }
    if (problems.length > 0) throw grammarErrors(problems);
    const root = this.#root;
    if (root === undefined) throw this.#unexpected(this.#peek(), "a declaration 'root $name;'");
    if (!this.#rules.has(root.text))
      throw grammarError(this.#file, root.at, `expected a rule named $${root.text}, found none`);
    return { file: this.#file, language: this.#language, root: root.text, rules: this.#rules };
  }

  #declaration(token: AbnfToken): void {
    const keyword = token.kind === 'word' ? token.text : undefined;
    if (token.kind === 'rule') this.#rule(token, false, this.#rules);
    else if (keyword === 'public' || keyword === 'private')
      this.#rule(this.#expect('rule', 'a $rule name'), keyword === 'public', this.#rules);
    else if (keyword === 'language') {
      this.#language = this.#expect('word', 'a language such as en-US').text;
      this.#mark(';');
    } else if (keyword === 'root') {
      this.#root = this.#expect('rule', 'the $name of the root rule');
      this.#mark(';');
    } else if (keyword === 'mode') {
      const mode = this.#expect('word', "'voice'");
      if (mode.text !== 'voice') throw this.#unexpected(mode, "'voice'");
      this.#mark(';');
    } else throw this.#unexpected(token, "'language', 'mode', 'root', 'public', 'private' or a $rule");
  }

  /** Behind the end of the declaration that went wrong. */
  #skipDeclaration(): void {
    this.#next = Math.max(0, this.#next - 1);
    for (let token = this.#take(); token.kind !== 'end'; token = this.#take())
      if (token.kind === 'mark' && token.text === ';') return;
    this.#next -= 1;
  }

  #rule(name: AbnfToken, isPublic: boolean, rules: Map<string, Rule>): void {
    if (rules.has(name.text))
      throw grammarError(this.#file, name.at, `expected one rule $${name.text}, found a second`);
    this.#mark('=');
    this.#reading = name;
    this.#depth = 0;
    const expansion = this.#alternatives();
    this.#mark(';');
    rules.set(name.text, { name: name.text, public: isPublic, expansion, at: name.at });
  }

  #alternatives(): Expansion {
    const items = [this.#sequence()];
    while (this.#peek().kind === 'mark' && this.#peek().text === '|') {
      this.#take();
      items.push(this.#sequence());
    }
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'alternatives', items };
  }

  #sequence(): Expansion {
    const items: Expansion[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end' || (token.kind === 'mark' && !'(['.includes(token.text))) break;
      items.push(this.#repeated(this.#item(this.#take())));
    }
    if (items.length === 0) throw this.#unexpected(this.#peek(), 'a word, $rule, {tag}, ( or [');
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'sequence', items };
  }

  #item(token: AbnfToken): Expansion {
    switch (token.kind) {
      case 'word':
        return this.#word(token, token.text);
      case 'quoted':
        return {
          kind: 'sequence',
          items: token.text
            .trim()
            .split(/\s+/)
            .map((word) => this.#word(token, word)),
        };
      case 'tag':
        return { kind: 'tag', tags: this.#tags(token) };
      case 'uri':
        return { kind: 'external', uri: token.text.trim(), at: token.at };
      case 'rule':
        if (token.text === 'NULL') return { kind: 'sequence', items: [] };
        if (token.text === 'VOID' || token.text === 'GARBAGE')
          throw this.#unexpected(token, 'an ordinary rule ($VOID and $GARBAGE are not supported)');
        return { kind: 'rule', name: token.text, at: token.at };
      case 'mark':
        if (token.text === '(') {
          const inner = this.#within(token);
          this.#mark(')');
          return inner;
        }
        if (token.text === '[') {
          const item = this.#within(token);
          this.#mark(']');
          return { kind: 'repeat', item, min: 0, max: 1 };
        }
    }
    throw this.#unexpected(token, 'a word, $rule, {tag}, ( or [');
  }

  #within(bracket: AbnfToken): Expansion {
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      throw grammarError(
        this.#file,
        bracket.at,
        `expected at most ${DEEPEST} brackets in each other in the rule $${this.#reading?.text}, found more`,
      );
    const inner = this.#alternatives();
    this.#depth -= 1;
    return inner;
  }

  #word(token: AbnfToken, word: string): Expansion {
    if (!isSpokenWord(word)) throw this.#unexpected(token, "a word as spoken ('one', not '1')");
    return { kind: 'word', word };
  }

  #repeated(item: Expansion): Expansion {
    let repeated = item;
    while (this.#peek().kind === 'repeat') {
      const token = this.#take();
      const [min = 0, max] = token.text.split('-').map((part) => (part.trim() === '' ? undefined : Number(part)));
      const exact = token.text.includes('-') ? max : min;
      if (min > MOST_REPEATS || (exact ?? 0) > MOST_REPEATS || (exact !== undefined && exact < min))
        throw this.#unexpected(token, `a repeat <n>, <n-m> or <n-> with n ≤ m ≤ ${MOST_REPEATS}`);
      repeated = { kind: 'repeat', item: repeated, min, max: exact };
    }
    return repeated;
  }

  #tags(token: AbnfToken): readonly Tag[] {
    return token.text
      .split(';')
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const [left = '', value, more] = part.split('=', 3);
        const append = left.endsWith('+');
        const key = (append ? left.slice(0, -1) : left).trim();
        if (value === undefined || more !== undefined || !TAG_KEY.test(key))
          throw this.#unexpected(token, 'a tag {key=value} or {key+=value}');
        return { key, append, value: value.trim() };
      });
  }

  #peek(): AbnfToken {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    if (token === undefined)
      throw grammarError(this.#file, { line: 1, column: 1 }, 'expected a grammar, found nothing');
    return token;
  }

  #take(): AbnfToken {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #expect(kind: AbnfToken['kind'], what: string): AbnfToken {
    const token = this.#take();
    if (token.kind !== kind) throw this.#unexpected(token, what);
    return token;
  }

  #mark(mark: string): void {
    const token = this.#take();
    if (token.kind !== 'mark' || token.text !== mark) throw this.#unexpected(token, `'${mark}'`);
  }

  #unexpected(token: AbnfToken, expected: string) {
    const found = token.kind === 'end' ? token.text : `'${token.text}'`;
    return grammarError(this.#file, token.at, `expected ${expected}, found ${found}`);
  }
}
