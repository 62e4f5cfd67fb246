import { flowOf, stateIn } from '../dialplan/flow-names.ts';
import type { Plan, PlanState } from '../dialplan/plan.ts';
import { flowsBetween, waysOut } from '../dialplan/ways-out.ts';

/** A dialplan as it is drawn. */
export interface PlanGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly flow: string;
  readonly name: string;
  readonly kind: PlanState['kind'];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Keys of the dialplan that lead there, those of one pair of states together. */
  readonly by: string;
  /** Into a flow, from which one comes back. */
  readonly calls: boolean;
}

/** States with the ways between them. Commands, which lead away from every question, and what follows trouble are left out. */
export function planGraph(plan: Plan): PlanGraph {
  const everywhere = new Set([
    'escalate',
    'keys-only',
    'other-language',
    'silent',
    ...plan.commands.map(({ name }) => name),
  ]);
  const ways = new Map<string, GraphEdge>();
  const add = (from: string, to: string, by: string, calls: boolean): void => {
    const key = `${from} ${to} ${calls}`;
    const before = ways.get(key);
    ways.set(key, { from, to, calls, by: before === undefined ? by : `${before.by}, ${by}` });
  };
  for (const state of plan.states) {
    for (const { by, go } of waysOut(plan, state)) if (!everywhere.has(by)) add(state.id, go.to, by, false);
    const called = state.kind === 'call' ? [state.flow] : [...flowsBetween({ ...plan, commands: [] }, state)];
    for (const flow of called) add(state.id, plan.flows.get(flow)?.start ?? '', flow, true);
    if (state.kind !== 'call') continue;
    add(state.id, state.next.to, 'next', false);
    for (const [name, { to }] of state.otherwise) add(state.id, to, name, false);
  }
  return {
    nodes: plan.states.map(({ id, kind }) => ({ id, kind, flow: flowOf(id), name: stateIn(id) })),
    edges: [...ways.values()],
  };
}
