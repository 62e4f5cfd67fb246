import type { Comparison, Expression, Kind } from './expression.ts';

const LONGEST = 500;
/** Brackets and operators in each other: they are read by recursion. */
const DEEPEST = 40;
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|"([^"]*)"|([a-z][a-z0-9-]*)|(==|!=|<=|>=|[=<>+*()-]))/y;
const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

interface Token {
  readonly type: 'number' | 'text' | 'name' | 'mark' | 'end';
  readonly text: string;
}

class Refused extends Error {}

/**
 * Reads and types an expression.
 *
 * @param kinds - what may be named, and what it is
 * @param wanted - what it must be; undefined: anything
 * @returns the expression, or what was expected
 */
export function parseExpression(text: string, kinds: ReadonlyMap<string, Kind>, wanted?: Kind): Expression | string {
  if (text.length > LONGEST) return `expected at most ${LONGEST} characters in an expression`;
  try {
    const expression = new ExpressionParser(tokensOf(text), kinds).whole();
    if (wanted !== undefined && expression.kind !== wanted && expression.kind !== 'any')
      return `expected ${PLAIN[wanted]} ('${text}' is ${PLAIN[expression.kind]})`;
    return expression;
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.message;
    throw thrown;
  }
}

const PLAIN: Readonly<Record<Kind, string>> = {
  number: 'a number',
  text: 'a text',
  truth: 'a condition, which holds or not',
  date: 'a date',
  time: 'a time',
  any: 'a value',
};

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.trimEnd().length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null)
      throw new Refused(
        `expected names, numbers, 'texts', + - * = != < <= > >= and or not ( ), found '${text.slice(at).trim()}'`,
      );
    const [all, number, single, double, name, mark] = found;
    at += all.length;
    if (number !== undefined) tokens.push({ type: 'number', text: number });
    else if (name !== undefined) tokens.push({ type: 'name', text: name });
    else if (mark !== undefined) tokens.push({ type: 'mark', text: mark === '==' ? '=' : mark });
    else tokens.push({ type: 'text', text: single ?? double ?? '' });
  }
  return [...tokens, { type: 'end', text: 'the end' }];
}

class ExpressionParser {
  readonly #tokens: readonly Token[];
  readonly #kinds: ReadonlyMap<string, Kind>;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], kinds: ReadonlyMap<string, Kind>) {
    this.#tokens = tokens;
    this.#kinds = kinds;
  }

  whole(): Expression {
    const expression = this.#or();
    const { type, text } = this.#peek();
    if (type !== 'end') throw new Refused(`expected an operator or the end of the expression, found '${text}'`);
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { type: 'end', text: 'the end' };
  }

  #take(...texts: readonly string[]): string | undefined {
    const { type, text } = this.#peek();
    if ((type !== 'mark' && type !== 'name') || !texts.includes(text)) return undefined;
    this.#next += 1;
    return text;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take('or') !== undefined) left = this.#joined('or', left, this.#and());
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#take('and') !== undefined) left = this.#joined('and', left, this.#not());
    return left;
  }

  #joined(op: 'and' | 'or', left: Expression, right: Expression): Expression {
    return { op, left: condition(left, op), right: condition(right, op), kind: 'truth' };
  }

  #not(): Expression {
    if (this.#take('not') === undefined) return this.#comparison();
    return this.#deeper(() => ({ op: 'not', of: condition(this.#not(), 'not'), kind: 'truth' }));
  }

  #comparison(): Expression {
    const left = this.#sum();
    const op = this.#take(...COMPARISONS) as Comparison | undefined;
    if (op === undefined) return left;
    const right = this.#sum();
    const kind = common(left.kind, right.kind);
    if (kind === undefined)
      throw new Refused(`expected the same on both sides of ${op}, found ${PLAIN[left.kind]} and ${PLAIN[right.kind]}`);
    if (op !== '=' && op !== '!=' && (kind === 'text' || kind === 'truth'))
      throw new Refused(`expected numbers, dates or times around ${op}, found ${PLAIN[kind]}`);
    return { op, left, right, kind: 'truth' };
  }

  #sum(): Expression {
    let left = this.#product();
    for (let op = this.#take('+', '-'); op !== undefined; op = this.#take('+', '-')) {
      const right = numeric(this.#product(), op);
      // days from a date
      left =
        left.kind === 'date'
          ? { op: op as '+' | '-', left, right, kind: 'date' }
          : { op: op as '+' | '-', left: numeric(left, op), right, kind: 'number' };
    }
    return left;
  }

  #product(): Expression {
    let left = this.#factor();
    while (this.#take('*') !== undefined)
      left = { op: '*', left: numeric(left, '*'), right: numeric(this.#factor(), '*'), kind: 'number' };
    return left;
  }

  #factor(): Expression {
    if (this.#take('-') !== undefined) {
      const zero: Expression = { op: 'literal', value: 0, kind: 'number' };
      return this.#deeper(() => ({ op: '-', left: zero, right: numeric(this.#factor(), '-'), kind: 'number' }));
    }
    if (this.#take('(') !== undefined) {
      const inner = this.#deeper(() => this.#or());
      this.#expect(')');
      return inner;
    }
    const { type, text } = this.#peek();
    this.#next += 1;
    if (type === 'number') return { op: 'literal', value: Number(text), kind: 'number' };
    if (type === 'text') return { op: 'literal', value: text, kind: 'text' };
    if (type !== 'name') throw new Refused(`expected a name, a number or a 'text', found '${text}'`);
    if (text === 'true' || text === 'false') return { op: 'literal', value: text === 'true', kind: 'truth' };
    if (text === 'known' && this.#take('(') !== undefined) {
      const name = this.#peek();
      this.#next += 1;
      this.#kindOf(name.text);
      this.#expect(')');
      return { op: 'known', name: name.text, kind: 'truth' };
    }
    return { op: 'name', name: text, kind: this.#kindOf(text) };
  }

  #kindOf(name: string): Kind {
    const kind = this.#kinds.get(name);
    if (kind !== undefined) return kind;
    const near = name.includes('-') ? ' (a minus needs spaces around it)' : '';
    throw new Refused(`expected a slot or value (${[...this.#kinds.keys()].join(', ')}), found '${name}'${near}`);
  }

  #expect(mark: string): void {
    if (this.#take(mark) === undefined) throw new Refused(`expected '${mark}', found '${this.#peek().text}'`);
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Refused(`expected at most ${DEEPEST} brackets in each other`);
    const value = read();
    this.#depth -= 1;
    return value;
  }
}

function condition(expression: Expression, op: string): Expression {
  if (expression.kind === 'truth' || expression.kind === 'any') return expression;
  throw new Refused(`expected conditions around '${op}', found ${PLAIN[expression.kind]}`);
}

function numeric(expression: Expression, op: string): Expression {
  if (expression.kind === 'number' || expression.kind === 'any') return expression;
  throw new Refused(`expected a number beside '${op}', found ${PLAIN[expression.kind]}`);
}

function common(left: Kind, right: Kind): Kind | undefined {
  if (left === 'any') return right;
  return right === 'any' || left === right ? left : undefined;
}
