import { fileURLToPath } from 'node:url';
import { type BenchRun, type Part, type PartResult, round, type Target } from './part.ts';
import { openServer, type Server } from './server.ts';
import type { ThreadState } from './server-probe-process.ts';
import { openTelephones, type Telephones } from './telephones.ts';

/* Memory per call held, and what is left after 200 and after 1,000 calls, when garbage was collected in every thread. */

const HELD = 100;
const BATCH = 50;
const DIALS_PER_SECOND = 25;
const WARM_UP_CALLS = 200;
const ALL_CALLS = 1_000;
/** Longer than SIP remembers transactions (RFC 3261: 32 s) and recordings need for their seal. */
const FORGET_MS = 36_000;
/** A second each: the archive takes some ten recordings a second. */
const ARCHIVE_CHECKS = 300;
/** Of all heaps together between 200 and 1,000 calls; JIT code and caches still move a little. */
const MOST_GROWTH_MB = 4;
const MOST_GROWTH_COUNT = 4;

interface State {
  readonly rssMb: number;
  readonly childrenRssMb: number;
  readonly heapMb: number;
  readonly externalMb: number;
  readonly openFiles: number;
  readonly timers: number;
  readonly handles: number;
  readonly threads: readonly ThreadState[];
}

export const memory: Part = {
  title: 'memory per call, and what is left after 1,000 calls',
  async run(bench): Promise<PartResult> {
    const [warm, all, held, batch, forgetMs] = bench.quick
      ? [20, 40, 20, 20, 2_000]
      : [WARM_UP_CALLS, ALL_CALLS, HELD, BATCH, FORGET_MS];
    await using server = await openServer({
      dialplan: 'holding',
      vad: true,
      recognizer: 'none',
      pinned: false,
      ipc: true,
      nodeArgs: ['--expose-gc', '--import', fileURLToPath(new URL('server-probe-process.js', import.meta.url))],
    });
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
    await pause(5_000);
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

async function batches(telephones: Telephones, calls: number, size: number, bench: BenchRun): Promise<number> {
  let made = 0;
  while (made < calls) {
    made += await dial(telephones, Math.min(size, calls - made), bench);
    await telephones.order('hang-up', {});
  }
  return made;
}

/** All of them, although some may be refused at first. */
async function dial(telephones: Telephones, calls: number, bench: BenchRun): Promise<number> {
  let answered = 0;
  for (let n = 0; n < 5 && answered < calls; n++) {
    const result = await telephones.order('dial', { calls: calls - answered, callsPerSecond: DIALS_PER_SECOND });
    answered += result.answered;
    if (answered < calls) {
      bench.progress(`refused: ${JSON.stringify(result.refused)}; dialling again`);
      await pause(2_000);
    }
  }
  return answered;
}

async function look(server: Server): Promise<State> {
  const threads = (await server.ask()) as readonly ThreadState[];
  const usage = server.usage();
  const sum = (of: (thread: ThreadState) => number): number => threads.reduce((total, one) => total + of(one), 0);
  const timers = sum(({ resources }) => resources['Timeout'] ?? 0);
  return {
    rssMb: usage.rssMb,
    childrenRssMb: usage.childrenRssMb,
    heapMb: sum(({ heapMb }) => heapMb),
    externalMb: sum(({ externalMb }) => externalMb),
    openFiles: usage.openFiles,
    timers,
    handles: sum(({ resources }) => Object.values(resources).reduce((a, b) => a + b, 0)) - timers,
    threads,
  };
}

const row = (name: string, state: State): Record<string, string | number> => ({
  '': name,
  'RSS MB': Math.round(state.rssMb),
  'of it children': Math.round(state.childrenRssMb),
  'heaps MB': round(state.heapMb),
  'external MB': round(state.externalMb),
  'open files': state.openFiles,
  timers: state.timers,
  'other handles': state.handles,
  threads: state.threads.length,
});

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

/** Until SIP has forgotten the calls and their recordings are archived. */
async function rest(server: Server, forgetMs: number): Promise<void> {
  await pause(forgetMs);
  for (let n = 0; n < ARCHIVE_CHECKS && (await server.metric('tellerline_archive_waiting')) > 0; n++)
    await pause(1_000);
}

const pause = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs));
