import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { CallFact } from '../../src/domain/call-event.ts';
import { newLegId } from '../../src/domain/ids.ts';

let folder = '';
export let file = '';
/** A journal's file for each test of the calling file. */
export function useJournalFile(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-'));
    file = join(folder, 'calls.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
}

export const offer: CallFact = {
  type: 'call-offered',
  leg: newLegId(1),
  direction: 'inbound',
  from: '+86*******5678',
  to: '*5555',
  sip_call_id: 'x',
};
export const trouble = (where: string): CallFact => ({ type: 'trouble', code: 'INTERNAL', where });
