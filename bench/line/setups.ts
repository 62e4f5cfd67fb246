import { FRONT_END } from './front-end.ts';
import { option } from './option.ts';
import type { Setups } from './orders.ts';
import { atLeast, atMost, type Part, type PartResult, round } from './part.ts';
import { quantile } from './quantile.ts';
import { openServer, type Server, type Usage } from './server.ts';
import { openTelephones } from './telephones.ts';

/* INVITE, 200, ACK, BYE, 200 against the whole product: each call gets its endpoint, recording, dialogue and journal. */

const { idle: IDLE_RATE, rates: RATES } = FRONT_END.setupsPerSecond;
/** `--rates=40,100`: these and no others. */
const ASKED = option('rates')?.split(',').map(Number);
/** `--archive=off`: without one. `--pinned`: the server on one core. */
const ARCHIVE = option('archive') !== 'off';
const PINNED = process.argv.includes('--pinned');
/** `--seconds=12`: how long each rate is offered. */
const SECONDS = Number(option('seconds') ?? 6);
/** So many of the server's threads are named in a row, the busiest first. */
const THREADS = 6;
const IDLE = { callsPerSecond: IDLE_RATE, calls: IDLE_RATE * 15 };
const WARM_UP = { callsPerSecond: IDLE_RATE * 2, calls: IDLE_RATE * 6 };
const CLEAN_P99_MS = 200;
/** How long the calls that have ended may take to be sealed. */
const SETTLE_DEADLINE_MS = 30_000;

export const setups: Part = {
  title: 'calls set up per second (INVITE, 200, ACK, BYE at once; server not pinned)',
  async run(bench): Promise<PartResult> {
    await using server = await openServer({
      dialplan: 'holding',
      vad: true,
      recognizer: 'none',
      pinned: PINNED,
      archive: ARCHIVE,
    });
    await using telephones = await openTelephones();
    await telephones.order('open', { target: server.target, loop: new Uint8Array(0) });
    const rows: Record<string, string | number>[] = [];
    const at = async (callsPerSecond: number, calls: number): Promise<Setups> => {
      const before = server.usage();
      const result = await telephones.order('set-up', { calls, callsPerSecond });
      const settled = await settle(server);
      const after = server.usage();
      const cpu = after.cpuMs - before.cpuMs;
      const row = {
        'offered /s': callsPerSecond,
        calls,
        answered: result.answered,
        refused: JSON.stringify(result.refused),
        'BYE failed': result.failedByes,
        retransmitted: result.retransmissions,
        'p50 ms': round(quantile(result.setupMs, 0.5)),
        'p99 ms': round(quantile(result.setupMs, 0.99)),
        'max ms': round(quantile(result.setupMs, 1)),
        'done /s': round((1000 * result.answered) / result.tookMs),
        'CPU ms per call': round(cpu / calls, 2),
        ...Object.fromEntries(
          Object.entries(after.neighbours).map(([name, { cpuMs }]) => [
            `${name} ms per call`,
            round((cpuMs - (before.neighbours[name]?.cpuMs ?? 0)) / calls, 2),
          ]),
        ),
        'its threads': threadsBetween(before, after, calls),
        'all sealed after s': round(settled / 1000),
      };
      rows.push(row);
      bench.progress(
        `${callsPerSecond}/s: ${result.answered} of ${calls} answered, p50 ${row['p50 ms']} ms, p99 ${row['p99 ms']} ms, ${row['CPU ms per call']} ms CPU per call (${row['its threads']})`,
      );
      return result;
    };
    await telephones.order('set-up', bench.quick ? { callsPerSecond: 10, calls: 10 } : WARM_UP);
    await settle(server);
    const idle = ASKED === undefined ? await at(IDLE.callsPerSecond, bench.quick ? 10 : IDLE.calls) : undefined;
    let best = 0;
    let unclean = 0;
    for (const rate of ASKED ?? (bench.quick ? [20, 40] : RATES)) {
      const calls = rate * (bench.quick ? 2 : SECONDS);
      const result = await at(rate, calls);
      if (isClean(result, calls)) {
        best = rate;
        unclean = 0;
      } else if (++unclean === 2) break; // one may be due to something else that held the machine
    }
    if (idle === undefined) return { rows, targets: [] };
    return {
      rows,
      targets: [
        atMost('INVITE → 200, P99, idle', 50, quantile(idle.setupMs, 0.99)),
        ...(FRONT_END.real // offered as many as a shared machine bears
          ? []
          : [atLeast(`calls set up per second, none refused, no BYE lost, P99 ≤ ${CLEAN_P99_MS} ms`, 200, best, '/s')]),
      ],
    };
  },
};

const isClean = (result: Setups, calls: number): boolean =>
  result.answered === calls && result.failedByes === 0 && quantile(result.setupMs, 0.99) <= CLEAN_P99_MS;

/** CPU ms per call of the busiest threads of the server's process, by their number there (1: the main thread). */
function threadsBetween(before: Usage, after: Usage, calls: number): string {
  return [...after.threadsMs]
    .map(([thread, ms], n) => ({ n: n + 1, ms: (ms - (before.threadsMs.get(thread) ?? 0)) / calls }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, THREADS)
    .map(({ n, ms }) => `${n}: ${round(ms)}`)
    .join(', ');
}

const AT_REST = ['tellerline_calls', 'tellerline_recordings_open', 'tellerline_recordings_sealing'];

/** Waits until no call is open and no recording is unsealed, or what else the gauges count; returns how long that took. */
export async function settle(server: Server, names = AT_REST, deadlineMs = SETTLE_DEADLINE_MS): Promise<number> {
  const began = performance.now();
  for (;;) {
    const passed = performance.now() - began;
    const open = await server.metrics(names);
    if (open.every((one) => one === 0) || passed > deadlineMs) return passed;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
