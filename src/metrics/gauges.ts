import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/**
 * Current values by metric name without the prefix: `recognition_queue` → `tellerline_recognition_queue`; of a name that
 * ends in `_refused` several, by their `reason`.
 */
export type Reading = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

export interface Gauges extends Disposable {
  /** Takes a reading; called before the metrics are written out. */
  refresh(): Promise<void>;
}

const RESOLUTION_MS = 20;

/** @param help - the names that `read` may return, each with its help text */
export function openGauges(
  registry: Registry,
  help: Readonly<Record<string, string>>,
  read: () => Promise<Reading>,
): Gauges {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: RESOLUTION_MS });
  const gauge = (name: string, text: string): Gauge =>
    new Gauge({
      name: `tellerline_${name}`,
      help: text,
      registers: [registry],
      labelNames: name.endsWith('_refused') ? ['reason'] : [],
    });
  const gauges = new Map(Object.entries(help).map(([name, text]) => [name, gauge(name, text)]));
  return {
    async refresh() {
      for (const [name, value] of Object.entries(await read()))
        if (typeof value === 'number') gauges.get(name)?.set(value);
        else for (const [reason, one] of Object.entries(value)) gauges.get(name)?.set({ reason }, one);
    },
    [Symbol.dispose]: () => registry.clear(),
  };
}
