import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHIVE_COMMANDS } from '../app/archive-commands.ts';
import { withArchive } from '../app/with-archive.ts';
import { verifyBundle } from '../archive/export/verify-bundle.ts';
import { IvrError } from '../domain/error.ts';
import { configured } from './configured.ts';
import { archiveKeys } from './archive-keys.ts';
import { archiveWitness } from './archive-witness.ts';
import type { Command, CommandContext } from './command.ts';

const OPTIONS = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  to: { type: 'string' },
  state: { type: 'string' },
  'unheard-notice': { type: 'boolean' },
  limit: { type: 'string' },
  repair: { type: 'boolean' },
  purpose: { type: 'string' },
  ticket: { type: 'string' },
  folder: { type: 'string' },
  name: { type: 'string' },
  log: { type: 'string' },
  listen: { type: 'string' },
  account: { type: 'string' },
  at: { type: 'string' },
} as const;

/** What needs no archive that is open. */
const HERE = ['verify', 'witness', 'keys'];

/** `tellerline archive`: what can be done with the archive at the machine itself. */
export const archive: Command = {
  summary: 'lists, shows, exports, checks and rebuilds archived recordings; backs up their keys',
  usage: `tellerline archive ${[...ARCHIVE_COMMANDS, ...HERE].join('|')} [--config FILE] [--json]`,
  help: `list [--state STATE] [--unheard-notice] [--limit N]   archived recordings, newest first; --unheard-notice: those with a disclosure that was not
                 played to its end. --json: an array of
                 {id, contact, startedAt, durationMs, state, retainUntil}; times are Unix ms, retainUntil null: an event
                 that decides it has not happened
show ID          everything that the index knows of one: its masked transcript, how much of each prompt and disclosure was played, its leak certificate
fsck [ID] [--repair]   reads every recording back, or one, from each store: its bytes, its signature, its leaf in the log, its locks and holds, and whether
                 the whole call is there; without an ID also the whole log: every entry, tile and signed head. --repair restores a damaged or
                 missing copy from the other one (archive.copy)
audit            demands proof that the log has only grown since the last audit, and keeps its present head in archive-audit
                 beside storage.file: copy that folder to where the log's keeper cannot write
export ID --to FILE.zip --purpose TEXT [--ticket TEXT]   writes an export bundle to a new file: audio, transcript, events, the people involved, proofs, and
                 the verifier. What is masked is silent in it. The audit trail, the log and the break-glass alarm record it first;
                 archive.cli_export: approval requires a request in the console that somebody else has approved
verify FILE.zip  verifies an export bundle, as the verify.mjs in it does; says what it proves, or which file is wrong
witness --folder FOLDER --name NAME --log KEY [--listen HOST:PORT]   cosigns the log whose key is KEY (archive doctor shows it) until it is
                 stopped; run it on another machine, administered by other people than the log. Prints its address and its own key, for archive.witness_url and
                 archive.witness_key; --json: {url, witnessKey}
compare FILE.csv compares call records of the switch in front of us (SIP Call-ID, start, duration in seconds) with ours: calls that only one of the two
                 knows, that differ in length, or have no recording in the archive. Keeps a signed report; exit status 1 when they differ
event NAME --account ACCOUNT [--at DATE] [--ticket TEXT]   something happened that terms count from ("account closed and five years"): NAME as the
                 policies say it. The account is kept as its keyed hash alone; a later report only ever lengthens
doctor           what is at risk: backups, copies, locks, witnesses, disks
rebuild --to FOLDER   makes a new database, with the index and the reasons why each recording is kept, from the store and the keys alone
move --to NEW.yaml    copies the archive to another place, described by its configuration: SQLite to PostgreSQL (storage.url), files to S3 (archive.blobs: s3).
                 Everything is copied: journal, staff, audit trail, index, holds and policies, objects with their locks, log, keys; what was copied is
                 read back and compared, counts, holds and inclusion proofs are asked of the new place. While a server runs it copies what is there and
                 exits 1; stop the server and run it again: it copies the rest and says complete. It may be stopped at any time and run again
keys backup --to FILE --passphrase-file FILE   the root key, wrapped under a passphrase
keys backup --to FOLDER --shares 3/5           five shares for five people; any three of them have the key
keys restore FILE… [--passphrase-file FILE]    writes the root key back; nothing is overwritten
keys status      lists the backups

They ask the server that is running, through archive.sock beside storage.file, or open the archive themselves when there is none.
Whoever can read the configuration and the keys on this machine holds the archive's keys.
Exit status 1 when something is wrong; what is wrong is named first.`,
  async run(context) {
    const { environment, print } = context;
    const { values, positionals } = parseOptions(context);
    const [command, ...rest] = positionals;
    if (command === undefined) throw new IvrError('USAGE', 'name a command of the archive');
    // a bundle proves itself: no server, no configuration
    if (command === 'verify') return verifyFile(rest, values.json === true, print);
    if (command === 'witness') return archiveWitness(values, context);
    const config = await configured(values.config, environment);
    if (command === 'keys') return archiveKeys(config, rest, values, print);
    if (!ARCHIVE_COMMANDS.includes(command))
      throw new IvrError(
        'USAGE',
        `there is no \`archive ${command}\`; there are ${[...ARCHIVE_COMMANDS, ...HERE].join(', ')}`,
      );
    const {
      config: _,
      json = false,
      repair = false,
      shares: __,
      'passphrase-file': ___,
      'unheard-notice': unheard,
      ...options
    } = values;
    // the server's working folder is another
    const paths = options.to === undefined ? {} : { to: resolve(options.to) };
    return withArchive(
      config,
      {
        command,
        arguments: command === 'compare' ? rest.map((file) => resolve(file)) : rest,
        options: {
          ...options,
          ...(unheard === true ? { 'unheard-notice': 'yes' } : {}),
          ...(repair ? { repair: 'yes' } : {}),
          ...paths,
        },
        json,
        actor: userInfo().username,
      },
      print,
    );
  },
};

async function verifyFile([file]: readonly string[], json: boolean, print: CommandContext['print']): Promise<number> {
  if (file === undefined) throw new IvrError('USAGE', 'name the ZIP file of the bundle');
  const verdict = await verifyBundle(file);
  if (json) print(JSON.stringify(verdict));
  else if (verdict.ok) for (const { en } of [...verdict.proved, ...verdict.remarks]) print(en);
  else print(`${verdict.file}: ${verdict.problem.en}`);
  return verdict.ok ? 0 : 1;
}

function parseOptions({ arguments: args }: CommandContext) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...OPTIONS, shares: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  });
}
