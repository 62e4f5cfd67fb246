import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { storageOptions } from '../app/storage-options.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { type Proof, prove } from '../queues/prove/prove.ts';
import { openQueueStore } from '../queues/store/open-queue-store.ts';
import { writeJournalFile } from '../queues/store/write-journal-file.ts';
import { openStorageToRead } from '../storage/open-storage.ts';
import type { Command, CommandContext } from './command.ts';
import { configured } from './configured.ts';
import { plural } from './plural.ts';
import { systemClock } from '../lib/clock.ts';

/** Faults that are printed; the rest are counted. */
const SHOWN = 20;

/** `tellerline queues`: the journal of queues and agents, and what it proves. */
export const queues: Command = {
  summary: 'exports the journal of queues and agents, and proves from such a file that nobody was overtaken or lost',
  usage: 'tellerline queues prove JOURNAL [--json] | tellerline queues journal --to FILE [--config FILE]',
  help: `prove    reads JOURNAL, a file of JSON lines, and nothing else: whether every row is there, once, in order and unchanged; and whether, by
         what the rows tell, nobody was overtaken by a later one of the same rules, answered twice, called twice at the same time, or
         lost; no agent was stuck; and callbacks, and callers who called again, kept their places. A row that is missing, changed,
         doubled or misplaced is named. --json prints one object: the counts, and the faults with their rows.
journal  writes the whole journal to FILE, beside a running server too. It holds no names and no numbers: customers are keyed hashes.

The format is in docs/data-dictionary.md. Exit status: 0 proven, or written; 1 it is not proven, or a file cannot be read or written;
64 the command is not understood.`,
  async run({ arguments: args, environment, print }) {
    const [verb, ...rest] = args;
    if (verb === 'prove') return proveFile(rest, print);
    if (verb === 'journal') return writeJournal(rest, environment, print);
    throw new IvrError('USAGE', verb === undefined ? 'say `prove` or `journal`' : `there is no \`queues ${verb}\``);
  },
};

async function proveFile(args: readonly string[], print: CommandContext['print']): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [file = '', ...more] = positionals;
  if (file === '' || more.length > 0) throw new IvrError('USAGE', 'name one JOURNAL');
  await access(file).catch((thrown: unknown) => {
    throw new IvrError('NOT_FOUND', `${file} cannot be read (${systemCode(thrown) ?? 'unknown'}); check the path`);
  });
  const proof = await prove(createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity }));
  if (values.json === true) print(JSON.stringify(proof));
  else for (const line of told(proof)) print(line);
  return proof.proven ? 0 : 1;
}

function* told(proof: Proof): Generator<string> {
  const { faults, rows, calls, answered, callbacks, open, overtakings, doubleAnswers, stuck, lost } = proof;
  for (const { text } of faults.slice(0, SHOWN)) yield `FAULT  ${text}`;
  if (faults.length > SHOWN) yield `       and ${faults.length - SHOWN} more`;
  yield `${plural(rows, 'row')}, ${plural(calls, 'caller')} (${callbacks} to be called back), ${answered} answered, ${open} not ended`;
  yield `${overtakings} overtaken, ${doubleAnswers} answered or called twice, ${stuck} stuck, ${lost} lost`;
  yield proof.proven ? 'proven' : 'NOT PROVEN';
}

async function writeJournal(
  args: readonly string[],
  environment: CommandContext['environment'],
  print: CommandContext['print'],
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' }, to: { type: 'string' } } });
  if (values.to === undefined || values.to === '') throw new IvrError('USAGE', 'say where, with --to FILE');
  const config = await configured(values.config, environment);
  await using storage = await openStorageToRead(await storageOptions(config));
  await using store = await openQueueStore(storage);
  const { file, rows } = await writeJournalFile(store, values.to, systemClock.wall()).catch((thrown: unknown) => {
    const cause = systemCode(thrown);
    if (cause === undefined) throw thrown;
    throw new IvrError('NOT_FOUND', `${values.to} cannot be written (${cause}); check the folder`, {}, thrown);
  });
  print(`${plural(rows, 'row')} in ${file}`);
  return 0;
}
