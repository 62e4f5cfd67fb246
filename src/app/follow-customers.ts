import type { ContactContext } from '../domain/contact-context.ts';
import type { ContactId } from '../domain/ids.ts';
import { asError } from '../domain/error.ts';
import { wallMs } from '../domain/units.ts';
import type { Logger } from '../lib/logger.ts';
import type { AgentId, QueueRow } from '../queues/queue-fact.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { QueueStore } from '../queues/queue-store.ts';

const MOST_CUSTOMERS = 50_000;
const MOST_CONTACTS = 10;
/** So many customers have left no more: a start does not read years. */
const MOST_ROWS = 8 * MOST_CUSTOMERS;

type PastContact = ContactContext['pastContacts'][number];

interface Customer {
  readonly contacts: readonly PastContact[];
  readonly agent: AgentId | undefined;
}

/** What the journal of the queues knows of customers, by the keyed hashes of their numbers. */
export interface CustomerHistory {
  customerOf(contact: ContactId): string | undefined;
  /** Whom they talked to last. */
  lastAgentOf(customer: string): AgentId | undefined;
  /** The newest first. */
  pastContacts(customer: string, but: ContactId): readonly PastContact[];
  stop(): void;
}

/** Rows of this run are followed; the newest of those before are read in the background. */
export function followCustomers(
  service: Pick<QueueService, 'floor' | 'subscribe'>,
  store: Pick<QueueStore, 'read'>,
  logger: Logger,
): CustomerHistory {
  const customers = new Map<string, Customer>();
  const entries = new Map<string, { readonly customer: string; readonly contact: ContactId; readonly at: number }>();
  const contacts = new Map<ContactId, string>();
  const before = service.floor.seq;

  function change(customer: string, more: (now: Customer) => Customer): void {
    const now = customers.get(customer) ?? { contacts: [], agent: undefined };
    customers.delete(customer);
    customers.set(customer, more(now));
    shorten(customers);
  }

  function take(row: QueueRow): void {
    if (row.type === 'entry-joined' && row.customer !== undefined) {
      entries.set(row.entry, { customer: row.customer, contact: row.contact, at: row.at });
      contacts.set(row.contact, row.customer);
      shorten(contacts);
    }
    const entry = 'entry' in row ? entries.get(row.entry) : undefined;
    if (entry === undefined) return;
    if (row.type === 'entry-answered') change(entry.customer, (now) => ({ ...now, agent: row.agent }));
    if (row.type !== 'entry-ended') return;
    entries.delete(row.entry);
    const past: PastContact = { contact: entry.contact, at: wallMs(entry.at), outcome: row.because };
    change(entry.customer, (now) => ({
      ...now,
      contacts: [past, ...now.contacts.filter(({ contact }) => contact !== entry.contact)].slice(0, MOST_CONTACTS),
    }));
  }

  const waiting: QueueRow[] = [];
  let read = false;
  const stop = service.subscribe((row) => (read ? take(row) : void waiting.push(row)));
  async function readBefore(): Promise<void> {
    for await (const { row } of store.read(Math.max(1, before + 1 - MOST_ROWS))) {
      if (row.seq > before) break;
      take(row);
    }
  }
  void readBefore()
    .catch((thrown: unknown) => logger.warn({}, 'customer records of the queues could not be read', asError(thrown)))
    .finally(() => {
      read = true;
      for (const row of waiting.splice(0)) take(row);
    });

  return {
    customerOf: (contact) => contacts.get(contact),
    lastAgentOf: (customer) => customers.get(customer)?.agent,
    pastContacts: (customer, but) => (customers.get(customer)?.contacts ?? []).filter(({ contact }) => contact !== but),
    stop,
  };
}

function shorten<K>(map: Map<K, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MOST_CUSTOMERS) return;
    map.delete(oldest);
  }
}
