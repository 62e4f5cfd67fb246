import type { Ask, Command, Plan } from '../dialplan/plan.ts';
import { passing, remember, report, type Situation, type StateConfig, sayOnce, way } from './actions.ts';
import { asking, gate } from './asking.ts';

/*
 * A command may be said anywhere, and recognizers hear things. Those that end the call are asked about first; "no", and
 * silence, lead back to the question that they interrupted.
 */

type Confirmed = Command & { readonly go: NonNullable<Command['go']>; readonly confirm: Ask };

const isConfirmed = (command: Command): command is Confirmed =>
  command.go !== undefined && command.confirm !== undefined;

export const confirmsCommand = (plan: Plan, name: string): boolean =>
  plan.commands.some((command) => command.name === name && isConfirmed(command));

const because = (name: string): string | undefined => (name === 'person' ? 'requested' : undefined);

const says =
  (name: string) =>
  ({ event }: Situation) =>
    event.type === 'command' && event.command === name;

/** Where commands lead from any question. */
export const commandWays = (plan: Plan) =>
  plan.commands.flatMap((command) => {
    const { name, go } = command;
    if (go === undefined) return [];
    if (!isConfirmed(command)) return [{ guard: says(name), ...way(plan, go, because(name)) }];
    return [{ guard: says(name), target: `#${idOf(command)}`, reenter: true, actions: [interrupt] }];
  });

const idOf = ({ confirm }: Confirmed): string => confirm.path.split('/')[0] ?? '';

/** One command may interrupt the question about another: what comes back is the question before both. */
const interrupt = remember(({ context, event }) =>
  event.type !== 'command' || context.interrupted !== null
    ? { recent: [] }
    : {
        recent: [],
        interrupted: {
          path: event.during,
          pending: context.pending,
          noInputs: context.noInputs,
          noMatches: context.noMatches,
          recent: context.recent,
        },
      },
);

export function commandStates(plan: Plan): Record<string, StateConfig> {
  const confirmed = plan.commands.filter(isConfirmed);
  if (confirmed.length === 0) return {};
  return {
    ...Object.fromEntries(confirmed.map((command) => [idOf(command), confirmState(plan, command)])),
    RETURN: { id: 'RETURN', ...passing(plan.questions.flatMap((ask) => waysBack(plan, ask))) },
  };
}

function confirmState(plan: Plan, command: Confirmed): StateConfig {
  const { confirm, go, name } = command;
  const ask = asking(plan, confirm);
  const obey = way(plan, go, because(name));
  const obeyed = { ...obey, actions: [forget, ...obey.actions] };
  const back = { target: '#RETURN', reenter: true };
  const unheard = [
    remember(({ context }: Situation) => ({ noInputs: context.noInputs + 1, silent: context.silent + 1 })),
    report(({ context }) => ({ type: 'no-input', attempt: context.noInputs })),
  ];
  const misunderstood = [
    remember(({ context }: Situation) => ({ noMatches: context.noMatches + 1 })),
    report(({ context }) => ({ type: 'no-match', attempt: context.noMatches })),
  ];
  return {
    id: idOf(command),
    initial: 'GATE',
    states: {
      GATE: gate(plan, confirm),
      asking: {
        ...ask,
        on: {
          ...ask.on,
          command: [{ guard: says(name), ...obeyed }, ...ask.on.command],
          yes: obeyed,
          no: { ...back, actions: [sayOnce(plan, 'both', () => [plan.keptSay])] },
          'no-input': [
            {
              guard: ({ context }: Situation) => context.silent + 1 >= plan.silentTries,
              target: `#${plan.silent}`,
              actions: unheard,
            },
            { ...back, actions: unheard },
          ],
          'no-match': [
            {
              guard: ({ context }: Situation) => context.noMatches + 1 < confirm.tries,
              target: `#${confirm.path}`,
              reenter: true,
              actions: [...misunderstood, sayOnce(plan, confirm.bargeIn, () => [confirm.again])],
            },
            { ...back, actions: misunderstood },
          ],
        },
      },
    },
  };
}

const forget = remember(() => ({ interrupted: null }));

const interrupted = ({ context }: Situation, ask: Ask): boolean => context.interrupted?.path === ask.path;

function waysBack(plan: Plan, ask: Ask) {
  const restored = remember(({ context: { interrupted } }) =>
    interrupted === null
      ? {}
      : {
          pending: interrupted.pending,
          noInputs: interrupted.noInputs,
          noMatches: interrupted.noMatches,
          recent: interrupted.recent,
          interrupted: null,
        },
  );
  /** What was said last in front of the question is the question. */
  const question = sayOnce(plan, ask.bargeIn, ({ context }) => {
    if (context.keysOnly && ask.keysSay !== undefined) return [ask.keysSay];
    return [plan.prompts.get(context.recent.at(-1) ?? '') ?? ask.say];
  });
  const escape = way(plan, plan.keysOnlyEscalate, 'keys-only');
  return [
    ...(ask.keysSay === undefined
      ? [
          {
            guard: (now: Situation) => interrupted(now, ask) && now.context.keysOnly,
            ...escape,
            actions: [forget, ...escape.actions],
          },
        ]
      : []),
    { guard: (now: Situation) => interrupted(now, ask), target: `#${ask.path}`, actions: [restored, question] },
  ];
}
