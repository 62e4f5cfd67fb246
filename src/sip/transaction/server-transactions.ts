import type { SipRequest } from '../message/message.ts';
import { LiveServer, type ServerOrigin } from './live-server.ts';
import type { TransactionContext } from './transaction-context.ts';

/** Under which names a request's transaction is found. */
export interface ServerKeys {
  /** RFC 3261 section 17.2.3. */
  readonly transaction: string;
  /** The same request by another path has the same (section 8.2.2.2); undefined within a dialog. */
  readonly merge: string | undefined;
}

/** The server transactions that are alive. Runs their machines. */
export class ServerTransactions {
  readonly #context: TransactionContext;
  readonly #byKey = new Map<string, LiveServer>();
  readonly #byMerge = new Map<string, LiveServer>();
  #number = 0;

  constructor(context: TransactionContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byKey.size;
  }

  find(key: string): LiveServer | undefined {
    return this.#byKey.get(key);
  }

  isMerged(keys: ServerKeys): boolean {
    const other = keys.merge === undefined ? undefined : this.#byMerge.get(keys.merge);
    return other !== undefined && other.key !== keys.transaction;
  }

  open(request: SipRequest, origin: ServerOrigin, found: ServerKeys): LiveServer {
    const keys = { transaction: ownText(found.transaction), merge: found.merge && ownText(found.merge) };
    const live = new LiveServer(this.#context, `s${++this.#number}`, keys.transaction, request, origin, () => {
      this.#byKey.delete(keys.transaction);
      if (keys.merge !== undefined && this.#byMerge.get(keys.merge) === live) this.#byMerge.delete(keys.merge);
    });
    this.#byKey.set(keys.transaction, live);
    if (keys.merge !== undefined) this.#byMerge.set(keys.merge, live);
    return live;
  }

  clear(): void {
    this.#byKey.clear();
    this.#byMerge.clear();
  }
}

/** A text cut out of a message keeps the whole message in memory; this one is a copy. */
const ownText = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
