import { afterEach, beforeEach, expect } from 'vitest';

/**
 * After each test no socket, server, child process, worker or long timer that it opened is left.
 * What existed before the test (the runner's own) is not counted. A closing handle gets 2 s to go.
 */
const WATCHED =
  /^(TCPSocketWrap|TCPServerWrap|UDPWrap|ProcessWrap|PipeWrap|Timeout|Immediate|MessagePort|Worker|FSEventWrap|FSReqPromise)$/;

const watched = (): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (WATCHED.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};

let before = new Map<string, number>();
beforeEach(() => {
  before = watched();
});

const leaked = (): string[] =>
  [...watched()]
    .filter(([kind, n]) => n > (before.get(kind) ?? 0) + (kind === 'Timeout' || kind === 'Immediate' ? 1 : 0))
    .map(([kind, n]) => `${kind}: ${n}, before ${before.get(kind) ?? 0}`);

afterEach(async () => {
  const deadline = performance.now() + 2_000;
  while (leaked().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(leaked(), 'resources left behind by this test').toEqual([]);
});
