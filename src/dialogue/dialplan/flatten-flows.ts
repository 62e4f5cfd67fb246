import type { DialplanFile, FlowFile, GoFile, StateFile } from './dialplan-schema.ts';
import { flowOf, idWithin, MAIN, stateId, stateIn } from './flow-names.ts';

/** A dialplan whose states are all in one list, by ids that name their flow. */
export interface PlanFile extends Omit<DialplanFile, 'start' | 'states' | 'flows'> {
  readonly start: string;
  readonly states: Readonly<Record<string, StateFile>>;
  readonly flows: Readonly<Record<string, FlowHead>>;
  /** It says what its flows are: what it says and sends must be known then. */
  readonly strict: boolean;
}

export type FlowHead = Omit<FlowFile, 'states'>;

type Path = readonly (string | number)[];

/** @param file - with a start and states of the main flow, wherever they stand */
export function flattenFlows(file: DialplanFile): PlanFile {
  const { flows = {}, states: own, start, ...rest } = file;
  const main: FlowFile = flows[MAIN] ?? { start: start ?? '', states: own ?? {} };
  const all = Object.entries({ ...flows, [MAIN]: main });
  const states: Record<string, StateFile> = {};
  for (const [flow, { states: within }] of all)
    for (const [name, state] of Object.entries(within)) states[stateId(flow, name)] = qualified(state, flow);
  return {
    ...rest,
    start: main.start,
    states,
    flows: Object.fromEntries(
      all.map(([name, { start: first, params, returns }]) => [
        name,
        {
          start: stateId(name, first),
          ...(params === undefined ? {} : { params }),
          ...(returns === undefined ? {} : { returns }),
        },
      ]),
    ),
    strict: Object.keys(flows).length > 0,
  };
}

/** Where a path of the flat dialplan stands in the file. */
export function pathInFile(file: DialplanFile, path: Path): Path {
  const [key, id, ...rest] = path;
  const inFlows = file.flows?.[MAIN] !== undefined;
  if (key === 'start' && inFlows) return ['flows', MAIN, 'start'];
  if (key !== 'states' || typeof id !== 'string') return path;
  const flow = flowOf(id);
  return flow === MAIN && !inFlows ? path : ['flows', flow, 'states', stateIn(id), ...rest];
}

/** The state with the names of states in it as ids. */
function qualified(state: StateFile, flow: string): StateFile {
  const name = (to: string): string => idWithin(flow, to);
  const go = (file: GoFile): GoFile => (typeof file === 'string' ? name(file) : { ...file, to: name(file.to) });
  const maybe = <K extends string>(key: K, file: GoFile | undefined) =>
    (file === undefined ? {} : { [key]: go(file) }) as { [key in K]?: GoFile };
  const each = <T extends { readonly to: string }>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, { ...value, to: name(value.to) }]));
  switch (state.kind) {
    case 'say':
    case 'set':
      return { ...state, next: go(state.next) };
    case 'menu':
    case 'question':
      return {
        ...state,
        ...(state.options === undefined ? {} : { options: each(state.options) }),
        ...(state['options-of'] === undefined ? {} : { 'options-of': name(state['options-of']) }),
        ...maybe('escalate', state.escalate),
      };
    case 'form':
      return {
        ...state,
        slots: Object.fromEntries(
          Object.entries(state.slots).map(([key, slot]) => [key, { ...slot, ...maybe('escalate', slot.escalate) }]),
        ),
        ...(state.unless === undefined ? {} : { unless: { ...state.unless, to: name(state.unless.to) } }),
        next: go(state.next),
      };
    case 'confirm':
      return {
        ...state,
        yes: go(state.yes),
        no: go(state.no),
        ...(state.corrects === undefined ? {} : { corrects: name(state.corrects) }),
        ...maybe('escalate', state.escalate),
      };
    case 'look-up':
      return {
        ...state,
        done: go(state.done),
        ...maybe('failed', state.failed),
        ...(state.refused === undefined
          ? {}
          : {
              refused: Object.fromEntries(
                Object.entries(each(state.refused)).map(([key, refusal]) => [
                  key,
                  { ...refusal, ...maybe('otherwise', refusal.otherwise) },
                ]),
              ),
            }),
      };
    case 'transfer':
      return {
        ...state,
        completed: go(state.completed),
        'no-answer': go(state['no-answer']),
        ...maybe('busy', state.busy),
        ...maybe('declined', state.declined),
        ...maybe('failed', state.failed),
        ...maybe('verify', state.verify),
      };
    case 'call':
      return {
        ...state,
        next: go(state.next),
        ...(state.otherwise === undefined
          ? {}
          : { otherwise: Object.fromEntries(Object.entries(state.otherwise).map(([key, to]) => [key, go(to)])) }),
      };
    case 'branch':
      return {
        ...state,
        ways: state.ways.map((way) => ({ ...way, to: name(way.to) })),
        otherwise: go(state.otherwise),
      };
    case 'return':
    case 'end':
      return state;
  }
}
