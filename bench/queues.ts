import { parseArgs } from 'node:util';
import { openCluster } from '../test/support/postgresql.ts';
import { runChaos } from './queues/chaos.ts';
import { playEvents } from './queues/million-events.ts';
import { measureRestart } from './queues/restart.ts';
import { measureRouting } from './queues/routing.ts';
import { measureServiceLevel } from './queues/service-level.ts';

/*
 * Queues and agents: `npm run -s bench -- queues --calls 3000 --agents 50 --kills 6 --json`. Callers and agents against a server on a real
 * database that is killed so many times, proven from its journal; and the service level of the same machine in fast time, beside Erlang-A.
 * `--postgresql` takes a PostgreSQL of its own in place of SQLite; `--events 1000000` plays so many random events instead, and
 * `--routing` times the routing decision, `--restart 100` a start after a kill with so many waiting. `--seed N` draws the same callers again; their order still depends on the clock.
 */

const LOADS = [0.85, 1, 1.2];
const CALLS_A_LOAD = 200_000;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    agents: { type: 'string', default: '40' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string' },
    events: { type: 'string' },
    routing: { type: 'boolean', default: false },
    restart: { type: 'string' },
    postgresql: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const told = (what: string): void => console.error(`queues: ${what}`);

if (values.routing) console.log(JSON.stringify(measureRouting(500, 200, 300)));
else if (values.restart !== undefined) console.log(JSON.stringify(await measureRestart(Number(values.restart))));
else if (values.events !== undefined) {
  const played = playEvents(Number(values.events), seed);
  console.log(JSON.stringify({ ...played, seed }));
  process.exitCode = played.violations === 0 ? 0 : 1;
} else await wholeBench();

async function wholeBench(): Promise<void> {
  await using cluster = values.postgresql ? await openCluster(['fsync = on']) : undefined;
  told(`seed ${seed}: ${values.calls} calls, ${values.agents} agents, ${values.kills} kills`);
  const { proof, journal, ...counts } = await runChaos({
    calls: Number(values.calls),
    agents: Number(values.agents),
    kills: Number(values.kills),
    seed,
    server: await cluster?.database(),
  });
  for (const { text } of proof.faults.slice(0, 10)) told(text);
  const serviceLevel = LOADS.map((load, n) => {
    told(`service level at a load of ${load}`);
    return measureServiceLevel(load, values.quick ? 10_000 : CALLS_A_LOAD, seed + n);
  });
  const result = { ...counts, serviceLevel, journal };
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
  const { overtakings, doubleAnswers, lost, stuck } = counts;
  process.exitCode = proof.proven && overtakings + doubleAnswers + lost + stuck === 0 ? 0 : 1;
}
