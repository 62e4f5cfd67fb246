import type { ContactId } from '../../domain/ids.ts';
import { uuidV7 } from '../../domain/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import type { Storage } from '../../storage/storage.ts';
import type { DeskChoices } from '../desk-views.ts';
import type { Tickets } from '../tickets.ts';

interface TicketStoreOptions {
  readonly departments: () => DeskChoices['departments'];
  /** Keyed hash of the customer's number. */
  readonly customerOf: (contact: ContactId) => string | undefined;
  /** Without the numbers that are kept nowhere. */
  readonly clean: (text: string) => string;
  readonly clock: Pick<Clock, 'wall'>;
}

const SHOWN = 20;

/** Tickets in the server's own database. */
export const openTicketStore = (
  { knex }: Pick<Storage, 'knex'>,
  { departments, customerOf, clean, clock }: TicketStoreOptions,
): Tickets => ({
  async open(agent, { contact, department, text }) {
    const at = clock.wall();
    const id = uuidV7(at);
    const within = departments().find(({ name }) => name === department)?.slaMs ?? 0;
    await orStorageFailed(
      'opening a ticket',
      Promise.resolve(
        knex('ticket').insert({
          id,
          contact,
          customer: customerOf(contact) ?? null,
          agent,
          department,
          text: clean(text),
          state: 'open',
          opened_at: at,
          due_at: at + within,
        }),
      ),
    );
    return { id };
  },
  async of(contact) {
    const customer = customerOf(contact);
    const rows: { id: string; department: string; state: string }[] = await orStorageFailed(
      'reading tickets',
      Promise.resolve(
        knex('ticket')
          .where(customer === undefined ? { contact } : { customer })
          .orderBy('opened_at', 'desc')
          .limit(SHOWN)
          .select('id', 'department', 'state'),
      ),
    );
    return rows;
  },
});
