import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuMs, processTree, rssMb } from './line/child-processes.ts';
import type {
  Decision,
  ForkCallersFigures,
  ForkCallersOrders,
  ForkServerFigures,
  ForkServerOrders,
  RecordingFigures,
} from './line/fork-orders.ts';
import { describeMachine } from './line/machine.ts';
import { type OrderProcess, openOrderProcess } from './line/order-process.ts';
import { atMost, round, type Target } from './line/part.ts';
import { quantile } from './line/quantile.ts';
import { table } from './line/table.ts';
import { HOURS, synthesise } from './line/utterances.ts';

/*
 * Our side of a call on FreeSWITCH: a media worker whose legs are forks, the recorder with its disk, voice activity. On one core,
 * with FreeSWITCH's ends of the forks on the other. See docs/performance.md.
 */

const RESULTS = join('bench', 'results');
const SERVER_CORE = 0;
const CALLERS_CORE = 1;
const QUICK = process.argv.includes('--quick');
const PROFILE = process.argv.includes('--profile') ? ['--cpu-prof', '--cpu-prof-dir=var/bench-profile'] : [];
/** `--calls=150`: these numbers of calls only. */
const STEPS =
  /--calls=([\d,]+)/.exec(process.argv.join(' '))?.[1]?.split(',').map(Number) ?? (QUICK ? [20] : [50, 100, 150, 200]);
/** The targets are stated for so many. */
const JUDGED = STEPS.includes(150) ? 150 : (STEPS.at(-1) ?? 0);
const WINDOWS = QUICK ? 2 : 5;
const WINDOW_MS = QUICK ? 2_000 : 4_000;
const WARM_UP_MS = QUICK ? 2_000 : 8_000;
const SETTLE_MS = 3_000;
const BARGE_IN_MS = QUICK ? 6_000 : 20_000;
const ALONE_MS = QUICK ? 10_000 : 60_000;
const USER = 'tellerline';
const PASSWORD = 'bench';
/** A kill belongs to the decision before it, if it comes within this. */
const MOST_APART_MS = 1_000;

type Server = OrderProcess<ForkServerOrders>;
type Callers = OrderProcess<ForkCallersOrders>;
interface Stage extends AsyncDisposable {
  readonly server: Server;
  readonly callers: Callers;
  add(legs: number, bargeIn: 'none' | 'speech'): Promise<void>;
  readonly usage: () => { readonly cpuMs: number; readonly childrenMs: number; readonly rssMb: number };
  end(): Promise<RecordingFigures>;
}

const here = (name: string): string => fileURLToPath(new URL(`line/${name}`, import.meta.url));
const median = (values: readonly number[]): number => quantile(values, 0.5);

