import type { CallEvent } from '../domain/call-event.ts';
import type { ContactContext, ContextLine } from '../domain/contact-context.ts';
import type { ContactId } from '../domain/ids.ts';
import { wallMs, type WallMs } from '../domain/units.ts';
import { contactAfter, type FollowedContact, lineOf, type ProjectionParts } from './context-after.ts';

/** Contacts whose calls are over are known for the wrap-up, and for a moment after it. */
const KEPT_MS = 15 * 60_000;
const MOST = 5_000;

/** What is known of each contact, as the journal tells it. */
export interface ContactContexts {
  of(contact: ContactId): ContactContext | undefined;
  /** What others know: the language, past contacts, tickets. */
  learn(contact: ContactId, more: Partial<ContactContext>): void;
  /** Told of each sentence. @returns the way to stop */
  onLine(listener: (contact: ContactId, line: ContextLine) => void): () => void;
}

export interface FollowedContexts extends ContactContexts {
  follow(event: CallEvent): void;
}

export function contactContexts(parts: ProjectionParts): FollowedContexts {
  const known = new Map<ContactId, FollowedContact>();
  const ended = new Map<ContactId, number>();
  const listeners = new Set<(contact: ContactId, line: ContextLine) => void>();

  function forget(at: WallMs): void {
    for (const [contact, when] of ended) {
      if (at - when < KEPT_MS && known.size <= MOST) return;
      ended.delete(contact);
      known.delete(contact);
    }
  }

  return {
    of: (contact) => known.get(contact)?.context,
    learn(contact, more) {
      const before = known.get(contact);
      if (before !== undefined) known.set(contact, { ...before, context: { ...before.context, ...more } });
    },
    onLine(listener) {
      const own = (contact: ContactId, line: ContextLine): void => listener(contact, line);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    follow(event) {
      const line = lineOf(event, parts);
      const after = contactAfter(known.get(event.contact), event, line, parts);
      if (after === undefined) return;
      known.set(event.contact, after);
      if (line !== undefined) for (const listener of listeners) listener(event.contact, line);
      if (event.type !== 'call-ended') return;
      ended.set(event.contact, event.at);
      forget(wallMs(event.at));
    },
  };
}
