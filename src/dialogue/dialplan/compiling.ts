import { type GrammarProblem, grammarProblems, type Position } from '../../grammar/model/grammar-error.ts';
import { compileGrammar, type GrammarSource } from '../grammar/compile-grammar.ts';
import type { Network } from '../../grammar/automaton/network.ts';
import type { Expression, Kind } from '../expression/expression.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import type { GoFile } from './dialplan-schema.ts';
import type { DialplanSource, Path } from './dialplan-source.ts';
import { flowOf, MAIN } from './flow-names.ts';
import type { Ask, Go } from './plan.ts';
import { type PromptNames, type PromptTemplate, parsePrompt } from './prompt-template.ts';
import { SlotTypes } from './slot-types.ts';

/** A way from state to state, and where the file says so. */
export interface Edge {
  readonly from: string | undefined;
  readonly to: string;
  readonly clear: 'all' | readonly string[];
  readonly at: Position;
}

/** What compiling gathers: problems are noted, not thrown, so that all are reported at once. */
export class Compiling {
  readonly source: DialplanSource;
  readonly grammars: GrammarSource;
  /** Slots and values that may be named, by flow, and what they are. */
  readonly names: ReadonlyMap<string, ReadonlyMap<string, Kind>>;
  /** What slots are, by flow. */
  readonly types: SlotTypes;
  /** Calls of flows: from a state, or from any question. */
  readonly calls: { readonly from: string | undefined; readonly flow: string; readonly at: Position }[] = [];
  readonly prompts = new Map<string, PromptTemplate>();
  readonly asks = new Map<string, Ask>();
  readonly edges: Edge[] = [];
  readonly problems: { readonly at: Position; readonly text: string }[] = [];

  /** By the id of the prompt. */
  readonly #texts = new Map<string, string>();
  readonly #networks = new Map<string, Network>();
  readonly #inGrammars = new Map<string, GrammarProblem>();
  readonly #unreadable = new Set<Network>();

  constructor(source: DialplanSource, grammars: GrammarSource, names: Compiling['names']) {
    this.types = new SlotTypes(source.plan);
    this.source = source;
    this.grammars = grammars;
    this.names = names;
  }

  problem(path: Path, text: string, atKey = false): void {
    this.problems.push({ at: this.source.at(path, atKey), text });
  }

  /** What may be named at a place of the dialplan. */
  namesAt(path: Path): ReadonlyMap<string, Kind> {
    const flow = path[0] === 'states' ? flowOf(String(path[1])) : MAIN;
    return this.names.get(flow) ?? new Map();
  }

  /** What prompts may name there, and what it is. */
  promptNamesAt(path: Path): PromptNames {
    const { types, untyped } = this.types.at(path[0] === 'states' ? flowOf(String(path[1])) : MAIN);
    return { known: new Set(this.namesAt(path).keys()), types, untyped };
  }

  /** @param wanted - its id, but where another text has it: a state may be called 'failed', and so may what is said when a look-up fails */
  prompt(wanted: string, text: string, path: Path, names?: PromptNames): PromptTemplate {
    let id = wanted;
    for (let n = 2; this.prompts.has(id) && this.#texts.get(id) !== text; n++) id = `${wanted}/${n}`;
    const known = this.prompts.get(id);
    if (known !== undefined) return known;
    this.inEveryLanguage(path, text);
    const parsed = parsePrompt(id, text, names ?? this.promptNamesAt(path));
    if (typeof parsed === 'string') this.problem(path, parsed);
    const prompt = typeof parsed === 'string' ? { id, parts: [text] } : parsed;
    this.prompts.set(id, prompt);
    this.#texts.set(id, text);
    return prompt;
  }

  /** Notes a text of the file that is said, and stands by no language. */
  inEveryLanguage(path: Path, text: string): void {
    const words = text.replaceAll(/\{\{[^}]*\}\}|<[^>]*>/g, '');
    if (!this.source.isLocal(path) && /\p{L}/u.test(words) && this.source.has(path, text))
      this.problem(path, `expected the text in every language: { ${this.source.languages.join(': …, ')}: … }`);
  }

  tapered(id: string, texts: string | readonly string[], path: Path): PromptTemplate[] {
    return (typeof texts === 'string' ? [texts] : texts).map((text, n) =>
      this.prompt(`${id}#${n + 1}`, text, typeof texts === 'string' ? path : [...path, n]),
    );
  }

  /** @param from - the state that it leaves; undefined: reached from anywhere */
  go(file: GoFile, from: string | undefined, promptId: string, path: Path): Go {
    const { to, say, clear, because } = typeof file === 'string' ? { to: file } : { ...file };
    const toPath = typeof file === 'string' ? path : [...path, 'to'];
    this.edges.push({ from, to, clear: clear ?? [], at: this.source.at(toPath) });
    return {
      to,
      say: say === undefined ? undefined : this.prompt(promptId, say, [...path, 'say']),
      clear: clear ?? [],
      because,
    };
  }

  expression(text: string | number | boolean, path: Path, wanted?: Kind): Expression {
    const parsed = parseExpression(String(text), this.namesAt(path), wanted);
    if (typeof parsed !== 'string') return parsed;
    this.problem(path, parsed);
    return { op: 'literal', value: false, kind: 'any' };
  }

  /** A call of a flow. @param from - the state; undefined: from any question, to answer it */
  callOf(flow: string, from: string | undefined, path: Path): void {
    const head = this.source.plan.flows[flow];
    if (head === undefined || flow === MAIN) {
      const flows = Object.keys(this.source.plan.flows).filter((name) => name !== MAIN);
      this.problem(path, `expected the name of a flow (${flows.join(', ')}), found '${flow}'`);
      return;
    }
    if (from === undefined && Object.keys(head.params ?? {}).length > 0)
      this.problem(path, `expected a flow without params, which answers from any question, found '${flow}'`);
    this.calls.push({ from, flow, at: this.source.at(path) });
    this.edges.push({ from, to: head.start, clear: [], at: this.source.at(path) });
  }

  /** What is wrong inside the grammars' files. */
  get grammarProblems(): readonly GrammarProblem[] {
    return [...this.#inGrammars.values()];
  }

  /** Its grammar is wrong, which has been noted: what it accepts is not known. */
  isUnreadable(network: Network): boolean {
    return this.#unreadable.has(network);
  }

  network(reference: string, path: Path): Network {
    const known = this.#networks.get(reference);
    if (known !== undefined) return known;
    try {
      const { file, plan } = this.source;
      const network = compileGrammar(reference, this.grammars, { file, ...this.source.at(path) }, plan.language);
      this.#networks.set(reference, network);
      return network;
    } catch (error) {
      const problems = grammarProblems(error);
      if (problems === undefined) throw error;
      // a fault of the reference is the dialplan's; one inside the grammar's file is that file's
      for (const problem of problems)
        if (problem.file === this.source.file) this.problem(path, problem.text);
        else this.#inGrammars.set(`${problem.file}:${problem.at.line}:${problem.at.column}`, problem);
      const empty: Network = { start: 0, end: 1, arcs: [[], []] };
      this.#unreadable.add(empty);
      this.#networks.set(reference, empty);
      return empty;
    }
  }
}
