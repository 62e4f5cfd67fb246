import { checkLoops } from './check-loops.ts';
import type { Compiling, Edge } from './compiling.ts';
import { flowOf, MAIN } from './flow-names.ts';
import type { Plan, PlanState } from './plan.ts';

/** What a dialplan's graph must satisfy; problems are noted in `compiling`. */
export function checkPlan(plan: Plan, compiling: Compiling, services: readonly string[]): void {
  const states = new Map(plan.states.map((state) => [state.id, state]));
  const missing = new Set<string>();
  for (const { to, at } of compiling.edges) {
    const key = `${at.line}:${at.column}`;
    if (states.has(to) || missing.has(key)) continue;
    missing.add(key);
    compiling.problems.push({ at, text: `expected the name of a state, found '${to}'` });
  }
  if (missing.size > 0) return; // the rest would only repeat it

  const { edges } = compiling;
  const ahead = new Map<string, string[]>();
  const behind = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (from === undefined) continue;
    push(ahead, from, to);
    push(behind, to, from);
  }
  const reached = closure(
    edges.filter(({ from }) => from === undefined).map(({ to }) => to),
    ahead,
  );
  const leaving = closure(
    plan.states.filter(({ kind }) => kind === 'end' || kind === 'return').map(({ id }) => id),
    behind,
  );
  for (const { id } of plan.states) {
    if (!reached.has(id)) compiling.problem(['states', id], `expected a way to the state '${id}', found none`, true);
    if (!leaving.has(id))
      compiling.problem(
        ['states', id],
        `expected a way from '${id}' to an end${flowOf(id) === MAIN ? '' : ' or a return'}, found none`,
        true,
      );
  }
  for (const key of ['time-up', 'shutdown'] as const)
    if (states.get(plan[key === 'time-up' ? 'timeUp' : 'shutdown'])?.kind !== 'end')
      compiling.problem([key], 'expected a state of kind end');
  if (states.get(plan.silent)?.kind !== 'end') compiling.problem(['trouble', 'silent'], 'expected a state of kind end');
  const refuge = states.get(plan.keysOnlyEscalate.to)?.kind;
  if (refuge !== 'end' && refuge !== 'transfer')
    compiling.problem(['keys-only', 'escalate'], 'expected a state of kind transfer or end');
  for (const state of plan.states)
    if (state.kind === 'look-up' && !services.includes(state.service))
      compiling.problem(
        ['states', state.id, 'service'],
        `expected a service of the bank (${services.join(', ')}), found '${state.service}'`,
      );
  checkLoops(plan, compiling);
  checkSecrets(plan, states, edges, compiling);
}

function push(links: Map<string, string[]>, from: string, to: string): void {
  const known = links.get(from);
  if (known === undefined) links.set(from, [to]);
  else known.push(to);
}

function closure(from: readonly string[], next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(from);
  for (const id of reached) for (const to of next.get(id) ?? []) reached.add(to);
  return reached;
}

/** A secret lives for one step: it must be asked last, and be used by the look-up that follows at once. */
function checkSecrets(
  plan: Plan,
  states: ReadonlyMap<string, PlanState>,
  edges: readonly Edge[],
  compiling: Compiling,
): void {
  const givers = new Set<string>();
  for (const form of plan.states) {
    if (form.kind !== 'form') continue;
    for (const [place, { name, secret }] of form.slots.entries()) {
      if (!secret) continue;
      const path = ['states', form.id, 'slots', name];
      if (place !== form.slots.length - 1)
        compiling.problem(path, `expected the secret slot '${name}' to be the last of its form`, true);
      const next = states.get(form.next.to);
      if (next?.kind !== 'look-up' || !Object.values(next.args).includes(name))
        compiling.problem(
          ['states', form.id, 'next'],
          `expected a look-up that uses the secret '${name}' right after the form`,
        );
      else givers.add(`${form.id} ${next.id}`);
    }
  }
  for (const edge of edges) {
    const target = states.get(edge.to);
    if (target?.kind !== 'look-up' || !Object.values(target.args).some((name) => plan.secrets.has(name))) continue;
    const form = edge.from === undefined ? undefined : states.get(edge.from);
    const skips = form?.kind === 'form' && form.unless?.to === edge.to;
    if (!givers.has(`${edge.from} ${edge.to}`) || skips)
      compiling.problems.push({
        at: edge.at,
        text: `expected '${edge.to}' to be reached only from the form that asks its secret`,
      });
  }
}
