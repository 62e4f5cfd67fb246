import { afterAll, beforeAll, type MockInstance, vi } from 'vitest';

/** fsmrf tells the console of every connection: in the calling file nobody hears it, and `vi.mocked(console.error)` knows what it said. */
export function quietConsole(): void {
  const said: MockInstance[] = [];
  beforeAll(() => {
    for (const level of ['info', 'error'] as const)
      said.push(vi.spyOn(console, level).mockImplementation(() => undefined));
  });
  afterAll(() => {
    for (const one of said.splice(0)) one.mockRestore();
  });
}