async function openStage(vad: boolean, loop: Uint8Array): Promise<Stage> {
  mkdirSync('var', { recursive: true });
  const folder = await mkdtemp(join('var', 'bench-')); // on the disk that recordings are meant for
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const server: Server = await openOrderProcess(here('fork-server-process.js'), SERVER_CORE, PROFILE);
  const callers: Callers = await openOrderProcess(here('fork-callers-process.js'), CALLERS_CORE);
  await server.order('open', { vad, folder, user: USER, password: PASSWORD });
  await callers.order('open', { loop, user: USER, password: PASSWORD });
  return {
    server,
    callers,
    async add(legs, bargeIn) {
      for (let left = legs; left > 0; left -= 10) {
        const forks = await server.order('add', { legs: Math.min(left, 10), bargeIn });
        await callers.order('connect', { forks });
      }
    },
    usage() {
      const [, ...children] = processTree(server.pid);
      const childrenMs = children.reduce((sum, pid) => sum + cpuMs(pid), 0);
      const rss = [server.pid, ...children].reduce((sum, pid) => sum + rssMb(pid), 0);
      return { cpuMs: cpuMs(server.pid) + childrenMs, childrenMs, rssMb: rss };
    },
    async end() {
      await callers.order('hang-up', {});
      return server.order('end', {});
    },
    async [Symbol.asyncDispose]() {
      await callers[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      remove();
      process.removeListener('exit', remove);
    },
  };
}

interface Window {
  readonly cpuPercent: number;
  readonly childrenPercent: number;
  readonly rssMb: number;
  readonly server: ForkServerFigures;
  readonly callers: ForkCallersFigures;
}

async function measure({ server, callers, usage }: Stage, forMs: number): Promise<Window> {
  await server.order('clear', {});
  await callers.order('clear', {});
  const before = usage();
  const began = performance.now();
  await sleep(forMs);
  const passed = performance.now() - began;
  const after = usage();
  return {
    cpuPercent: (100 * (after.cpuMs - before.cpuMs)) / passed,
    childrenPercent: (100 * (after.childrenMs - before.childrenMs)) / passed,
    rssMb: after.rssMb,
    server: await server.order('take', {}),
    callers: await callers.order('take', {}),
  };
}

type Row = Record<string, string | number>;

async function held(vad: boolean, loop: Uint8Array, targets: Target[], notes: string[]): Promise<Row[]> {
  const name = vad ? 'with VAD' : 'without VAD';
  const rows: Row[] = [];
  await using stage = await openStage(vad, loop);
  await stage.add(STEPS[0] ?? 0, 'none');
  await sleep(WARM_UP_MS);
  let legs = STEPS[0] ?? 0;
  for (const step of STEPS) {
    await stage.add(step - legs, 'none');
    legs = step;
    await sleep(SETTLE_MS);
    const windows: Window[] = [];
    for (let n = 0; n < WINDOWS; n++) windows.push(await measure(stage, WINDOW_MS));
    const of = (value: (one: Window) => number): number => median(windows.map(value));
    const sum = (value: (one: Window) => number): number => windows.reduce((all, one) => all + value(one), 0);
    const perCall = of(({ cpuPercent }) => cpuPercent) / step;
    const ageP99 = of(({ server }) => quantile(server.ages, 0.99));
    rows.push({
      '': name,
      calls: step,
      'CPU %': round(of(({ cpuPercent }) => cpuPercent)),
      'CPU % per call': round(perCall, 3),
      'least, most': `${round(Math.min(...windows.map((one) => one.cpuPercent / step)), 3)}–${round(Math.max(...windows.map((one) => one.cpuPercent / step)), 3)}`,
      'of it VAD process %': round(of(({ childrenPercent }) => childrenPercent)),
      'frame → buffer p50 ms': round(
        of(({ server }) => quantile(server.ages, 0.5)),
        2,
      ),
      'p99 ms': round(ageP99, 2),
      'max ms': round(of(({ server }) => quantile(server.ages, 1))),
      'tick p99 ms': round(
        of(({ server }) => server.tickP99),
        2,
      ),
      'least lead ms': round(of(({ callers }) => callers.leastLead)),
      dry: sum(({ callers }) => callers.dry),
      dropped: sum(({ server }) => server.dropped),
      'own p99 ms': round(
        of(({ callers }) => callers.ownLateP99),
        2,
      ),
      'unsynced ms': round(of(({ server }) => server.oldestUnsyncedMs)),
      'RSS MB': Math.round(of(({ rssMb: rss }) => rss)),
    });
    console.log(`   ${name}, ${step} calls: ${round(perCall, 3)} % of a core per call`);
    for (const trouble of windows.flatMap(({ server }) => server.troubles)) notes.push(`${name}, ${step}: ${trouble}`);
    const lost = windows.at(-1)?.callers.lost ?? 0;
    if (lost > 0) notes.push(`${name}, ${step}: ${lost} forks were closed by the server`);
    if (step !== JUDGED) continue;
    const what = `per call on our side, fork + recording, ${name}, ${step} calls`;
    targets.push({ ...atMost(what, vad ? 0.4 : 0.25, perCall, '% of a core'), measured: round(perCall, 3) });
    if (vad) targets.push(atMost(`fork frame → recognizer buffer, P99, ${step} calls`, 5, ageP99));
  }
  const { recordings, minutes, problems, gapsMs, bytesPerMinute } = await stage.end();
  const gaps = Object.entries(gapsMs).map(([because, lasting]) => `${because} ${round(lasting)} ms`);
  notes.push(
    `${name}: ${recordings} recordings of ${round(minutes)} min sealed, ${problems} problems; gaps: ${gaps.join(', ')}, ${Math.round(bytesPerMinute / 1000)} kB per minute`,
  );
  return rows;
}

/** From each decision to the next kill at the same leg. */
function toWire(decisions: readonly Decision[], kills: readonly Decision[]): number[] {
  return decisions.flatMap(({ endpoint, at }) => {
    const kill = kills.find((one) => one.endpoint === endpoint && one.at >= at);
    return kill === undefined || kill.at - at > MOST_APART_MS ? [] : [kill.at - at];
  });
}

async function bargeIn(loop: Uint8Array, targets: Target[], notes: string[]): Promise<Row[]> {
  const rows: Row[] = [];
  await using stage = await openStage(true, loop);
  let legs = 0;
  for (const step of [1, JUDGED]) {
    await stage.add(step - legs, 'speech');
    legs = step;
    await sleep(step === 1 ? WARM_UP_MS : SETTLE_MS);
    const { server, callers } = await measure(stage, step === 1 ? ALONE_MS : BARGE_IN_MS);
    const spoken = toWire(server.decisions, callers.kills);
    const whole = toWire(callers.onsets, callers.kills);
    rows.push(killRow(`speech, decided in the media worker`, step, server.decisions.length, spoken));
    rows.push(killRow('from the first audible frame on', step, callers.onsets.length, whole));
    targets.push(atMost(`barge-in decision → killAudio at FreeSWITCH, max, ${step} calls`, 10, quantile(spoken, 1)));
  }
  await stage.callers.order('clear', {});
  const decisions = await stage.server.order('silence', { everyMs: 25 });
  const { kills } = await stage.callers.order('take', {});
  const told = toWire(decisions, kills);
  rows.push(killRow('stop, decided in the main thread', legs, decisions.length, told));
  targets.push(
    atMost(`main thread's decision → killAudio at FreeSWITCH, P95, ${legs} calls`, 10, quantile(told, 0.95)),
  );
  const { recordings, problems } = await stage.end();
  notes.push(
    `barge-in: ${recordings} recordings sealed, ${problems} problems; decisions while nothing was sent need no kill`,
  );
  return rows;
}

const killRow = (name: string, calls: number, decisions: number, toKill: readonly number[]): Row => ({
  decision: name,
  calls,
  decisions,
  kills: toKill.length,
  'p50 ms': round(quantile(toKill, 0.5), 2),
  'p95 ms': round(quantile(toKill, 0.95), 2),
  'p99 ms': round(quantile(toKill, 0.99), 2),
  'max ms': round(quantile(toKill, 1), 2),
});

const machine = describeMachine();
console.log(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Linux ${machine.kernel}; load ${machine.load_before.join(' ')}`,
);
const loop = (await synthesise([HOURS])).loop(0.3);
const targets: Target[] = [];
const notes: string[] = [];
console.log('\n== forks: calls held on one core (prompt playing, recording on, callers speak 30 % of the time)');
const calls = [...(await held(false, loop, targets, notes)), ...(await held(true, loop, targets, notes))];
console.log(table(calls).join('\n'));
console.log('\n== barge-in: decision → killAudio at the other end of the fork');
const kills = await bargeIn(loop, targets, notes);
console.log(table(kills).join('\n'));
console.log('');
for (const note of notes) console.log(`   ${note}`);
console.log('\n== targets');
console.log(
  table(
    targets.map(({ what, target, measured, unit, met }) => ({
      what,
      target,
      measured: measured === undefined ? 'nothing' : `${measured} ${unit}`,
      met: met ? 'yes' : 'NO',
    })),
  ).join('\n'),
);
const date = new Date().toISOString();
await mkdir(RESULTS, { recursive: true });
const result = `${JSON.stringify({ date, quick: QUICK, machine, results: { calls, kills }, targets, notes }, undefined, 2)}\n`;
const names = [`forks-${date.slice(0, 19).replaceAll(':', '')}.json`];
if (process.argv.includes('--reference')) names.push('reference-forks.json');
for (const name of names) await writeFile(join(RESULTS, name), result);
console.log(`written to ${join(RESULTS, names[0] ?? '')}`);
