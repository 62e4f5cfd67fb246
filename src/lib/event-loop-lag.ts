import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Milliseconds, ms } from '../domain/units.ts';

export interface EventLoopLag extends Disposable {
  /** p99 over the last second: how late this thread comes to its work. */
  readonly lag: Milliseconds;
  /** Forgets what has been measured so far: a start is over. */
  restart(): void;
}

const RESOLUTION_MS = 20;
const WINDOW_MS = 1_000;

export function watchEventLoop(): EventLoopLag {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let lag = ms(0);
  const sampler = setInterval(() => {
    lag = ms(Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS));
    delay.reset();
  }, WINDOW_MS);
  return {
    get lag() {
      return lag;
    },
    restart() {
      delay.reset();
      sampler.refresh();
      lag = ms(0);
    },
    [Symbol.dispose]() {
      clearInterval(sampler);
      delay.disable();
    },
  };
}
