import { type Expression, namesIn } from '../expression/expression.ts';
import type { Compiling } from './compiling.ts';
import type { Path } from './dialplan-source.ts';
import { flowOf, MAIN } from './flow-names.ts';
import { ALWAYS_KNOWN } from './known-names.ts';
import type { Plan, PlanState } from './plan.ts';
import type { PromptTemplate } from './prompt-template.ts';
import { flowsBetween, type Way, waysOut } from './ways-out.ts';

/*
 * Definite assignment: what is said, sent or calculated with is known on every way to it. For each state the names that are known
 * on all ways there, by going round until nothing changes any more.
 */

type Names = ReadonlySet<string>;
const ALWAYS: Names = new Set(ALWAYS_KNOWN.map(([name]) => name));

/** Notes every prompt, argument and expression with a name that is not known on some way to it. */
export function checkKnown(plan: Plan, compiling: Compiling): void {
  const known = knownAt(plan);
  checkReturned(plan, known, compiling);
  const told = new Set<string>();
  for (const state of plan.states) {
    const names = known.get(state.id);
    if (names === undefined) continue;
    for (const { name, at, also = [] } of usesOf(state)) {
      if (names.has(name) || also.includes(name) || plan.secrets.has(name)) continue;
      const path = ['states', state.id, ...at];
      const key = `${path.join('/')} ${name}`;
      if (told.has(key)) continue;
      told.add(key);
      compiling.problem(
        path,
        `expected '${name}' to be known on every way to '${state.id}', found one on which it is not`,
      );
    }
  }
}

/** By state, what is known on every way to it; states that nothing reaches have none. */
function knownAt(plan: Plan): ReadonlyMap<string, Names> {
  const states = new Map(plan.states.map((state) => [state.id, state]));
  const forCall = callWide(plan);
  const known = new Map<string, Names>();
  /** By flow and what it returns as, what is known of the whole call then. */
  const returned = new Map<string, Names>();
  const between = new Set(plan.states.flatMap((state) => [...flowsBetween(plan, state)]));
  const callers = callersOf(plan);
  /** States from which less is known than when they were looked at last. */
  const waiting = new Set<string>();
  const meet = (into: Map<string, Names>, key: string, names: Names): boolean => {
    const before = into.get(key);
    const after = before === undefined ? names : common(before, names);
    if (before?.size === after.size) return false;
    into.set(key, after);
    return true;
  };
  const begin = (id: string, names: Names): void => {
    if (states.has(id) && meet(known, id, names)) waiting.add(id);
  };
  const enter = (from: PlanState, id: string, names: Names): void =>
    begin(id, flowOf(from.id) === flowOf(id) ? names : common(names, forCall));
  const follow = (state: PlanState, names: Names): void => {
    for (const way of waysOut(plan, state))
      enter(state, way.go.to, without(new Set([...names, ...given(state, way)]), way.go.clear));
    if (state.kind === 'return') {
      const flow = flowOf(state.id);
      if (meet(returned, returnKey(flow, state.as), common(names, forCall)))
        for (const { id } of callers.get(flow) ?? []) if (known.has(id)) waiting.add(id);
    }
    if (state.kind !== 'call') return;
    const flow = plan.flows.get(state.flow);
    begin(flow?.start ?? '', new Set([...common(names, forCall), ...(flow?.params ?? [])]));
    for (const [as, go] of [[undefined, state.next] as const, ...state.otherwise]) {
      const back = returned.get(returnKey(state.flow, as));
      if (back === undefined) continue;
      const kept = [...names].filter((name) => !forCall.has(name) || back.has(name));
      const saved = as === undefined ? state.saves.map(([here]) => here) : [];
      enter(state, go.to, without(new Set([...kept, ...back, ...saved]), go.clear));
    }
  };
  begin(plan.start, ALWAYS);
  for (const flow of between) begin(plan.flows.get(flow)?.start ?? '', ALWAYS);
  for (const id of waiting) {
    waiting.delete(id);
    const [state, names] = [states.get(id), known.get(id)];
    if (state !== undefined && names !== undefined) follow(state, names);
  }
  return known;
}

/** By flow, the states that call it. */
function callersOf(plan: Plan): ReadonlyMap<string, readonly PlanState[]> {
  const callers = new Map<string, PlanState[]>();
  for (const state of plan.states)
    if (state.kind === 'call') callers.set(state.flow, [...(callers.get(state.flow) ?? []), state]);
  return callers;
}

const returnKey = (flow: string, as: string | undefined): string => `${flow} ${as ?? ''}`;

/** Names of what is known in all flows. */
const callWide = (plan: Plan): Names =>
  new Set([
    ...ALWAYS,
    ...plan.kept,
    ...plan.states.flatMap((state) => (state.kind === 'look-up' ? [...state.saves, ...state.keeps] : [])),
  ]);

const common = (one: Names, other: Names): Names => new Set([...one].filter((name) => other.has(name)));

const without = (names: Names, clear: 'all' | readonly string[]): Names =>
  clear === 'all' ? ALWAYS : new Set([...names].filter((name) => !clear.includes(name)));

