import type { Proof, Service } from '../service.ts';
import type { Compiling } from './compiling.ts';
import { flowOf, MAIN } from './flow-names.ts';
import type { Go, Plan, PlanState } from './plan.ts';
import { flowsBetween, waysOut } from './ways-out.ts';

/*
 * What protects the caller's money: a look-up whose service moves money is reached only behind a look-up that has verified who the
 * caller is and one that has had this very operation approved, on whatever way. All ways are followed, through flows that call each
 * other and questions in between; what is found is shown as the way that breaks the rule.
 */

const PROOFS: readonly Proof[] = ['session', 'second-factor'];
const PLAIN: Readonly<Record<Proof, string>> = { session: 'a verified identity', 'second-factor': 'a second factor' };
const SECOND_FACTOR = 2;
const bitsOf = (proofs: readonly Proof[]): number =>
  proofs.reduce((bits, proof) => bits | (1 << PROOFS.indexOf(proof)), 0);

/** A flow as it was entered: with what had been passed by then. */
interface Context {
  readonly key: string;
  readonly flow: string;
  /** Who waits for it to return: behind a call, or for the question that it interrupts. */
  readonly callers: { readonly node: Node; readonly state: PlanState }[];
  readonly returns: { readonly node: Node; readonly as: string | undefined }[];
}

/** A state, with what has been passed on the way there. */
interface Node {
  readonly id: string;
  readonly passed: number;
  readonly context: Context;
  readonly from: Node | undefined;
  readonly by: string;
}

/** Notes every look-up that can be reached without what its service needs; of money, without both proofs. */
export function checkProofs(plan: Plan, compiling: Compiling, services: readonly Service[]): void {
  const guarded = services.filter(({ effect, needs }) => effect === 'money' || needs.length > 0);
  const names = new Set(guarded.map(({ name }) => name));
  if (plan.states.some((state) => state.kind === 'look-up' && names.has(state.service)))
    new ProofSearch(plan, compiling, services).run();
}

class ProofSearch {
  readonly #plan: Plan;
  readonly #compiling: Compiling;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #states: ReadonlyMap<string, PlanState>;
  /** What is forgotten with a value: the proofs that may have come with it. */
  readonly #proofOf = new Map<string, number>();
  /** What has been passed where a value is known: the proofs that always come with it. An approval is of one operation alone. */
  readonly #provedBy = new Map<string, number>();
  readonly #contexts = new Map<string, Context>();
  readonly #seen = new Set<string>();
  readonly #waiting: Node[] = [];
  readonly #told = new Set<string>();

