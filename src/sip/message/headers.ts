import { IvrError } from '../../domain/error.ts';
import { canonicalHeaderName, isListHeader } from './header-name.ts';
import { splitList } from './split-list.ts';
import { isToken, trimSpace } from './token.ts';

const NONE: readonly string[] = [];

/**
 * The header fields of one message. Names are case-insensitive and compact forms are resolved. A list header (Via, Route,
 * Contact, Supported…) holds one value per element however many rows it came in; any other header one value per row.
 */
export class SipHeaders {
  readonly #values: Map<string, string[]>;

  constructor(entries: Iterable<readonly [name: string, value: string]> = []) {
    this.#values = new Map();
    for (const [name, value] of entries) this.append(name, value);
  }

  /** The first value. */
  get(name: string): string | undefined {
    return this.#values.get(canonicalHeaderName(name))?.[0];
  }

  all(name: string): readonly string[] {
    return this.#values.get(canonicalHeaderName(name)) ?? NONE;
  }

  has(name: string): boolean {
    return this.#values.has(canonicalHeaderName(name));
  }

  /** Replaces every value; an empty array deletes. @throws IvrError SIP_MALFORMED when the name is not a token */
  set(name: string, value: string | readonly string[]): this {
    this.delete(name);
    if (typeof value === 'string') this.append(name, value);
    else for (const one of value) this.append(name, one);
    return this;
  }

  /** @throws IvrError SIP_MALFORMED when the name is not a token */
  append(name: string, value: string): this {
    if (!isToken(name)) throw new IvrError('SIP_MALFORMED', 'a header name must be a token');
    this.#add(canonicalHeaderName(name), onOneLine(value));
    return this;
  }

  /** Takes over the named headers of another message as they are. */
  copyFrom(other: SipHeaders, names: readonly string[]): this {
    for (const name of names) {
      const canonical = canonicalHeaderName(name);
      const values = other.#values.get(canonical);
      if (values !== undefined) this.#values.set(canonical, [...values]);
    }
    return this;
  }

  /** Replaces the first value and leaves the others. */
  setFirst(name: string, value: string): this {
    const canonical = canonicalHeaderName(name);
    this.#values.set(canonical, [onOneLine(value), ...(this.#values.get(canonical) ?? NONE).slice(1)]);
    return this;
  }

  delete(name: string): boolean {
    return this.#values.delete(canonicalHeaderName(name));
  }

  /** Canonical, each once. */
  names(): string[] {
    return [...this.#values.keys()];
  }

  /** Canonical name and value, one entry per value, values of one name together. */
  *entries(): Generator<[name: string, value: string], void, void> {
    for (const [name, values] of this.#values) for (const value of values) yield [name, value];
  }

  clone(): SipHeaders {
    const copy = new SipHeaders();
    for (const [name, values] of this.#values) copy.#values.set(name, [...values]);
    return copy;
  }

  #add(name: string, value: string): void {
    const before = this.#values.get(name);
    const added = isListHeader(name) ? splitList(value) : [value];
    if (before === undefined || (before.length === 1 && before[0] === '' && isListHeader(name)))
      this.#values.set(name, added.length === 0 ? [''] : added);
    else for (const one of added) before.push(one);
  }
}

/** A value written by an application cannot smuggle in a header of its own. */
const onOneLine = (value: string): string => trimSpace(/[\r\n]/.test(value) ? value.replace(/[\r\n]+/g, ' ') : value);
