import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallEvent } from '../domain/call-event.ts';

/** What a group of metrics does with the events that it counts. */
export type Counting<Type extends CallEvent['type']> = {
  readonly [T in Type]: (event: Extract<CallEvent, { readonly type: T }>) => void;
};

export interface Instruments {
  readonly counter: <L extends string = never>(name: string, help: string, labels?: readonly L[]) => Counter<L>;
  /** @param buckets - upper bounds, in the unit that the name ends in */
  readonly histogram: <L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ) => Histogram<L>;
}

/** Makes metrics whose names begin with `tellerline_`. */
export function instruments(registry: Registry): Instruments {
  const registers = [registry];
  return {
    counter: (name, help, labels = []) =>
      new Counter({ name: `tellerline_${name}`, help, labelNames: labels, registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name: `tellerline_${name}`, help, buckets: [...buckets], labelNames: labels, registers }),
  };
}

/** Buckets for what a caller waits for. */
export const LATENCY_SECONDS = [0.05, 0.1, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 1.2, 1.5, 2, 3, 5];
