import { afterAll, beforeAll } from 'vitest';
import { type Client, openTestConsole, type TestConsole } from '../support/console.ts';
import { recordingRow } from '../support/memory-recordings.ts';

export const CARDS = recordingRow(0).id;
export const WHY = { purpose: 'complaint of a customer', ticket: 'T-1' };

export let bank: TestConsole;
export const people = {} as Record<
  'compliance' | 'legal' | 'privacy' | 'auditor' | 'supervisor' | 'administrator' | 'agent',
  Client
>;
/** One console, with its people signed in, for all tests of the calling file. */
export function useBank(): void {
  beforeAll(async () => {
    bank = await openTestConsole();
    for (const role of ['compliance', 'legal', 'privacy', 'auditor', 'supervisor', 'administrator', 'agent'] as const)
      people[role] = await bank.client(role);
  });
  afterAll(() => bank[Symbol.asyncDispose]());
}

export const grantOf = async (who: Client, id: string, action = 'recording.play'): Promise<string> =>
  (await who.ok<{ grant: string }>('POST', `/api/archive/recordings/${id}/access`, { action, ...WHY })).grant;
