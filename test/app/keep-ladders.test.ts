import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepLadders } from '../../src/app/keep-ladders.ts';
import { newContactId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { openLadderStore } from '../../src/journal/ladder-store.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ladders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const DAY = 86_400_000;

test.each([14, 0])(
  'SIP messages of earlier starts go when they are %i days old, also where none are kept any more',
  async (ladder_days) => {
    await using store = await openStoreIn(join(folder, 'calls.db'));
    const clock = new ManualClock();
    await using journal = await openJournal(store, clock, silentLogger);
    await using scope = new Scope();
    const ladders = openLadderStore(store);
    const ladder = { steps: [], omitted: 3 };
    const [old, young] = [newContactId(1), newContactId(2)];
    await ladders.put(old, ladder, wallMs(clock.wall() - ladder_days * DAY - 1));
    await ladders.put(young, ladder, wallMs(clock.wall() + 3_600_000));
    keepLadders(
      { sip: { ladder_days } },
      { front: { readLadder: undefined }, journal, storage: store },
      scope,
      silentLogger,
      clock,
    );
    clock.advance(60_000);
    await waitWhile(async () => (await ladders.find(old)) !== undefined);
    expect(await ladders.find(young)).toEqual(ladder);
  },
);
