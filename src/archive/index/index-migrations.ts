import type { Knex } from 'knex';
import { isSqlite, type Migration } from '../../storage/migrations.ts';

/** Tables whose rows belong to a recording, by the column that names it. On PostgreSQL they are parted by its month (`partitions.ts`). */
export const PARTED: Readonly<Record<string, string>> = {
  archive_recording: 'id',
  archive_words: 'recording',
  archive_segment: 'recording',
  archive_event: 'recording',
  archive_span: 'recording',
};

type Columns = readonly (readonly [name: string, type: string])[];

const RECORDING: Columns = [
  ['contact', 'text not null'],
  ['leg', 'text not null'],
  ['node', 'text not null'],
  ['direction', 'text not null'],
  ['started_at', 'bigint not null'],
  ['sip_call_id', 'text not null'],
  ['caller', 'text not null'],
  ['callee', 'text not null'],
  ['caller_hash', 'text'],
  ['callee_hash', 'text'],
  ['retention_class', 'text not null'],
  ['state', 'text not null'],
  ['state_reason', 'text'],
  ['state_since', 'bigint not null'],
  ['ended_at', 'bigint'],
  ['duration_ms', 'bigint'],
  ['codec', 'text'],
  ['recovered', 'integer not null'],
  ['lost_ms', 'bigint not null'],
  ['gaps', 'integer not null'],
  ['location', 'text'],
  ['version_id', 'text'],
  ['bytes', 'bigint'],
  ['sha256', 'text'],
  ['manifest_sha256', 'text'],
  ['key_epoch', 'text'],
  ['wrapped_key', 'text'],
  ['lock_mode', 'text'],
  ['lock_until', 'bigint'],
  ['leaf_index', 'bigint'],
  ['problems', 'text not null'],
  ['account_hashes', 'text not null'],
  ['agents', 'text not null'],
  ['queues', 'text not null'],
  ['intents', 'text not null'],
  ['language', 'text'],
  ['outcome', 'text'],
  ['dialplan', 'text'],
  ['dialplan_version', 'integer'],
  ['level', 'text not null'],
  ['holds', 'integer not null'],
  ['restricted', 'integer not null'],
  ['retain_until', 'bigint'],
];
const ITEM: Readonly<Record<'archive_segment' | 'archive_event' | 'archive_span', Columns>> = {
  archive_segment: [
    ['track', 'text not null'],
    ['speaker', 'text not null'],
    ['from_ms', 'bigint not null'],
    ['to_ms', 'bigint not null'],
    ['text', 'text not null'],
    ['confidence', 'double precision'],
    ['words', 'text not null'],
    ['source', 'text not null'],
  ],
  archive_event: [
    ['at_ms', 'bigint not null'],
    ['type', 'text not null'],
    ['facts', 'text not null'],
  ],
  archive_span: [
    ['track', 'text not null'],
    ['from_ms', 'bigint not null'],
    ['to_ms', 'bigint not null'],
    ['kind', 'text not null'],
    ['level', 'text not null'],
    ['source', 'text not null'],
  ],
};

const listed = (columns: Columns): string => columns.map(([name, type]) => `${name} ${type}`).join(', ');

/** SQLite: `ordinal` sorts by time and is the row of the full-text index, so that the newest come first without sorting. */
async function upSqlite(knex: Knex): Promise<void> {
  await knex.raw(
    `create table archive_recording (ordinal integer primary key, id text not null unique, ${listed(RECORDING)})`,
  );
  await knex.raw('create index archive_recording_state on archive_recording (state, ordinal)');
  await knex.raw('create index archive_recording_held on archive_recording (ordinal) where holds > 0');
  // tokens alone (detail none): what stands next to what is looked up in the text itself. `ascii` leaves all other characters alone
  await knex.raw(
    `create virtual table archive_words using fts5(tokens, detail=none, columnsize=0, tokenize="ascii tokenchars '='")`,
  );
  await knex.raw(`insert into archive_words (archive_words, rank) values ('secure-delete', 1)`); // nothing removed stays readable
  for (const [table, columns] of Object.entries(ITEM))
    await knex.raw(
      `create table ${table} (recording text not null, n integer not null, ${listed(columns)}, primary key (recording, n)) without rowid`,
    );
}

async function upPostgresql(knex: Knex): Promise<void> {
  await knex.raw(
    `create table archive_recording (id uuid not null primary key, ${listed(RECORDING)}) partition by range (id)`,
  );
  await knex.raw('create index archive_recording_state on archive_recording (state, id)');
  await knex.raw('create index archive_recording_held on archive_recording (id) where holds > 0');
  await knex.raw(
    'create table archive_words (recording uuid not null primary key, tokens tsvector not null) partition by range (recording)',
  );
  await knex.raw('create index archive_words_tokens on archive_words using gin (tokens) with (fastupdate = off)');
  for (const [table, columns] of Object.entries(ITEM))
    await knex.raw(
      `create table ${table} (recording uuid not null, n integer not null, ${listed(columns)}, primary key (recording, n)) partition by range (recording)`,
    );
}

async function upBoth(knex: Knex): Promise<void> {
  const id = isSqlite(knex) ? 'text' : 'uuid';
  await knex.raw('create index archive_recording_contact on archive_recording (contact)');
  await knex.raw('create index archive_recording_term on archive_recording (retain_until)');
  // the call detail record of each leg, written in one transaction with the intent to record it
  await knex.raw(
    `create table archive_leg (leg text primary key, contact text not null, recording ${id} not null, node text not null, direction text not null, sip_call_id text not null, offered_at bigint not null, answered_at bigint, ended_at bigint)`,
  );
  await knex.raw('create index archive_leg_recording on archive_leg (recording)');
  await knex.raw('create index archive_leg_offered on archive_leg (offered_at)');
}

export const INDEX_MIGRATIONS: readonly Migration[] = [
  {
    name: 'archive-0001-index',
    async up(knex) {
      await (isSqlite(knex) ? upSqlite(knex) : upPostgresql(knex));
      await upBoth(knex);
    },
    async down(knex) {
      for (const table of [...Object.keys(PARTED), 'archive_leg']) await knex.schema.dropTable(table);
    },
  },
  {
    name: 'archive-0002-unheard-notices',
    async up(knex) {
      await knex.raw(`alter table archive_recording add column unheard_notices text not null default '[]'`);
    },
    async down(knex) {
      await knex.raw('alter table archive_recording drop column unheard_notices');
    },
  },
];
