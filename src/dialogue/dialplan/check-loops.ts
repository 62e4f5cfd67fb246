import { FLOW_LIMITS } from '../flow.ts';
import type { Compiling } from './compiling.ts';
import { flowOf } from './flow-names.ts';
import type { Go, Plan, PlanState } from './plan.ts';
import { stronglyConnected } from './strongly-connected.ts';
import { ownWays, straight } from './ways-out.ts';

/*
 * What a dialplan may do without the caller. Only a question waits for somebody, and only where it can be asked: one
 * without keys is left at once while speech cannot be understood. Everything else may be over at once: a bank that is
 * down answers immediately, and so does a line where nobody can be reached.
 */

/** A state with what the way into it has cleared: a form whose slot was cleared asks for it. */
interface Place {
  readonly state: PlanState;
  readonly cleared: ReadonlySet<string>;
}

interface Passage {
  readonly to: Place;
  /** The key of the dialplan that leads there. */
  readonly by: string;
}

/**
 * Notes every loop that can be gone round without a question, and every way between two questions that is longer than the
 * budget of a call.
 */
export function checkLoops(plan: Plan, compiling: Compiling): void {
  const states = new Map(plan.states.map((state) => [state.id, state]));
  const passed = passedFlows(plan, states);
  const places = new Map<string, Place>();
  const place = (id: string, clear: Go['clear']): string | undefined => {
    const state = states.get(id);
    if (state === undefined) return undefined;
    const cleared = new Set(asked(state).filter((name) => clear === 'all' || clear.includes(name)));
    const key = [id, ...[...cleared].sort()].join(' ');
    if (!places.has(key)) places.set(key, { state, cleared });
    return key;
  };
  for (const { id } of plan.states) place(id, []);
  const passages = new Map<string, readonly Passage[]>();
  const links = new Map<string, readonly string[]>();
  for (const [key, at] of places) {
    const found: Passage[] = [];
    const next: string[] = [];
    for (const { by, go } of waysPast(plan, passed, at)) {
      const to = place(go.to, go.clear);
      const target = to === undefined ? undefined : places.get(to);
      if (to === undefined || target === undefined) continue;
      found.push({ to: target, by });
      next.push(to);
    }
    passages.set(key, found);
    links.set(key, next);
  }

  const components = stronglyConnected(links);
  let looping = false;
  const told = new Set<string>();
  for (const component of components) {
    const within = new Set(component);
    const [first] = component;
    if (first === undefined || !component.some((key) => links.get(key)?.some((to) => within.has(to)))) continue;
    looping = true;
    const loop = shortestLoop(component, links, (key, n) => passages.get(key)?.[n]?.by ?? '');
    const id = places.get(loop.from)?.state.id ?? '';
    if (told.has(loop.text)) continue;
    told.add(loop.text);
    const form = component.some((key) => places.get(key)?.state.kind === 'form');
    compiling.problem(
      ['states', id],
      `expected a question somewhere in the loop from '${id}' to itself, found none: ${loop.text}${
        form ? ' (clear a slot to ask it again)' : ''
      }; only a question that can be answered by keys always waits for the caller`,
      true,
    );
  }
  if (!looping) checkLengths(plan, components, places, links, compiling);
}

/** Names of what decides whether a form is passed. */
const asked = (state: PlanState): readonly string[] =>
  state.kind === 'form'
    ? [...state.slots.map(({ name }) => name), ...(state.unless === undefined ? [] : [state.unless.known])]
    : [];

/** The ways out of a state that nobody has to say a word for. */
function waysPast(
  plan: Plan,
  passed: PassedFlows,
  { state, cleared }: Place,
): readonly { readonly by: string; readonly go: Go }[] {
  const withoutKeys = { by: 'keys-only', go: plan.keysOnlyEscalate };
  switch (state.kind) {
    case 'choice':
    case 'confirm':
      return state.ask.keysSay === undefined ? [withoutKeys] : [];
    case 'form': {
      const { unless, slots } = state;
      const asks = slots.some(
        ({ name, secret, when, default: given }) =>
          when === undefined && given === undefined && (secret || cleared.has(name)),
      );
      return [
        ...(unless === undefined || cleared.has(unless.known) ? [] : [{ by: 'unless', go: straight(unless.to) }]),
        ...(asks ? [] : [{ by: 'next', go: state.next }]),
        ...(slots.some(({ ask }) => ask.keysSay === undefined) ? [withoutKeys] : []),
      ];
    }
    case 'say':
    case 'look-up':
    case 'transfer':
    case 'set':
    case 'branch':
      return ownWays(state);
    case 'call': {
      const start = plan.flows.get(state.flow)?.start;
      const passes = passed.get(state.flow) ?? new Set();
      return [
        ...(start === undefined ? [] : [{ by: 'flow', go: straight(start) }]),
        ...(passes.has(undefined) ? [{ by: 'next', go: state.next }] : []),
        ...[...state.otherwise].flatMap(([name, go]) => (passes.has(name) ? [{ by: name, go }] : [])),
      ];
    }
    case 'return':
    case 'end':
      return [];
  }
}

/** By flow, what it may return as without asking anything. */
type PassedFlows = ReadonlyMap<string, ReadonlySet<string | undefined>>;

