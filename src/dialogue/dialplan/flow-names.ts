/** The flow in which every call begins; the states of a dialplan without flows are its. */
export const MAIN = 'main';

/** 'transfer.ask' is the state `ask` of the flow `transfer`; states of the main flow have no prefix. */
export const stateId = (flow: string, state: string): string => (flow === MAIN ? state : `${flow}.${state}`);

export const flowOf = (id: string): string => /^([^.]+)\./.exec(id)?.[1] ?? MAIN;

/** Without its flow. */
export const stateIn = (id: string): string => id.replace(/^[^.]+\./, '');

/** The state that a name means within a flow: one of the same flow, or with `main.` in front one of the main flow, which is left for it. */
export const idWithin = (flow: string, name: string): string =>
  name.startsWith(`${MAIN}.`) ? name.slice(MAIN.length + 1) : stateId(flow, name);
