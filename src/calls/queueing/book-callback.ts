import { asError } from '../../domain/error.ts';
import type { QueueEvent } from '../../queues/queue-event.ts';
import type { QueueRow } from '../../queues/queue-fact.ts';
import type { QueueingServices } from './call-queues.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { Visit, VisitContext, VisitEffect } from './visit-state.ts';
import { contextOf } from './visit-context.ts';

type Book = Extract<VisitEffect, { readonly do: 'book' }>;

/**
 * Keeps the number, and then tells the queues: a callback that is in the journal can be called.
 *
 * @returns whether it is booked, or was already; what follows is told by the rows
 */
export async function bookCallback(
  { number, waits }: Book,
  { entry, contact, queue, needs, askedAt }: Visit,
  { parties }: Pick<QueueVisitRequest, 'parties'>,
  { customer, incarnation }: Pick<VisitContext, 'customer' | 'incarnation'>,
  services: QueueingServices,
): Promise<boolean> {
  const { queues, dialogue, logger } = services;
  const other = number === undefined ? undefined : queues.customerOf(number);
  const asked = {
    entry,
    ...(other === undefined || other === customer ? {} : { number: other }),
  };
  const event: QueueEvent = waits
    ? { type: 'callback-requested', ...asked }
    : {
        type: 'customer-asked',
        ...asked,
        contact,
        queue,
        kind: 'callback',
        needs,
        incarnation,
        ...(customer === undefined ? {} : { customer }),
      };
  if (number === undefined && !queues.callbacks.allows(customer, parties.caller)) return false;
  try {
    await queues.callbacks.keep(entry, {
      number: number ?? parties.caller,
      line: parties.called,
      dialplan: dialogue.name,
      context: contextOf(contact, askedAt, services),
    });
    const rows = await queues.service.tell(event);
    // whoever waits has an entry, with the end of which the number goes
    if (!waits && !rows.some((row) => row.type === 'entry-joined' && row.entry === entry))
      await queues.callbacks
        .forget(entry)
        .catch((thrown: unknown) =>
          logger.warn(
            { contact },
            'the number of a callback that was not booked could not be removed',
            asError(thrown),
          ),
        );
    return rows.some((row) => answers(row, entry, contact));
  } catch (thrown) {
    logger.error({ contact }, 'a callback could not be written down', asError(thrown));
    return false;
  }
}

const answers = (row: QueueRow, entry: string, contact: string): boolean =>
  row.type === 'entry-refused'
    ? row.contact === contact
    : ['entry-joined', 'entry-became-callback', 'entry-ended'].includes(row.type) &&
      'entry' in row &&
      row.entry === entry;
