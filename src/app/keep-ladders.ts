import type { ContactId } from '../domain/ids.ts';
import { asError } from '../domain/error.ts';
import type { SipLadder } from '../domain/sip-ladder.ts';
import { seconds, wallMs } from '../domain/units.ts';
import { selectHeldContacts } from '../archive/retention/held-recordings.ts';
import type { Config } from '../config/schema.ts';
import { ladderRoutes } from '../http/routes/ladder.ts';
import type { LadderSource } from '../http/sources.ts';
import type { Journal } from '../journal/journal.ts';
import { type LadderStore, openLadderStore } from '../journal/ladder-store.ts';
import { type CancelTimer, type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { runEvery } from '../lib/run-every.ts';
import type { Scope } from '../lib/scope.ts';
import type { Storage } from '../storage/storage.ts';
import type { ReadLadder } from './front-end-parts.ts';
import type { FrontEnd } from './open-front-end.ts';
import type { Part } from './part.ts';

export interface LadderParts {
  /** Of the SIP server. */
  readonly read: ReadLadder;
  readonly journal: Pick<Journal, 'subscribe'>;
  readonly store: LadderStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After the end of a call: its BYE and what was repeated of it. */
const AFTER_END = seconds(10);
const A_DAY = 86_400_000;
const AN_HOUR = seconds(3_600);

interface Ended {
  readonly callIds: readonly string[];
  readonly stop: CancelTimer;
}

interface LadderSources {
  readonly front: Pick<FrontEnd, 'readLadder'>;
  readonly journal: Pick<Journal, 'calls' | 'subscribe'>;
  readonly storage: Pick<Storage, 'knex'>;
}

/** What operators see of the SIP messages of calls. Where none are kept any more those of earlier starts are shown until their days are over. */
export function keepLadders(
  { sip }: { readonly sip: Pick<Config['sip'], 'ladder_days'> },
  { front, journal, storage }: LadderSources,
  scope: Scope,
  logger: Logger,
  clock: Clock = systemClock,
): Part {
  const store = openLadderStore(storage);
  const run = () => store.dropBefore(wallMs(clock.wall() - sip.ladder_days * A_DAY), selectHeldContacts(storage.knex));
  scope.use(runEvery({ name: 'sip-ladders', every: AN_HOUR, first: seconds(60), run }, clock, logger));
  const kept =
    front.readLadder === undefined
      ? { find: ({ contact }: { readonly contact: string }) => store.find(contact) }
      : scope.use(new KeptLadders({ read: front.readLadder, journal, store, clock, logger }));
  return { name: 'ladders', routes: [ladderRoutes(journal.calls, kept)] };
}

/** Writes the SIP messages of each call to the database once it is over. */
export class KeptLadders implements LadderSource, AsyncDisposable {
  readonly #parts: LadderParts;
  readonly #live = new Map<ContactId, string>();
  readonly #ended = new Map<ContactId, Ended>();
  readonly #writing = new Set<Promise<void>>();
  readonly #unsubscribe: () => void;

  constructor(parts: LadderParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.journal.subscribe((event) => {
      if (event.type === 'call-offered') this.#live.set(event.contact, event.sip_call_id);
      else if (event.type === 'call-ended') this.#end(event.contact);
    });
  }

  async find({ contact, callIds }: Parameters<LadderSource['find']>[0]): Promise<SipLadder | undefined> {
    const stored = await this.#parts.store.find(contact);
    if (stored !== undefined) return stored;
    const live = await this.#parts.read({ contact, callIds, take: false });
    return live.steps.length === 0 ? undefined : live;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    for (const [contact, { stop }] of this.#ended) {
      stop();
      this.#write(contact);
    }
    await Promise.all(this.#writing);
  }

  #end(contact: ContactId): void {
    const callId = this.#live.get(contact);
    if (callId === undefined) return;
    this.#live.delete(contact);
    const stop = this.#parts.clock.after(AFTER_END, () => this.#write(contact));
    this.#ended.set(contact, { callIds: [callId], stop });
  }

  #write(contact: ContactId): void {
    const ended = this.#ended.get(contact);
    if (ended === undefined) return;
    this.#ended.delete(contact);
    const { read, store, clock, logger } = this.#parts;
    const writing = read({ contact, callIds: ended.callIds, take: true })
      .then((ladder) => (ladder.steps.length === 0 ? undefined : store.put(contact, ladder, clock.wall())))
      .catch((thrown: unknown) =>
        logger.warn({ contact }, 'the SIP messages of a call could not be kept', asError(thrown)),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}
