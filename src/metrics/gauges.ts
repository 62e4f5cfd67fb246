import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Current values by metric name without the prefix: `recognition_queue` → `tellerline_recognition_queue`. */
export type Reading = Readonly<Record<string, number>>;

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
    new Gauge({ name: `tellerline_${name}`, help: text, registers: [registry] });
  const gauges = new Map(Object.entries(help).map(([name, text]) => [name, gauge(name, text)]));
  return {
    async refresh() {
      for (const [name, value] of Object.entries(await read())) gauges.get(name)?.set(value);
    },
    [Symbol.dispose]: () => registry.clear(),
  };
}
