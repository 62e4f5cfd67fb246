import fc from 'fast-check';
import { TestRunner } from 'vitest';

/** Of the test's time: runs and shrinking together. The rest is for what else the test does, and for the run that is under way when the time is up. */
const SHARE = 0.6;
/** By test: what its first try failed with. A retry draws the same, or the next values would hide what was found. */
const seeds = new Map<string, number>();

/**
 * `fc.assert` for properties whose runs wait for something. A counterexample is told as such, shrunk as far as time allows: the test's own time-out
 * would hide it, and leave the shrinking to go on beside the next test. Runs that don't fit into the time fail the test too.
 */
export async function assertProperty<T>(
  property: fc.IAsyncProperty<T>,
  parameters: fc.Parameters<T> = {},
): Promise<void> {
  const { id = '', timeout = 60_000 } = TestRunner.getCurrentTest() ?? {};
  const seed = seeds.get(id);
  const details = await fc.check(property, {
    ...parameters,
    ...(seed === undefined ? {} : { seed }),
    interruptAfterTimeLimit: Math.floor(timeout * SHARE),
    markInterruptAsFailure: true,
  });
  if (details.failed) seeds.set(id, details.seed);
  if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
}
