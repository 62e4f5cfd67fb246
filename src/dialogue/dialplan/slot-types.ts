import { openValueType } from '../values/open-value-type.ts';
import type { ValueType } from '../values/value-type.ts';
import type { SlotFile } from './dialplan-schema.ts';
import type { PlanFile } from './flatten-flows.ts';
import { flowOf } from './flow-names.ts';

export interface TypesInFlow {
  readonly types: ReadonlyMap<string, ValueType>;
  /** Slots of figures that do not say what they are, where that matters. */
  readonly untyped: ReadonlySet<string>;
}

/** What the slots of a dialplan are. */
export class SlotTypes {
  readonly #flows = new Map<string, { readonly types: Map<string, ValueType>; readonly untyped: Set<string> }>();
  readonly #everywhere = { types: new Map<string, ValueType>(), untyped: new Set<string>() };

  constructor({ states, flows, strict }: PlanFile) {
    for (const [name, { params = {} }] of Object.entries(flows)) {
      const types = new Map<string, ValueType>();
      for (const [param, type] of Object.entries(params)) {
        const opened = openValueType(type);
        if (typeof opened !== 'string' && opened.name !== 'text') types.set(param, opened);
      }
      this.#flows.set(name, { types, untyped: new Set() });
    }
    for (const [id, state] of Object.entries(states)) {
      if (state.kind !== 'form') continue;
      const within = this.#flows.get(flowOf(id));
      for (const [name, slot] of Object.entries(state.slots)) {
        const into = slot.keep === 'call' ? this.#everywhere : within;
        const type = slot.type === undefined ? undefined : openValueType(slot.type);
        if (type !== undefined && typeof type !== 'string') into?.types.set(name, type);
        if (strict && type === undefined && hasFigures(slot)) into?.untyped.add(name);
      }
    }
  }

  at(flow: string): TypesInFlow {
    const within = this.#flows.get(flow);
    return {
      types: new Map([...this.#everywhere.types, ...(within?.types ?? [])]),
      untyped: new Set([...this.#everywhere.untyped, ...(within?.untyped ?? [])]),
    };
  }
}

const hasFigures = ({ grammar, keys, secret }: SlotFile): boolean =>
  secret !== true && (grammar?.startsWith('builtin:digits') === true || (keys?.max ?? 1) > 1);
