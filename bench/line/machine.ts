import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, version } from 'node:os';
import { canPin } from './child-processes.ts';

/** What the figures were measured on. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: `${release()} ${version()}`,
    load_before: loadavg().map((load) => Math.round(100 * load) / 100),
    /** Share of the time that some task waited for a core, over the last 10 s (proc pressure), %. */
    cpu_pressure: pressure(),
    pinned: canPin,
  };
}

function pressure(): number | undefined {
  try {
    return Number(/some avg10=([\d.]+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
