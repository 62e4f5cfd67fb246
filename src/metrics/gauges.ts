import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** Current values by metric name without the prefix: `recognition_queue` → `tellerline_recognition_queue`. */
export type Reading = Readonly<Record<string, number>>;

export interface Gauges extends Disposable {
  /** p99 lag of the main thread's event loop over the last second, ms: what admission looks at. */
  readonly lagMs: number;
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
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  let lagMs = 0;
  const sampler = setInterval(() => {
    lagMs = Math.max(0, lag.percentile(99) / 1e6 - RESOLUTION_MS);
    lag.reset();
  }, 1_000);
  const gauge = (name: string, text: string): Gauge =>
    new Gauge({ name: `tellerline_${name}`, help: text, registers: [registry] });
  const gauges = new Map(Object.entries(help).map(([name, text]) => [name, gauge(name, text)]));
  const lagGauge = gauge('event_loop_lag_seconds', 'p99 lag of the main thread over the last second');
  return {
    get lagMs() {
      return lagMs;
    },
    async refresh() {
      lagGauge.set(lagMs / 1000);
      for (const [name, value] of Object.entries(await read())) gauges.get(name)?.set(value);
    },
    [Symbol.dispose]() {
      clearInterval(sampler);
      lag.disable();
      registry.clear();
    },
  };
}
