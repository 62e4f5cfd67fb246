import type { Knex } from 'knex';
import type { Storage } from '../../storage/storage.ts';
import { durationToken, facetToken } from '../words/facets.ts';
import { indexTokens } from '../words/tokens.ts';
import type { IndexedRecording } from './archive-index.ts';
import { fromRow, type RecordingRow } from './recording-row.ts';

/** What search finds the recording by: its facets and the words of its transcript. */
export function searchTokens(recording: IndexedRecording, texts: readonly string[]): string[] {
  const {
    callerHash,
    calleeHash,
    accountHashes,
    agents,
    queues,
    intents,
    dialplan,
    dialplanVersion,
    outcome,
    language,
    durationMs,
    unheardNotices,
  } = recording;
  const facets = [
    ...[callerHash, calleeHash].flatMap((hash) => (hash === null ? [] : facetToken('number', hash))),
    ...accountHashes.map((hash) => facetToken('account', hash)),
    ...agents.map((agent) => facetToken('agent', agent)),
    ...queues.map((queue) => facetToken('queue', queue)),
    ...intents.map((intent) => facetToken('intent', intent)),
    ...(dialplan === null ? [] : [facetToken('dialplan', dialplan)]),
    ...(dialplanVersion === null ? [] : [facetToken('version', String(dialplanVersion))]),
    ...(outcome === null ? [] : [facetToken('outcome', outcome)]),
    ...(language === null ? [] : [facetToken('language', language)]),
    ...(durationMs === null ? [] : [durationToken(durationMs)]),
    ...(unheardNotices.length === 0 ? [] : [facetToken('unheard', 'notice')]),
  ];
  return [...new Set([...facets, ...texts.flatMap(indexTokens)])];
}

/** In the place of what was there. */
export async function writeWords(
  trx: Knex,
  dialect: Storage['dialect'],
  row: RecordingRow,
  texts: readonly string[],
): Promise<void> {
  const tokens = searchTokens(fromRow(row), texts);
  if (dialect === 'sqlite') {
    await trx.raw('delete from archive_words where rowid = ?', [row['ordinal'] ?? 0]);
    await trx.raw('insert into archive_words (rowid, tokens) values (?, ?)', [row['ordinal'] ?? 0, tokens.join(' ')]);
    return;
  }
  await trx.raw(
    'insert into archive_words (recording, tokens) values (?, array_to_tsvector(?::text[])) on conflict (recording) do update set tokens = excluded.tokens',
    [row['id'] ?? '', tokens],
  );
}
