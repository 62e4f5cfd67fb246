import type { Service } from '../service.ts';
import type { Compiling } from './compiling.ts';
import type { Path } from './dialplan-source.ts';
import type { Plan, StateOf } from './plan.ts';

/** Look-ups ask for what is declared, as it is declared. */
export function checkServices(plan: Plan, compiling: Compiling, services: readonly Service[]): void {
  const declared = new Map(services.map((service) => [service.name, service]));
  for (const state of plan.states) {
    if (state.kind !== 'look-up') continue;
    const at = ['states', state.id];
    const service = declared.get(state.service);
    if (service !== undefined) checkLookUp(state, service, plan.secrets, at, compiling);
  }
}

function checkLookUp(
  { args, saves, keeps, refused }: StateOf<'look-up'>,
  service: Service,
  secrets: ReadonlySet<string>,
  at: Path,
  compiling: Compiling,
): void {
  const { name } = service;
  const known = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.join(', '));
  for (const [argument, from] of Object.entries(args)) {
    const takes = service.arguments[argument];
    const path = [...at, 'args', argument];
    if (takes === undefined)
      compiling.problem(
        path,
        `expected an argument of '${name}' (${known(Object.keys(service.arguments))}), found '${argument}'`,
        true,
      );
    else if (takes.secret !== secrets.has(from))
      compiling.problem(
        path,
        takes.secret
          ? `expected a secret slot for '${argument}' of '${name}'`
          : `expected no secret: '${argument}' of '${name}' is not kept secret`,
      );
  }
  for (const [argument, { required }] of Object.entries(service.arguments))
    if (required && args[argument] === undefined)
      compiling.problem([...at, 'args'], `expected the argument '${argument}' of '${name}'`, true);
  for (const [key, values] of [
    ['saves', saves],
    ['keeps', keeps],
  ] as const)
    for (const [n, value] of values.entries())
      if (!service.results.includes(value))
        compiling.problem(
          [...at, key, n],
          `expected a value of '${name}' (${known(service.results)}), found '${value}'`,
        );
  if (service.gives.includes('session') && saves.includes('session'))
    compiling.problem(
      [...at, 'saves'],
      `expected 'session' of '${name}' in keeps: what is in saves is journalled, and whoever has it can ask the bank for the caller's accounts`,
    );
  for (const { because } of refused)
    if (!service.refusals.includes(because))
      compiling.problem(
        [...at, 'refused', because],
        `expected a refusal of '${name}' (${known(service.refusals)}), found '${because}'`,
        true,
      );
}
