import { setTimeout as sleep } from 'node:timers/promises';
import { FRONT_END } from './front-end.ts';
import { option } from './option.ts';
import type { Heard } from './orders.ts';
import { atLeast, type BenchRun, type Part, type PartResult, round, type Target } from './part.ts';
import { openServer, type Server } from './server.ts';
import { openTelephones, type Telephones } from './telephones.ts';

/* Calls held on one core: a prompt plays to each, each is recorded, each caller speaks 30 % of the time. */

const { step: STEP, most: MOST, least: AT_LEAST } = FRONT_END.calls;
/** `--calls=50,100`: these and no others. */
const asked = option('calls');
const ASKED = asked !== undefined;
const STEPS = ASKED ? asked.split(',').map(Number) : Array.from({ length: MOST / STEP }, (_, n) => (n + 1) * STEP);
/** `--vad=on` or `off`: with it or without it alone. */
const VAD = option('vad');
const DIALS = 5;
const WARM_UP_CALLS = 10;
const MEASURE_MS = 8_000;
const SETTLE_MS = 2_000;
const MOST_LOSS = 0.001;
const LATENESS_LIMITS_MS = [5, 10, 20];

interface StepFigures extends Heard {
  readonly cpuPercent: number;
  readonly childrenPercent: number;
  /** The busiest threads of the server's process, of a core; the first is a media worker. */
  readonly threadsPercent: readonly number[];
  readonly rssMb: number;
  readonly loss: number;
  /** Of one core, by name: the servers that are not ours. */
  readonly neighbours: Readonly<Record<string, { readonly percent: number; readonly rssMb: number }>>;
}

export const calls: Part = {
  title: 'calls held on one core (prompt playing, recording on, callers speak 30 % of the time)',
  async run(bench): Promise<PartResult> {
    const rows: Record<string, string | number>[] = [];
    const targets: Target[] = [];
    for (const vad of [true, false].filter((one) => VAD === undefined || one === (VAD === 'on'))) {
      const name = vad ? 'with VAD' : 'without VAD';
      const steps = await ramp(bench, vad);
      for (const step of steps) rows.push(row(name, step));
      if (FRONT_END.real) continue; // what they cost is the question, not how many a shared core bears
      for (const limit of LATENESS_LIMITS_MS) {
        const clean = Math.max(0, ...steps.filter((step) => isClean(step, limit)).map((step) => step.calls));
        targets.push(atLeast(`calls on one core, ${name}, p99 lateness ≤ ${limit} ms`, 150, clean, 'calls'));
      }
    }
    return { rows, targets };
  },
};

async function ramp(bench: BenchRun, vad: boolean): Promise<StepFigures[]> {
  await using server = await openServer({ dialplan: 'holding', vad, recognizer: 'none', pinned: true });
  await using telephones = await openTelephones();
  await telephones.order('open', { target: server.target, loop: bench.speech.loop(0.3) });
  await dial(telephones, WARM_UP_CALLS, bench);
  await telephones.order('hang-up', {});
  await sleep(SETTLE_MS);
  const steps: StepFigures[] = [];
  for (const wanted of bench.quick ? [20, 40] : STEPS) {
    const held = steps.at(-1)?.calls ?? 0;
    const missing = await dial(telephones, wanted - held, bench);
    await sleep(SETTLE_MS);
    const step = await measure(server, telephones, bench.quick ? 2_000 : MEASURE_MS);
    steps.push(step);
    bench.progress(
      `${vad ? 'with' : 'without'} VAD, ${step.calls} calls: p99 ${round(step.lateP99)} ms late, ${round(100 * step.loss, 3)} % lost, ${round(step.cpuPercent)} % of a core`,
    );
    if (missing > 0) {
      bench.progress(`the server went on refusing: ${missing} calls are missing`);
      break;
    }
    // on a busy machine nothing is clean, but the CPU per call still tells how many calls a core can hold
    if (!ASKED && wanted >= AT_LEAST && !isClean(step, Math.max(...LATENESS_LIMITS_MS))) break;
  }
  const { failed } = await telephones.order('hang-up', {});
  if (failed > 0) bench.progress(`${failed} BYEs were not answered`);
  return steps;
}

/** A caller who is refused, because the server starts or something else holds the core, tries again. Returns how many are missing. */
async function dial(telephones: Telephones, calls: number, bench: BenchRun): Promise<number> {
  let missing = calls;
  for (let n = 0; n < DIALS && missing > 0; n++) {
    const { answered, refused } = await telephones.order('dial', {
      calls: missing,
      callsPerSecond: FRONT_END.dialsPerSecond,
    });
    missing -= answered;
    if (missing === 0) break;
    bench.progress(`refused: ${JSON.stringify(refused)}; dialling again`);
    await sleep(SETTLE_MS);
  }
  return missing;
}

async function measure(server: Server, telephones: Telephones, forMs: number): Promise<StepFigures> {
  const before = server.usage();
  const began = performance.now();
  const heard = await telephones.order('measure', { forMs });
  const passed = performance.now() - began;
  const after = server.usage();
  return {
    ...heard,
    cpuPercent: (100 * (after.cpuMs - before.cpuMs)) / passed,
    childrenPercent: (100 * (after.childrenCpuMs - before.childrenCpuMs)) / passed,
    threadsPercent: [...after.threadsMs]
      .map(([thread, ms]) => (100 * (ms - (before.threadsMs.get(thread) ?? 0))) / passed)
      .sort((a, b) => b - a)
      .slice(0, 4),
    rssMb: after.rssMb,
    loss: heard.lost / Math.max(1, heard.lost + heard.packets),
    neighbours: Object.fromEntries(
      Object.entries(after.neighbours).map(([name, { cpuMs, rssMb }]) => [
        name,
        { percent: (100 * (cpuMs - (before.neighbours[name]?.cpuMs ?? 0))) / passed, rssMb },
      ]),
    ),
  };
}

const isClean = (step: StepFigures, lateness: number): boolean =>
  step.loss <= MOST_LOSS && step.lateP99 <= lateness && step.over === 0;

const row = (name: string, step: StepFigures): Record<string, string | number> => ({
  '': name,
  calls: step.calls,
  'CPU %': round(step.cpuPercent),
  'CPU % per call': round(step.cpuPercent / step.calls, 3),
  'of it VAD process %': round(step.childrenPercent),
  'busiest threads %': step.threadsPercent.map((percent) => round(percent)).join(', '),
  'lost %': round(100 * step.loss, 3),
  'late p50 ms': round(step.lateP50, 2),
  'p99 ms': round(step.lateP99, 2),
  'max ms': round(step.lateMax),
  'own p99 ms': round(step.ownLateP99, 2),
  'RSS MB': Math.round(step.rssMb),
  ...Object.fromEntries(
    Object.entries(step.neighbours).flatMap(([other, { percent, rssMb }]) => [
      [`${other} % per call`, round(percent / step.calls, 3)],
      [`${other} MB`, Math.round(rssMb)],
    ]),
  ),
});
