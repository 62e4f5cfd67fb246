import { SaxesParser, type SaxesTagNS } from 'saxes';
import { grammarErrors, type Position } from '../model/grammar-error.ts';
import type { SrgsGrammar } from '../model/srgs-grammar.ts';
import { GrammarDraft } from './grammar-draft.ts';
import { type Element, readers } from './grxml-elements.ts';
import * as value from './srgs-values.ts';

export const NAMESPACE = 'http://www.w3.org/2001/06/grammar';
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/**
 * Reads a grammar in XML form (SRGS 1.0, appendix C). A DOCTYPE may name the grammar's DTD; it is not fetched, and entities of a
 * file's own are refused.
 *
 * @param file - for messages and for what its references are relative to
 * @throws IvrError GRAMMAR_INVALID with everything that is wrong, by file, line and column
 */
export function parseGrxml(file: string, xml: string): SrgsGrammar {
  const draft = new GrammarDraft(file);
  if (xml.length > value.MOST_CHARACTERS)
    throw grammarErrors([
      { file, at: { line: 1, column: 1 }, text: `expected at most ${value.MOST_CHARACTERS} characters` },
    ]);
  const parser = new SaxesParser({ xmlns: true });
  const reader = new GrxmlReader(draft, () => ({ line: parser.line, column: Math.max(1, parser.column) }));
  parser.on('error', (error) => {
    const [, message = error.message] = /^(?:\d+:\d+: )?(.*?)\.?$/.exec(error.message) ?? [];
    reader.problem(`expected well-formed XML, found: ${message}`);
  });
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) reader.problem('expected no entities or declarations in the DOCTYPE');
  });
  parser.on('opentag', (tag) => reader.open(tag));
  parser.on('text', (text) => reader.text(text));
  parser.on('cdata', (text) => reader.text(text));
  parser.on('closetag', () => reader.close());
  // in pieces, so that a file that is wrong from its beginning is given up early
  for (let at = 0; at < xml.length && !draft.isFull; at += 65_536) parser.write(xml.slice(at, at + 65_536));
  if (!draft.isFull) parser.close();
  reader.finish();
  return draft.finish();
}

class GrxmlReader {
  readonly #draft: GrammarDraft;
  readonly #here: () => Position;
  readonly #stack: Element[] = [];
  #foreign = 0;
  #began: Position = { line: 1, column: 1 };
  #seen = false;

  constructor(draft: GrammarDraft, here: () => Position) {
    this.#draft = draft;
    this.#here = here;
  }

  problem(text: string): void {
    this.#draft.problem(this.#here(), text);
  }

  open(tag: SaxesTagNS): void {
    const at = this.#here();
    const parent = this.#stack.at(-1);
    // elements of other namespaces, and whatever is in <metadata>, are not ours (SRGS 1.0, section 4.11)
    if (this.#foreign > 0 || parent?.name === 'metadata' || (tag.uri !== NAMESPACE && this.#seen)) {
      this.#foreign += 1;
      return;
    }
    if (tag.uri !== NAMESPACE) this.problem(`expected xmlns="${NAMESPACE}" on <grammar>`);
    const attributes = new Map<string, string>();
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.uri === '') attributes.set(attribute.local, attribute.value);
      else if (attribute.uri === XML_NAMESPACE) attributes.set(`xml:${attribute.local}`, attribute.value);
    }
    const element: Element = { name: tag.local, attributes, at, items: [], alternatives: [], text: '' };
    const reader = Object.hasOwn(readers, tag.local) ? readers[tag.local] : undefined;
    if (reader === undefined) this.problem(`expected an element of SRGS 1.0, found <${tag.name}>`);
    else if (!reader.within.includes(parent?.name ?? ''))
      this.problem(
        parent === undefined
          ? `expected <grammar> as the root element, found <${tag.local}>`
          : `expected no <${tag.local}> in <${parent.name}>`,
      );
    else reader.check?.(element, this.#draft);
    this.#seen = true;
    if (this.#stack.length > value.DEEPEST) this.problem(`expected at most ${value.DEEPEST} levels of nested elements`);
    this.#stack.push(element);
    this.#began = at;
  }

  text(text: string): void {
    const element = this.#stack.at(-1);
    const began = this.#began;
    this.#began = this.#here();
    if (element === undefined || this.#foreign > 0) return;
    if (element.name === 'token' || element.name === 'tag' || element.name === 'example') element.text += text;
    else if (element.name === 'rule' || element.name === 'item') this.#tokens(element, text, began);
    else if (element.name !== 'metadata' && text.trim() !== '')
      this.#draft.problem(began, `expected no text in <${element.name}>, found '${text.trim().slice(0, 30)}'`);
  }

  close(): void {
    if (this.#foreign > 0) {
      this.#foreign -= 1;
      return;
    }
    const element = this.#stack.pop();
    this.#began = this.#here();
    if (element === undefined) return;
    const reader = Object.hasOwn(readers, element.name) ? readers[element.name] : undefined;
    if (this.#stack.length <= value.DEEPEST) reader?.finish?.(element, this.#stack.at(-1), this.#draft);
  }

  finish(): void {
    if (!this.#seen && !this.#draft.isFull) this.problem('expected <grammar> as the root element, found none');
  }

  /** Words between white space; what is in double quotes is one token (SRGS 1.0, section 2.1). */
  #tokens(element: Element, text: string, began: Position): void {
    let { line, column } = began;
    let counted = 0;
    const place = (offset: number): Position => {
      for (; counted < offset; counted++)
        if (text.charCodeAt(counted) === 10) {
          line += 1;
          column = 1;
        } else column += 1;
      return { line, column };
    };
    for (const found of text.matchAll(/"([^"]*)"|([^\s"]+)|(")/g)) {
      const at = place(found.index);
      const token = value.normalToken(found[1] ?? found[2] ?? '');
      if (token === '') this.#draft.problem(at, 'expected words between a pair of double quotes');
      else element.items.push(this.#draft.token(token, at));
    }
  }
}
