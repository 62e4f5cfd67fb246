import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import type { CallFact } from '../../src/domain/call-event.ts';
import { newLegId } from '../../src/domain/ids.ts';

export let folder = '';
export let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  file = join(folder, 'calls.db');
});

export const offer: CallFact = {
  type: 'call-offered',
  leg: newLegId(1),
  direction: 'inbound',
  from: '+86*******5678',
  to: '*5555',
  sip_call_id: 'x',
};
export const trouble = (where: string): CallFact => ({ type: 'trouble', code: 'INTERNAL', where });
