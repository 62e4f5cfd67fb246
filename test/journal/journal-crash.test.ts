import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newContactId } from '../../src/domain/ids.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStoreIn } from '../support/journal-store.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each(['flush', 'durable'])(
  'kill -9 while events are written: all that was told to be safe (%s) is there, without holes, and the contact is ended as crashed',
  async (how) => {
    const file = join(folder, 'calls.db');
    const contact = newContactId(Date.now());
    const child = spawn(
      process.execPath,
      [new URL('journal-child.mjs', import.meta.url).pathname, file, contact, how],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const gone = new Promise((resolve) => child.once('exit', resolve));
    let durable = 0;
    for await (const line of createInterface(child.stdout)) {
      durable = Number(line);
      if (durable > 100) child.kill('SIGKILL');
    }
    await gone;
    expect(durable).toBeGreaterThan(100);
    await using store = await openStoreIn(file);
    await using journal = await openJournal(store, systemClock, silentLogger);
    expect(await journal.closeOrphans()).toEqual([contact]);
    const events = await store.events(contact);
    expect(events.length).toBeGreaterThan(durable);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from(events, (_, n) => n + 1));
    expect(events.at(-1)).toMatchObject({ type: 'call-ended', because: 'crashed' });
  },
);
