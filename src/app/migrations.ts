import { TICKET_MIGRATIONS } from '../agents/tickets/ticket-migrations.ts';
import { COMPLETENESS_MIGRATIONS } from '../archive/completeness/completeness-migrations.ts';
import { INDEX_MIGRATIONS } from '../archive/index/index-migrations.ts';
import { ARCHIVE_NODE_MIGRATIONS } from '../archive/index/node-rows.ts';
import { LOGGED_RECORD_MIGRATIONS } from '../archive/maintenance/logged-records.ts';
import { RECOGNITION_MIGRATIONS } from '../archive/recognition/recognition-rows.ts';
import { RETENTION_MIGRATIONS } from '../archive/retention/retention-migrations.ts';
import { SEARCH_MIGRATIONS } from '../archive/search/search-migrations.ts';
import { JOURNAL_MIGRATIONS } from '../journal/journal-migrations.ts';
import { QUEUE_MIGRATIONS } from '../queues/store/queue-migrations.ts';
import { STAFF_MIGRATIONS } from '../staff/staff-migrations.ts';
import type { Migration } from '../storage/migrations.ts';
import { NODE_MIGRATIONS } from '../storage/node-migrations.ts';

/** The schema of the server's database: the tables of every part that keeps something there. */
export const MIGRATIONS: readonly Migration[] = [
  ...JOURNAL_MIGRATIONS,
  ...NODE_MIGRATIONS,
  ...INDEX_MIGRATIONS,
  ...SEARCH_MIGRATIONS,
  ...STAFF_MIGRATIONS,
  ...RETENTION_MIGRATIONS,
  ...COMPLETENESS_MIGRATIONS,
  ...RECOGNITION_MIGRATIONS,
  ...ARCHIVE_NODE_MIGRATIONS,
  ...QUEUE_MIGRATIONS,
  ...TICKET_MIGRATIONS,
  ...LOGGED_RECORD_MIGRATIONS,
];
