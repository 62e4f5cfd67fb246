import type { AbnfGrammar, Expansion, Rule, Tag } from './abnf-ast.ts';
import { type AbnfToken, abnfTokens } from './abnf-tokens.ts';
import { grammarError } from './grammar-error.ts';

const HEADER = /^\uFEFF?#ABNF 1\.0(?: [\w-]+)?;?[ \t]*(?:\r?\n|$)/;
const WORD = /^[\p{Ll}\p{Lo}\p{M}][\p{Ll}\p{Lo}\p{M}'-]*$/u;
const TAG = /^\s*([A-Za-z][\w-]*)\s*(\+?)=\s*([^=;]*?)\s*$/;
/** A repeat is unrolled: this keeps a slip of the finger from filling the memory. */
const MOST_REPEATS = 64;

/**
 * Reads a grammar in SRGS 1.0 ABNF form (https://www.w3.org/TR/speech-grammar, our subset: see abnf-ast.ts).
 *
 * @param file - for messages only
 * @throws IvrError GRAMMAR_INVALID with file, line, column and what was expected
 */
export function parseAbnf(file: string, text: string): AbnfGrammar {
  const header = HEADER.exec(text);
  if (header === null)
    throw grammarError(file, { line: 1, column: 1 }, "expected '#ABNF 1.0 UTF-8;' as the first line");
  return new Parser(file, abnfTokens(file, text, header[0].length)).grammar();
}

class Parser {
  readonly #file: string;
  readonly #tokens: readonly AbnfToken[];
  #next = 0;

  constructor(file: string, tokens: readonly AbnfToken[]) {
    this.#file = file;
    this.#tokens = tokens;
  }

  grammar(): AbnfGrammar {
    let language = 'en-US';
    let root: AbnfToken | undefined;
    const rules = new Map<string, Rule>();
    while (this.#peek().kind !== 'end') {
      const token = this.#take();
      if (token.kind === 'rule') this.#rule(token, false, rules);
      else if (token.kind === 'word' && (token.text === 'public' || token.text === 'private'))
        this.#rule(this.#expect('rule', 'a $rule name'), token.text === 'public', rules);
      else if (token.kind === 'word' && token.text === 'language') {
        language = this.#expect('word', 'a language such as en-US').text;
        this.#mark(';');
      } else if (token.kind === 'word' && token.text === 'root') {
        root = this.#expect('rule', 'the $name of the root rule');
        this.#mark(';');
      } else if (token.kind === 'word' && token.text === 'mode') {
        const mode = this.#expect('word', "'voice'");
        if (mode.text !== 'voice') throw this.#unexpected(mode, "'voice'");
        this.#mark(';');
      } else throw this.#unexpected(token, "'language', 'mode', 'root', 'public', 'private' or a $rule");
    }
    if (root === undefined) throw this.#unexpected(this.#peek(), "a declaration 'root $name;'");
    if (!rules.has(root.text))
      throw grammarError(this.#file, root.at, `expected a rule named $${root.text}, found none`);
    return { file: this.#file, language, root: root.text, rules };
  }

  #rule(name: AbnfToken, isPublic: boolean, rules: Map<string, Rule>): void {
    if (rules.has(name.text))
      throw grammarError(this.#file, name.at, `expected one rule $${name.text}, found a second`);
    this.#mark('=');
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
          const inner = this.#alternatives();
          this.#mark(')');
          return inner;
        }
        if (token.text === '[') {
          const item = this.#alternatives();
          this.#mark(']');
          return { kind: 'repeat', item, min: 0, max: 1 };
        }
    }
    throw this.#unexpected(token, 'a word, $rule, {tag}, ( or [');
  }

  #word(token: AbnfToken, word: string): Expansion {
    if (!WORD.test(word)) throw this.#unexpected(token, "a word in lower case as spoken ('one', not '1')");
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
        const [, key, plus, value] = TAG.exec(part) ?? [];
        if (key === undefined || value === undefined)
          throw this.#unexpected(token, 'a tag {key=value} or {key+=value}');
        return { key, append: plus === '+', value };
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
