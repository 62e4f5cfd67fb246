import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { batches, DIALS_PER_SECOND, FORGET_MS, rest } from './line/call-batches.ts';
import { round } from './line/part.ts';
import { look, openProbedServer, row, type State } from './line/server-state.ts';
import { table } from './line/table.ts';
import { openTelephones } from './line/telephones.ts';
import { HOURS, synthesise } from './line/utterances.ts';

/*
 * `npm run soak -- --minutes 60 --calls 40`: calls in batches for that long, and between them readings of what the server holds. It fails when a call
 * fails, and when heaps, files, timers or handles grow from reading to reading.
 */

/** By the line through all readings, over the whole run; JIT code and caches still move a little. */
const MOST_MB = 6;
const MOST_COUNT = 4;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, calls: { type: 'string', default: '40' } },
});
const [minutes, calls] = [Number(values.minutes), Number(values.calls)];
/** Each waits until SIP has forgotten the calls. */
const READINGS = Math.max(3, Math.min(8, Math.round(minutes)));
if (!(minutes > 0) || !(calls >= 1)) {
  console.error('soak: --minutes and --calls expect numbers above 0');
  process.exit(64);
}

const progress = (line: string): void => console.log(`   ${line}`);

interface Reading {
  readonly hour: number;
  readonly state: State;
}

/** Least squares: how much the values rise from the first reading to the last. */
function rise(readings: readonly Reading[], of: (state: State) => number): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const hours = readings.map(({ hour }) => hour);
  const seen = readings.map(({ state }) => of(state));
  const [middle, height] = [mean(hours), mean(seen)];
  const spread = mean(hours.map((hour) => (hour - middle) ** 2));
  if (spread === 0) return 0;
  const slope = mean(hours.map((hour, n) => (hour - middle) * ((seen[n] ?? 0) - height))) / spread;
  return slope * ((hours.at(-1) ?? 0) - (hours[0] ?? 0));
}

async function soak(): Promise<boolean> {
  const speech = await synthesise([HOURS]);
  await using server = await openProbedServer();
  await using telephones = await openTelephones();
  await telephones.order('open', { target: server.target, loop: speech.loop(0.3) });
  const began = performance.now();
  const readings: Reading[] = [];
  const read = async (made: number): Promise<void> => {
    await rest(server, FORGET_MS);
    const state = await look(server);
    readings.push({ hour: (performance.now() - began) / 3_600_000, state });
    progress(`after ${made} calls: heaps ${round(state.heapMb)} MB, RSS ${Math.round(state.rssMb)} MB`);
  };
  // what the first calls leave behind for good: code, caches, pools
  let made = await batches(telephones, calls * 2, calls, { progress });
  await read(made);
  let lost = 0;
  const [from, until] = [performance.now(), minutes * 60_000];
  for (let reading = 1; reading <= READINGS; reading++) {
    const next = from + (until * reading) / READINGS;
    do {
      const { answered, refused } = await telephones.order('dial', { calls, callsPerSecond: DIALS_PER_SECOND });
      const { failed } = await telephones.order('hang-up', {});
      if (answered < calls || failed > 0)
        progress(`${calls - answered} refused (${JSON.stringify(refused)}), ${failed} failed`);
      made += answered;
      lost += calls - answered + failed;
      await sleep(1_000);
    } while (performance.now() < next);
    await read(made);
  }
  console.log(table(readings.map(({ hour, state }) => row(`${round(hour * 60)} min`, state))).join('\n'));
  const verdicts = [
    ['heaps and buffers, MB', rise(readings, ({ heapMb, externalMb }) => heapMb + externalMb), MOST_MB],
    ['open files and sockets', rise(readings, ({ openFiles }) => openFiles), MOST_COUNT],
    ['timers', rise(readings, ({ timers }) => timers), MOST_COUNT],
    ['other handles', rise(readings, ({ handles }) => handles), MOST_COUNT],
  ] as const;
  for (const [what, risen, most] of verdicts)
    console.log(`${risen <= most ? 'ok    ' : 'FAILED'} ${what}: ${round(risen)} more over the run (at most ${most})`);
  console.log(`${lost === 0 ? 'ok    ' : 'FAILED'} calls refused or failed: ${lost} of ${made + lost}`);
  return lost === 0 && verdicts.every(([, risen, most]) => risen <= most);
}

process.exitCode = (await soak()) ? 0 : 1;
