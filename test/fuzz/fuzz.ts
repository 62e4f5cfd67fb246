import { seeded } from '../support/seeded.ts';
import { mutated } from './mutate.ts';

const { TELLERLINE_FUZZ_SECONDS: wanted, TELLERLINE_TEST_SEED: given } = process.env;
/** Of each target: in the tests a number of inputs, so that a slow machine tries as much as a fast one. */
const INPUTS = 2_000;
const seconds = wanted === undefined ? undefined : Number(wanted);
const SEED = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
/** Of our own time: the machine may be busy with others. */
const MOST_CPU_MS = 500;
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

/** How long a target may take in all. */
export const FUZZ_TIMEOUT_MS = seconds === undefined ? 120_000 : seconds * 1_000 + 120_000;

/**
 * Gives mutated inputs to `eat`, which throws when one of them does what none may. The failure says how to have it again: TELLERLINE_TEST_SEED, and the
 * input itself. An input that costs half a second of CPU has hung; a heap that grows by 64 MB in the second half of a long run leaks.
 */
export function fuzz(corpus: readonly Buffer[], eat: (bytes: Buffer) => void): void {
  const random = seeded(SEED);
  const until = seconds === undefined ? undefined : Date.now() + seconds * 1_000;
  const half = seconds === undefined ? undefined : Date.now() + seconds * 500;
  let heapAtHalf: number | undefined;
  for (let n = 0; until === undefined ? n < INPUTS : Date.now() < until; n++) {
    if (half !== undefined && heapAtHalf === undefined && Date.now() >= half) heapAtHalf = heapUsed();
    const bytes = mutated(random, corpus);
    const before = process.cpuUsage();
    try {
      eat(bytes);
    } catch (thrown) {
      throw new Error(`input ${n} of seed ${SEED}, base64 ${bytes.toString('base64')}`, { cause: thrown });
    }
    const { user } = process.cpuUsage(before);
    if (user / 1_000 > MOST_CPU_MS)
      throw new Error(`input ${n} of seed ${SEED} took ${user / 1_000} ms of CPU, base64 ${bytes.toString('base64')}`);
  }
  const grown = heapAtHalf === undefined ? 0 : heapUsed() - heapAtHalf;
  if (grown > MOST_GROWTH_BYTES) throw new Error(`seed ${SEED}: the heap grew by ${grown} bytes`);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
