// A process to be killed: appends events, and says on standard output up to which number they are durable. Runs the built product.
//   node journal-child.mjs FILE CONTACT flush|durable

import { MIGRATIONS } from '../../build/app/migrations.js';
import { openJournal } from '../../build/journal/journal.js';
import { openJournalStore } from '../../build/journal/open-journal-store.js';
import { systemClock } from '../../build/lib/clock.js';
import { silentLogger } from '../../build/lib/logger.js';
import { openStorage } from '../../build/storage/open-storage.js';

const [file, contact, how] = process.argv.slice(2);
const storage = await openStorage({ file, migrations: MIGRATIONS }, silentLogger);
const journal = await openJournal(openJournalStore(storage), systemClock, silentLogger);
journal.append(contact, {
  type: 'call-offered',
  leg: contact,
  direction: 'inbound',
  from: '*1',
  to: '*2',
  sip_call_id: 'x',
});
for (;;) {
  let last;
  for (let n = 0; n < 7; n++) last = journal.append(contact, { type: 'trouble', code: 'INTERNAL', where: String(n) });
  await journal[how]();
  process.stdout.write(`${last.seq}\n`);
}
