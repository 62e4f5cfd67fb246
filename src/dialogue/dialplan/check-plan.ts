import type { Compiling, Edge } from './compiling.ts';
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

  const edges = compiling.edges;
  const reached = closure(
    edges.filter(({ from }) => from === undefined).map(({ to }) => to),
    (id) => edges.filter(({ from }) => from === id).map(({ to }) => to),
  );
  const leaving = closure(
    plan.states.filter(leaves).map(({ id }) => id),
    (id) => edges.filter(({ to }) => to === id).flatMap(({ from }) => from ?? []),
  );
  for (const { id } of plan.states) {
    if (!reached.has(id)) compiling.problem(['states', id], `expected a way to the state '${id}', found none`, true);
    if (!leaving.has(id)) compiling.problem(['states', id], `expected a way from '${id}' to an end, found none`, true);
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
  checkRestlessLoops(states, edges, compiling);
  checkSecrets(plan, states, edges, compiling);
}

const leaves = (state: PlanState): boolean => state.kind === 'end';

function closure(from: readonly string[], next: (id: string) => readonly string[]): Set<string> {
  const reached = new Set(from);
  for (const id of reached) for (const to of next(id)) reached.add(to);
  return reached;
}

/** A loop in which nobody is asked anything would run for ever: through sayings, look-ups, and forms that are filled already. */
function checkRestlessLoops(
  states: ReadonlyMap<string, PlanState>,
  edges: readonly Edge[],
  compiling: Compiling,
): void {
  const asks = (edge: Edge): boolean => {
    const target = states.get(edge.to);
    if (target?.kind === 'say' || target?.kind === 'look-up') return false;
    if (target?.kind !== 'form') return true;
    const { clear } = edge;
    return (
      target.unless === undefined &&
      target.slots.some(({ name, secret }) => secret || clear === 'all' || clear.includes(name))
    );
  };
  const restless = edges.filter((edge) => edge.from !== undefined && !isAsking(states.get(edge.from)) && !asks(edge));
  for (const [id, state] of states) {
    if (state.kind !== 'say' && state.kind !== 'look-up' && state.kind !== 'form') continue;
    const behind = closure(
      restless.filter(({ from }) => from === id).map(({ to }) => to),
      (from) => restless.filter((edge) => edge.from === from).map(({ to }) => to),
    );
    if (behind.has(id))
      compiling.problem(
        ['states', id],
        `expected a question somewhere in the loop from '${id}' to itself, found none (clear a slot to ask it again)`,
        true,
      );
  }
}

const isAsking = (state: PlanState | undefined): boolean =>
  state?.kind === 'choice' || state?.kind === 'confirm' || state?.kind === 'transfer';

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