  constructor(plan: Plan, compiling: Compiling, services: readonly Service[]) {
    this.#plan = plan;
    this.#compiling = compiling;
    this.#services = new Map(services.map((service) => [service.name, service]));
    this.#states = new Map(plan.states.map((state) => [state.id, state]));
    for (const state of plan.states) {
      const gives = state.kind === 'look-up' ? bitsOf(this.#services.get(state.service)?.gives ?? []) : 0;
      for (const name of namesSetBy(state)) {
        this.#proofOf.set(name, (this.#proofOf.get(name) ?? 0) | gives);
        this.#provedBy.set(name, (this.#provedBy.get(name) ?? ~SECOND_FACTOR) & gives);
      }
    }
  }

  run(): void {
    this.#reach(this.#plan.start, 0, this.#context(MAIN, 0), undefined, '');
    // a queue: the first way that is found to a state is a shortest one
    for (const node of this.#waiting) this.#follow(node);
  }

  #context(flow: string, passed: number): Context {
    const key = `${flow} ${flow === MAIN ? 0 : passed}`;
    const known = this.#contexts.get(key) ?? { key, flow, callers: [], returns: [] };
    this.#contexts.set(key, known);
    return known;
  }

  #reach(id: string, passed: number, context: Context, from: Node | undefined, by: string): void {
    const within = flowOf(id) === context.flow ? context : this.#context(flowOf(id), 0);
    const key = `${id} ${passed} ${within.key}`;
    if (this.#seen.has(key) || !this.#states.has(id)) return;
    this.#seen.add(key);
    this.#waiting.push({ id, passed, context: within, from, by });
  }

  #go(node: Node, { to, clear }: Go, by: string, passed = node.passed): void {
    const forgotten = clear === 'all' ? passed : clear.reduce((bits, name) => bits | (this.#proofOf.get(name) ?? 0), 0);
    this.#reach(to, passed & ~forgotten, node.context, node, by);
  }

  #follow(node: Node): void {
    const state = this.#states.get(node.id);
    if (state === undefined) return;
    let passed = node.passed;
    if (state.kind === 'look-up') {
      const service = this.#services.get(state.service);
      this.#expectProofs(node, state, service);
      passed |= bitsOf(service?.gives ?? []);
      // what was approved has been done: the next one wants approval of its own
      if (service?.effect === 'money') passed &= ~SECOND_FACTOR;
    }
    for (const { by, go, done, known, changes } of waysOut(this.#plan, state)) {
      const before = changes === true ? node.passed & ~SECOND_FACTOR : node.passed;
      this.#go(node, go, by, (done === true ? passed : before) | (this.#provedBy.get(known ?? '') ?? 0));
    }
    if (state.kind === 'call') this.#call(node, state, state.flow);
    for (const flow of flowsBetween(this.#plan, state)) this.#call(node, state, flow);
    if (state.kind !== 'return') return;
    // a second return with the same leads nowhere else
    if (node.context.returns.some((back) => back.node.passed === node.passed && back.as === state.as)) return;
    node.context.returns.push({ node, as: state.as });
    for (const caller of node.context.callers) this.#comeBack(caller, { node, as: state.as });
  }

  #call(node: Node, state: PlanState, flow: string): void {
    const start = this.#plan.flows.get(flow)?.start;
    if (start === undefined) return;
    const context = this.#context(flow, node.passed);
    const caller = { node, state };
    context.callers.push(caller);
    this.#reach(start, node.passed, context, node, state.kind === 'call' ? 'call' : 'question in between');
    for (const back of context.returns) this.#comeBack(caller, back);
  }

  #comeBack({ node, state }: Context['callers'][number], back: Context['returns'][number]): void {
    if (state.kind !== 'call') {
      this.#reach(node.id, back.node.passed, node.context, back.node, 'return');
      return;
    }
    const way = back.as === undefined ? state.next : (state.otherwise.get(back.as) ?? state.next);
    this.#go({ ...back.node, context: node.context }, way, 'return', back.node.passed);
  }

  #expectProofs(node: Node, state: Extract<PlanState, { kind: 'look-up' }>, service: Service | undefined): void {
    if (service === undefined || this.#told.has(state.id)) return;
    const needed = service.effect === 'money' ? PROOFS : service.needs;
    const missing = needed.filter((proof) => (node.passed & bitsOf([proof])) === 0);
    if (missing.length === 0) return;
    this.#told.add(state.id);
    const why = service.effect === 'money' ? 'it moves money' : 'it needs them';
    this.#compiling.problem(
      ['states', state.id, 'service'],
      `expected ${needed.map((proof) => PLAIN[proof]).join(' and ')} on every way to '${service.name}' (${why}), found one without ${missing
        .map((proof) => PLAIN[proof])
        .join(' and ')}: ${wayTo(node)}`,
    );
  }
}

/** Slots and values that a state may give a value to. */
function namesSetBy(state: PlanState): readonly string[] {
  switch (state.kind) {
    case 'look-up':
      return [...state.keeps, ...state.saves];
    case 'form':
      return state.slots.map(({ name }) => name);
    case 'set':
      return state.values.map(({ name }) => name);
    case 'call':
      return [...state.with.map(({ name }) => name), ...state.saves.map(([here]) => here)];
    default:
      return [];
  }
}

/** `main → pay.details (next) → pay.send`; of a long one, its end. */
function wayTo(node: Node): string {
  const steps: string[] = [];
  for (let at: Node | undefined = node; at !== undefined; at = at.from)
    steps.unshift(at.by === '' ? at.id : `(${at.by}) → ${at.id}`);
  const shown = steps.length > LONGEST_WAY ? ['…', ...steps.slice(-LONGEST_WAY)] : steps;
  return shown.join(' ');
}

const LONGEST_WAY = 30;
