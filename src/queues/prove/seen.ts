/* Entries and agents as the rows of a journal have told of them so far. */

export interface EntrySeen {
  state: string;
  /** Entries of the same one are served by their places: the queue, the priority and what is needed, as text. */
  order: string;
  queue: string;
  readonly needs: unknown;
  readonly place: number;
  readonly customer: string;
  /** That is called, where it is another one. */
  number: string;
  /** Where the customer's call is. */
  node: string;
  callback: boolean;
  agent: string;
  fence: number;
  until: number;
  /** Not before then is the customer called again. */
  notBefore: number;
  incarnation: string;
  keepUntil: number;
  taken: boolean;
  step: number;
  readonly row: number;
}

export interface AgentSeen {
  state: string;
  entry: string;
  until: number;
  step: number;
  row: number;
  /** Of an agent who works by a browser: the node whose callers they take. */
  node: string | undefined;
}
