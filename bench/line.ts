import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiving } from './line/archiving.ts';
import { bargeIn } from './line/barge-in.ts';
import { calls } from './line/calls.ts';
import { FRONT_END } from './line/front-end.ts';
import { latency } from './line/latency.ts';
import { describeMachine } from './line/machine.ts';
import { memory } from './line/memory.ts';
import type { BenchRun, Part, PartResult } from './line/part.ts';
import { setups } from './line/setups.ts';
import { table } from './line/table.ts';
import { BALANCE, HOURS, synthesise } from './line/utterances.ts';

/* `npm run bench`: the whole product as a caller meets it. See docs/performance.md. */

const PARTS: Readonly<Record<string, Part>> = { calls, setups, archiving, latency, 'barge-in': bargeIn, memory };
const RESULTS = join('bench', 'results');
/** Above this the machine was busy with something else, and lateness tells more of that than of the product. */
const QUIET_LOAD = 0.5;

async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes('--quick');
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const machine = describeMachine();
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, Node ${machine.node}, Linux ${machine.kernel}; load ${machine.load_before.join(' ')}; front end: ${FRONT_END.name}`,
  );
  if (!machine.pinned)
    console.log('Not pinned: it takes two cores and `taskset`; "one core" below is then not one core.');
  if ((machine.load_before[0] ?? 0) > QUIET_LOAD)
    console.log(
      'The machine is not idle: lateness and latency below are worse than they would be; ratios and CPU hold.',
    );
  const speech = await synthesise([HOURS, BALANCE]);
  const results: Record<string, PartResult & { readonly took_s: number }> = {};
  let failed = 0;
  for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
    const part = PARTS[name];
    if (part === undefined) continue;
    console.log(`\n== ${name}: ${part.title}`);
    const began = performance.now();
    const bench: BenchRun = {
      speech,
      quick,
      say(text) {
        const utterance = speech.utterances.get(text);
        if (utterance === undefined) throw new Error(`nobody synthesised ${text}`);
        return utterance;
      },
      progress: (line) => console.log(`   ${line}`),
    };
    try {
      const result = await part.run(bench);
      results[name] = { ...result, took_s: Math.round((performance.now() - began) / 1000) };
      console.log(table(result.rows).join('\n'));
      for (const note of result.notes ?? []) console.log(`   ${note}`);
    } catch (thrown) {
      failed++;
      console.error(`   ${name} FAILED: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  const targets = Object.values(results).flatMap((result) => result.targets);
  console.log('\n== targets');
  const summary = targets.map(({ what, target, measured, unit, met }) => ({
    what,
    target,
    measured: measured === undefined ? 'nothing' : `${measured} ${unit}`.trim(),
    met: met ? 'yes' : 'NO',
  }));
  console.log(table(summary).join('\n'));
  const date = new Date().toISOString();
  await mkdir(RESULTS, { recursive: true });
  const file = join(RESULTS, `${date.slice(0, 19).replaceAll(':', '')}.json`);
  await writeFile(
    file,
    `${JSON.stringify({ date, quick, machine, front_end: FRONT_END.name, results }, undefined, 2)}\n`,
  );
  if (args.includes('--reference'))
    await copyFile(file, join(RESULTS, FRONT_END.real ? 'reference-freeswitch.json' : 'reference.json'));
  console.log(`written to ${file}`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
