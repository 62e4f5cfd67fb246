import { parseArgs } from 'node:util';
import { storageOptions } from '../app/storage-options.ts';
import { IvrError } from '../domain/error.ts';
import { isUuid } from '../domain/ids.ts';
import { openLadderStore } from '../journal/ladder-store.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { openStorageToRead } from '../storage/open-storage.ts';
import type { Command } from './command.ts';
import { configured } from './configured.ts';
import { drawLadder, writtenOut } from './draw-ladder.ts';

/** `tellerline ladder`: the SIP messages of one call. */
export const ladder: Command = {
  summary: 'draws the SIP messages of one call, masked',
  usage: 'tellerline ladder CALL [--messages] [--config FILE]',
  help: `CALL is the contact of a call, as logs, /api/calls and the console show it. The messages of its dialogs are drawn with the
seconds since the first: the caller on the left, this server, and on the right each call that was made for it. What was repeated has the number of times behind
it (×3). --messages writes each one out below, without names, keys and credentials and with the last digits of numbers alone.
It reads the database, beside a running server too. Messages are written ten seconds after the end of a call; of a call under way
GET /api/calls/CALL/ladder has them. They are kept for sip.ladder_days, and destroyed with the recording of their call.
Exit status: 0 done; 1 there is no such call, or none of its messages are kept; 64 the command is not understood.`,
  async run({ arguments: args, environment, print }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, messages: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [contact, ...more] = positionals;
    if (contact === undefined || more.length > 0) throw new IvrError('USAGE', 'name one call');
    if (!isUuid(contact)) throw new IvrError('USAGE', `${contact} is not the contact of a call`);
    const config = await configured(values.config, environment);
    await using storage = await openStorageToRead(await storageOptions(config));
    const found = await openLadderStore(storage).find(contact);
    if (found === undefined) throw new IvrError('NOT_FOUND', await whyNot(contact, openJournalStore(storage)));
    for (const line of drawLadder(found)) print(line);
    if (values.messages) for (const line of writtenOut(found)) print(line);
    return 0;
  },
};

async function whyNot(contact: string, journal: ReturnType<typeof openJournalStore>): Promise<string> {
  const call = await journal.call(contact);
  if (call === undefined) return 'there is no such call';
  if (call.ended_at === null) return `the call is still under way: GET /api/calls/${contact}/ladder has its messages`;
  return 'no SIP messages of that call are kept: sip.ladder_days is 0, they are older, were destroyed, or drachtio-server handled them';
}
