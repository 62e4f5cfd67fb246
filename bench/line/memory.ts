import { setTimeout as sleep } from 'node:timers/promises';
import { batches, dial, FORGET_MS, rest } from './call-batches.ts';
import { type Part, type PartResult, round, type Target } from './part.ts';
import { look, openProbedServer, row, type State } from './server-state.ts';
import { openTelephones } from './telephones.ts';

/* Memory per call held, and what is left after 200 and after 1,000 calls, when garbage was collected in every thread. */

const HELD = 100;
const BATCH = 50;
const WARM_UP_CALLS = 200;
const ALL_CALLS = 1_000;
/** Of all heaps together between 200 and 1,000 calls; JIT code and caches still move a little. */
const MOST_GROWTH_MB = 4;
const MOST_GROWTH_COUNT = 4;

export const memory: Part = {
  title: 'memory per call, and what is left after 1,000 calls',
  async run(bench): Promise<PartResult> {
    const [warm, all, held, batch, forgetMs] = bench.quick
      ? [20, 40, 20, 20, 2_000]
      : [WARM_UP_CALLS, ALL_CALLS, HELD, BATCH, FORGET_MS];
    await using server = await openProbedServer();
    await using telephones = await openTelephones();
    await telephones.order('open', { target: server.target, loop: bench.speech.loop(0.3) });
    const states: [string, State][] = [];
    const note = async (name: string): Promise<State> => {
      const state = await look(server);
      states.push([name, state]);
      bench.progress(`${name}: RSS ${Math.round(state.rssMb)} MB, heaps ${round(state.heapMb)} MB`);
      return state;
    };
    await note('at start');
    let made = await batches(telephones, warm - held, batch, bench);
    const before = server.usage();
    made += await dial(telephones, held, bench);
    await sleep(5_000);
    const holding = server.usage();
    await telephones.order('hang-up', {});
    await rest(server, forgetMs);
    const first = await note(`after ${made} calls`);
    made += await batches(telephones, all - made, batch, bench);
    await rest(server, forgetMs);
    const last = await note(`after ${made} calls`);
    const perCall = (holding.rssMb - before.rssMb) / held;
    return {
      rows: states.map(([name, state]) => row(name, state)),
      targets: [
        growth('heaps after garbage collection', 'MB', first.heapMb + first.externalMb, last.heapMb + last.externalMb),
        growth('open files and sockets', '', first.openFiles, last.openFiles),
        growth('timers', '', first.timers, last.timers),
        growth('other handles', '', first.handles, last.handles),
      ],
      notes: [
        `RSS with ${held} calls held: ${Math.round(holding.rssMb)} MB, ${round(perCall, 2)} MB more per call (recording, VAD, journal; before any collection)`,
        ...last.threads.map(
          ({ thread, heapMb, resources }) => `thread ${thread}: ${round(heapMb)} MB ${JSON.stringify(resources)}`,
        ),
      ],
    };
  },
};

function growth(what: string, unit: string, before: number, after: number): Target {
  const most = unit === 'MB' ? MOST_GROWTH_MB : MOST_GROWTH_COUNT;
  const grown = after - before;
  return {
    what: `growth over 800 calls: ${what}`,
    target: `≤ ${most} ${unit}`.trim(),
    measured: round(grown),
    unit,
    met: grown <= most,
  };
}