/** What is known behind a way out of a state that was not before it. */
function given(state: PlanState, { by, known, done }: Way): readonly string[] {
  if (known !== undefined) return [known];
  switch (state.kind) {
    case 'form':
      return by === 'next' ? state.slots.flatMap(({ name, when }) => (when === undefined ? [name] : [])) : [];
    case 'look-up':
      return done === true ? [...state.saves, ...state.keeps] : [];
    case 'set':
      return state.values.map(({ name }) => name);
    case 'branch':
      return state.ways.flatMap(({ when }, n) => (by === `ways ${n + 1}` ? knownBy(when) : []));
    default:
      return [];
  }
}

/** What must be known for a condition to hold. */
function knownBy(when: Expression): readonly string[] {
  if (when.op === 'known') return [when.name];
  if (when.op === 'and') return [...knownBy(when.left), ...knownBy(when.right)];
  return when.op === 'or' || when.op === 'not' ? [] : namesIn(when);
}

/** What a condition asks about before it is compared: `known(limit) and amount > limit`. */
function guardedBy(when: Expression): readonly string[] {
  if (when.op === 'known') return [when.name];
  return when.op === 'and' ? [...guardedBy(when.left), ...guardedBy(when.right)] : [];
}

interface Use {
  readonly name: string;
  readonly at: Path;
  /** Known by then, beside what is known on the way to the state. */
  readonly also?: readonly string[];
}

const inPrompt = (prompt: PromptTemplate | undefined, at: Path, also: readonly string[] = []): Use[] =>
  (prompt?.parts ?? []).flatMap((part) =>
    typeof part === 'object' && 'name' in part ? [{ name: part.name, at, also }] : [],
  );

const inExpression = (value: Expression, at: Path, also: readonly string[] = []): Use[] =>
  namesIn(value).map((name) => ({ name, at, also }));

function usesOf(state: PlanState): readonly Use[] {
  switch (state.kind) {
    case 'say':
      return inPrompt(state.say, ['say']);
    case 'choice':
      return [
        ...inPrompt(state.ask.say, ['say']),
        ...state.options.flatMap(({ name, confirm, go }) => [
          ...inPrompt(confirm, ['options', name]),
          ...inPrompt(go.say, ['options', name]),
        ]),
      ];
    case 'confirm':
      return [
        ...inPrompt(state.ask.say, ['say']),
        ...inPrompt(state.yes.say, ['yes']),
        ...inPrompt(state.no.say, ['no']),
      ];
    case 'form': {
      const names = state.slots.map(({ name, when }) => (when === undefined ? name : ''));
      return [
        ...state.slots.flatMap(({ name, when, default: given }, n) => [
          ...(when === undefined
            ? []
            : inExpression(when, ['slots', name, 'when'], [...names.slice(0, n), ...guardedBy(when)])),
          ...(given === undefined ? [] : inExpression(given, ['slots', name, 'default'], names.slice(0, n))),
        ]),
        ...state.slots.flatMap(({ name, ask, confirm }, n) => [
          ...inPrompt(ask.say, ['slots', name, 'say'], names.slice(0, n)),
          ...inPrompt(confirm?.say, ['slots', name, 'confirm'], [...names.slice(0, n), name]),
        ]),
        ...inPrompt(state.next.say, ['next'], names),
      ];
    }
    case 'look-up':
      return [
        ...Object.entries(state.args).map(([argument, name]) => ({ name, at: ['args', argument] })),
        ...inPrompt(state.done.say, ['done'], [...state.saves, ...state.keeps]),
        ...inPrompt(state.failed.say, ['failed']),
        ...state.refused.flatMap(({ because, go }) => inPrompt(go.say, ['refused', because])),
      ];
    case 'call':
      return state.with.flatMap(({ name, value }) => inExpression(value, ['with', name]));
    case 'branch':
      // an earlier way that does not hold says nothing of what is known
      return state.ways.flatMap(({ when, go }, n) => [
        ...inExpression(when, ['ways', n, 'when'], guardedBy(when)),
        ...inPrompt(go.say, ['ways', n, 'say'], knownBy(when)),
      ]);
    case 'set':
      return state.values.flatMap(({ name, value }, n) =>
        inExpression(
          value,
          ['values', name],
          state.values.slice(0, n).map((earlier) => earlier.name),
        ),
      );
    case 'transfer':
    case 'end':
      return inPrompt(state.say, ['say']);
    case 'return':
      return [];
  }
}

/** Notes what a flow is to return and does not know on some way to its return. */
function checkReturned(plan: Plan, known: ReadonlyMap<string, Names>, compiling: Compiling): void {
  for (const { name, returns } of plan.flows.values())
    for (const state of plan.states) {
      if (name === MAIN || state.kind !== 'return' || state.as !== undefined || flowOf(state.id) !== name) continue;
      for (const returned of returns)
        if (known.get(state.id)?.has(returned) === false)
          compiling.problem(
            ['states', state.id],
            `expected '${returned}', which '${name}' returns, to be known on every way to '${state.id}', found one on which it is not`,
            true,
          );
    }
}
