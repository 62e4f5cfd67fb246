import type { GrammarLibrary, MeaningValue } from '../model/grammar-library.ts';
import type { Position } from '../model/grammar-error.ts';
import type { SaidNode, SaidPart } from '../parse/best-parses.ts';
import type { ContextFreeGrammar } from '../parse/context-free-grammar.ts';
import { textOf } from '../parse/parse-sentence.ts';

/** What a parse means as one program, and which of its lines belong to which tag. */
export interface InterpretationProgram {
  readonly text: string;
  readonly lines: readonly { readonly from: number; readonly file: string; readonly at: Position }[];
}

/** A sentence that was parsed. */
export interface Interpreted {
  readonly library: GrammarLibrary;
  readonly grammar: ContextFreeGrammar;
  readonly atoms: readonly string[];
  /** How sure the recognizer was, 0 to 1. */
  readonly score: number;
  /** What each built-in grammar's words are taken to mean. */
  readonly builtin: (node: SaidNode) => MeaningValue;
}

/** What rules and tags find around them (SISR 1.0, section 3.3): `rules`, `rules.latest()`, `meta`. */
const SCOPE = `function __scope(score) {
  var latest, latestMeta, current = { text: '', score: score };
  var rules = Object.create({ latest: function () { return latest; } });
  var meta = { current: function () { return current; }, latest: function () { return latestMeta; } };
  return { rules: rules, meta: meta,
    text: function (text) { current.text = text; },
    rule: function (name, value, text) {
      latest = value; rules[name] = value;
      latestMeta = { text: text, score: score };
      meta[name] = function () { return latestMeta; };
      meta[name].text = text; meta[name].score = score; } }; }`;

/**
 * Every grammar is a function whose body is its header's tags; the rules that were said are functions in it, each called once,
 * from the inside out and from left to right. A rule's value is what its tags leave in \`out\`; without tags that of the last rule in
 * it, or its words (SISR 1.0, section 4: default assignment).
 */
export function interpretationProgram(root: SaidNode, said: Interpreted): InterpretationProgram {
  const writer = new ProgramWriter(said);
  writer.grammar(root);
  return writer.program();
}

class ProgramWriter {
  readonly #said: Interpreted;
  readonly #code: string[] = [SCOPE, 'var __rules = {};'];
  readonly #lines: InterpretationProgram['lines'][number][] = [];
  #line = 1;

  constructor(said: Interpreted) {
    this.#said = said;
    this.#line = SCOPE.split('\n').length + 2;
  }

  program(): InterpretationProgram {
    return {
      text: `(function () {\n${this.#code.join('\n')}\nreturn JSON.stringify(__rules[0]()); })()`,
      lines: this.#lines,
    };
  }

  /** Rules by grammar: those of one share its header's variables. */
  grammar(root: SaidNode): void {
    this.#line += 1;
    const byFile = new Map<string, { readonly node: SaidNode; readonly id: number }[]>();
    const ids = new Map<SaidNode, number>();
    const visit = (node: SaidNode): void => {
      const id = ids.size;
      ids.set(node, id);
      const known = byFile.get(node.rule.file);
      if (known === undefined) byFile.set(node.rule.file, [{ node, id }]);
      else known.push({ node, id });
      for (const part of node.parts) if (part.kind === 'rule') visit(part.node);
    };
    visit(root);
    for (const [file, nodes] of byFile) {
      this.#add('(function () {');
      const grammar = this.#said.library.grammars.get(file);
      if (grammar?.tagFormat === 'semantics/1.0')
        for (const { content, at } of grammar.headerTags) this.#script(content, file, at);
      for (const { node, id } of nodes) this.#rule(node, id, ids);
      this.#add('})();');
    }
  }

  #rule(node: SaidNode, id: number, ids: ReadonlyMap<SaidNode, number>): void {
    const { rule, from, to, parts } = node;
    if (rule.builtin) {
      this.#add(`__rules[${id}] = function () { return ${literal(this.#said.builtin(node))}; };`);
      return;
    }
    this.#add(
      `__rules[${id}] = function () { var out = {}, __s = __scope(${this.#said.score}), rules = __s.rules, meta = __s.meta;`,
    );
    let tagged = false;
    let place = from;
    for (const part of parts) {
      place = endOf(part, place);
      if (part.kind === 'rule')
        this.#add(
          `__s.rule(${literal(part.node.rule.name)}, __rules[${ids.get(part.node) ?? 0}](), ${this.#text(part.node.from, part.node.to)});`,
        );
      if (part.kind !== 'tag') continue;
      const tag = this.#said.grammar.tags[part.tag];
      if (tag === undefined) continue;
      tagged = true;
      this.#add(`__s.text(${this.#text(from, place)});`);
      if (rule.tagFormat === 'semantics/1.0') this.#script(tag.content, tag.file, tag.at);
      else this.#add(`out = ${literal(tag.content)};`);
    }
    const hasRule = parts.some(({ kind }) => kind === 'rule');
    this.#add(tagged ? 'return out; };' : `return ${hasRule ? 'rules.__proto__.latest()' : this.#text(from, to)}; };`);
  }

  /** On lines of its own, so that a comment at its end ends there, and a failure is found. */
  #script(content: string, file: string, at: Position): void {
    this.#lines.push({ from: this.#line, file, at });
    this.#add(content);
    this.#add(';');
  }

  #add(code: string): void {
    this.#code.push(code);
    this.#line += code.split('\n').length;
  }

  #text(from: number, to: number): string {
    return literal(textOf(this.#said.atoms, from, to));
  }
}

const endOf = (part: SaidPart, place: number): number =>
  part.kind === 'word' ? part.at + 1 : part.kind === 'rule' ? part.node.to : place;

/** JSON is ECMAScript, but for two characters in old engines. */
const literal = (value: MeaningValue): string =>
  JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
