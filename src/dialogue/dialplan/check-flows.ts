import type { Compiling } from './compiling.ts';
import { flowOf, MAIN } from './flow-names.ts';
import type { Plan } from './plan.ts';
import { stronglyConnected } from './strongly-connected.ts';

/** Flows in each other: each is a frame of the conversation. */
const DEEPEST = 20;

/** What the flows of a dialplan must be to each other: each can be called, and none calls itself by whatever way. */
export function checkFlows(plan: Plan, compiling: Compiling): void {
  const calls = new Map<string, string[]>([...plan.flows.keys()].map((name) => [name, []]));
  for (const { from, flow } of compiling.calls)
    for (const caller of from === undefined ? [MAIN] : [flowOf(from)]) calls.get(caller)?.push(flow);
  const heights = new Map<string, number>();
  let tallest = 0;
  for (const component of stronglyConnected(calls)) {
    const [first = ''] = component;
    const height = 1 + Math.max(0, ...(calls.get(first) ?? []).map((called) => heights.get(called) ?? 0));
    heights.set(first, height);
    tallest = Math.max(tallest, height);
    if (component.length > 1 || calls.get(first)?.includes(first) === true)
      compiling.problem(
        ['flows', first],
        `expected flows that do not call themselves, found ${[...component, first].join(' → ')}`,
        true,
      );
    else if (first !== MAIN && !compiling.calls.some(({ flow }) => flow === first))
      compiling.problem(['flows', first], `expected a call of the flow '${first}', found none`, true);
  }
  if (tallest > DEEPEST)
    compiling.problem(['flows'], `expected at most ${DEEPEST} flows in each other, found more`, true);
  for (const { name, returns } of plan.flows.values())
    for (const returned of returns)
      if (compiling.names.get(name)?.has(returned) !== true)
        compiling.problem(
          ['flows', name, 'returns'],
          `expected a slot or value of the flow '${name}', found '${returned}'`,
        );
}
