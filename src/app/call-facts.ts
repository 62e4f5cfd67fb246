import { transcriptOf } from '../archive/transcript/transcript-of.ts';
import type { CallFacts, CallFactsOf } from '../archive/pipeline/call-facts.ts';
import type { KeyedHash } from '../archive/search/keyed-hash.ts';
import { playoutReceipts } from '../archive/receipts/playout-receipts.ts';
import { openPromptLengths } from '../archive/receipts/prompt-lengths.ts';
import { unheardNotices } from '../archive/receipts/receipts-document.ts';
import { contentOfCall } from '../archive/transcript/content-of-call.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { ContactId } from '../domain/ids.ts';
import { wallMs } from '../domain/units.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { Json } from '../lib/canonical-json.ts';
import { redactEvent } from '../redaction/redact-event.ts';

/**
 * What the journal says of a recording's call, as the archive keeps it: masked.
 *
 * @param over - waits for the end of the call where that is near, see `call-is-over.ts`
 */
export function callFacts(
  over: (contact: ContactId) => Promise<void>,
  store: Pick<JournalStore, 'events'>,
  { hash, recognizer }: { readonly hash: KeyedHash; readonly recognizer: string },
): CallFactsOf {
  const lengths = openPromptLengths();
  return async (contact, manifest) => {
    let events = await store.events(contact);
    if (events.length > 0 && !isOver(events)) {
      await over(contact);
      events = await store.events(contact);
    }
    const options = {
      startedAt: wallMs(Date.parse(manifest.started_at)),
      recognizer,
      accountHash: (account: string) => hash.account(account),
    };
    const shown = events.map(redactEvent);
    // what was said tells whose account it is and where numbers are; everything else is kept as it is shown
    const { description, content } = contentOfCall(events, options);
    // in the archive people are called by their tracks
    const segments = contentOfCall(shown, options).content.segments.map((segment) => ({
      ...segment,
      speaker: segment.track,
    }));
    lengths.learn(events);
    const receipts = playoutReceipts(events, (text) => lengths.lengthOf(text));
    return {
      description: {
        ...complete(description, events),
        unheardNotices: [...new Set(unheardNotices(receipts).flatMap(({ notice }) => notice?.id ?? []))],
      },
      events: shown as unknown as readonly { readonly [key: string]: Json | undefined }[],
      found: content.spans.filter(({ kind }) => kind === 'masked'),
      secret: content.spans.filter(({ kind }) => kind === 'secure'),
      receipts,
      journal: JSON.stringify(events),
      segments,
      transcript: segments.length === 0 ? undefined : transcriptOf(segments, description.language ?? 'und', recognizer),
    };
  };
}

const isOver = (events: readonly CallEvent[]): boolean => events.some(({ type }) => type === 'call-ended');

function complete(
  description: Partial<CallFacts['description']>,
  events: readonly CallEvent[],
): Omit<CallFacts['description'], 'unheardNotices'> {
  const entered = events.findLast((event) => event.type === 'state-entered');
  const ended = events.findLast((event) => event.type === 'call-ended');
  return {
    accountHashes: description.accountHashes ?? [],
    agents: description.agents ?? [],
    queues: description.queues ?? [],
    intents: description.intents ?? [],
    language: description.language ?? null,
    outcome: ended?.because ?? null,
    dialplan: entered?.dialplan ?? null,
    dialplanVersion: entered?.dialplan_version ?? null,
    level: 'C2',
  };
}
