import { afterAll, afterEach, beforeEach, expect, vi } from 'vitest';

/**
 * After each test no socket, server, child process, worker or long timer that it opened is left, and after each file none that
 * its `beforeAll` opened: the next file may run in the same process. What existed before (the runner's own) is not counted.
 * A closing handle gets 10 s to go, on a machine that others use. Nor does a file leave the process itself changed: its clock, environment and folder.
 */
const WATCHED =
  /^(TCPSocketWrap|TCPServerWrap|UDPWrap|ProcessWrap|PipeWrap|Timeout|Immediate|MessagePort|Worker|FSEventWrap|FSReqPromise)$/;

const watched = (): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (WATCHED.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};
const processState = () => ({ environment: { ...process.env }, folder: process.cwd(), clockIsFake: vi.isFakeTimers() });

const leakedSince = (before: Map<string, number>): string[] =>
  [...watched()]
    .filter(([kind, n]) => n > (before.get(kind) ?? 0) + (kind === 'Timeout' || kind === 'Immediate' ? 1 : 0))
    .map(([kind, n]) => `${kind}: ${n}, before ${before.get(kind) ?? 0}`);

async function expectNoneSince(before: Map<string, number>, whose: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (leakedSince(before).length > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(leakedSince(before), `resources left behind by this ${whose}`).toEqual([]);
}

const beforeFile = watched();
const stateBefore = processState();
let beforeTest = beforeFile;
beforeEach(() => {
  beforeTest = watched();
});
afterEach(() => expectNoneSince(beforeTest, 'test'));
afterAll(async () => {
  expect(processState(), 'what this file changed in its process').toEqual(stateBefore);
  await expectNoneSince(beforeFile, 'file');
});