/** Flows that are called by others come first, until nothing is added. */
function passedFlows(plan: Plan, states: ReadonlyMap<string, PlanState>): PassedFlows {
  const passed = new Map<string, Set<string | undefined>>([...plan.flows.keys()].map((name) => [name, new Set()]));
  for (let found = -1; found !== sizeOf(passed); ) {
    found = sizeOf(passed);
    for (const { name, start } of plan.flows.values()) {
      const reached = new Set([start]);
      for (const id of reached) {
        const state = states.get(id);
        if (state?.kind === 'return') passed.get(name)?.add(state.as);
        else if (state !== undefined && flowOf(id) === name)
          for (const { by, go } of waysPast(plan, passed, { state, cleared: new Set() }))
            if (state.kind !== 'call' || by !== 'flow') reached.add(go.to);
      }
    }
  }
  return passed;
}

const sizeOf = (sets: PassedFlows): number => [...sets.values()].reduce((sum, { size }) => sum + size, 0);

/** Steps of the interpreter from the entry of a state to what follows. */
const stepsPast = (state: PlanState): number => (state.kind === 'form' ? 1 + state.slots.length : 1);

interface Length {
  readonly steps: number;
  readonly rings: number;
}
const NOTHING: Length = { steps: 0, rings: 0 };
const sum = (one: Length, other: Length): Length => ({
  steps: one.steps + other.steps,
  rings: one.rings + other.rings,
});

/** @param components - without loops, each place behind those that it leads to */
function checkLengths(
  plan: Plan,
  components: readonly (readonly string[])[],
  places: ReadonlyMap<string, Place>,
  links: ReadonlyMap<string, readonly string[]>,
  compiling: Compiling,
): void {
  const longest = new Map<string, Length>();
  /** To a return of the flow, on ways that lead to one. */
  const through = new Map<string, Length>();
  let worst: { readonly id: string; readonly found: string } | undefined;
  for (const [key] of components) {
    const state = key === undefined ? undefined : places.get(key)?.state;
    if (key === undefined || state === undefined) continue;
    const own = { steps: stepsPast(state), rings: state.kind === 'transfer' ? 1 : 0 };
    const flow = state.kind === 'call' ? (plan.flows.get(state.flow)?.start ?? '') : '';
    const behind = (links.get(key) ?? []).filter((to) => to !== flow);
    const most = (lengths: ReadonlyMap<string, Length>, of: readonly string[]): Length => ({
      steps: Math.max(0, ...of.map((to) => lengths.get(to)?.steps ?? 0)),
      rings: Math.max(0, ...of.map((to) => lengths.get(to)?.rings ?? 0)),
    });
    // what follows a call comes behind the flow
    const past = sum(own, through.get(flow) ?? NOTHING);
    const [on, inside] = [sum(past, most(longest, behind)), sum(own, longest.get(flow) ?? NOTHING)];
    const steps = Math.max(on.steps, inside.steps);
    const rings = Math.max(on.rings, inside.rings);
    longest.set(key, { steps, rings });
    const returning = behind.filter((to) => through.has(to));
    if (state.kind === 'return') through.set(key, own);
    else if (returning.length > 0) through.set(key, sum(past, most(through, returning)));
    // whatever leads here is too far as well: the first is enough
    if (worst === undefined && steps > FLOW_LIMITS.planned) worst = { id: state.id, found: `${steps} steps` };
    if (worst === undefined && rings > FLOW_LIMITS.rings) worst = { id: state.id, found: `${rings} transfers` };
  }
  if (worst !== undefined)
    compiling.problem(
      ['states', worst.id],
      `expected a question after at most ${FLOW_LIMITS.planned} steps and ${FLOW_LIMITS.rings} transfers, found ${worst.found} from '${worst.id}' on without one`,
      true,
    );
}

/** The way round that takes the fewest states, from the first of the component that is on one: `a (next) → b (failed) → a`. */
function shortestLoop(
  component: readonly string[],
  links: ReadonlyMap<string, readonly string[]>,
  by: (key: string, n: number) => string,
): { readonly from: string; readonly text: string } {
  const within = new Set(component);
  let best: readonly { readonly key: string; readonly by: string }[] | undefined;
  for (const from of component.slice(0, STARTS)) {
    const before = new Map<string, { readonly key: string; readonly by: string }>();
    const queue = [from];
    for (const key of queue) {
      for (const [n, to] of (links.get(key) ?? []).entries()) {
        if (!within.has(to) || before.has(to)) continue;
        before.set(to, { key, by: by(key, n) });
        if (to !== from) queue.push(to);
      }
      if (before.has(from)) break;
    }
    const loop: { readonly key: string; readonly by: string }[] = [];
    for (let at = before.get(from); at !== undefined; at = at.key === from ? undefined : before.get(at.key))
      loop.unshift(at);
    if (loop.length > 0 && (best === undefined || loop.length < best.length)) best = loop;
  }
  const name = (key: string): string => key.split(' ')[0] ?? '';
  const from = best?.[0]?.key ?? component[0] ?? '';
  return {
    from,
    text: `${(best ?? []).map((one) => `${name(one.key)} (${one.by})`).join(' → ')} → ${name(from)}`,
  };
}

/** Most states from which a loop is looked for: enough to show one. */
const STARTS = 20;
