import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

export interface NodeIdentity {
  /** User part of From in our INVITEs to FreeSWITCH: the node, and this life of it. */
  readonly from: string;
  /** Whether a channel's caller is this node, in this life or a former one. */
  readonly isOurs: (from: string) => boolean;
}

/** How our channels are known among those of other nodes: who calls. */
export function nodeIdentity(
  node: string | undefined,
  listen: { readonly host: string; readonly port: number },
): NodeIdentity {
  // where the system picks the port, a former life cannot be told from a neighbour
  const name = node ?? (listen.port === 0 ? randomUUID() : `${hostname()} ${listen.host} ${listen.port}`);
  const prefix = `tellerline-${createHash('sha256').update(name).digest('hex').slice(0, 12)}-`;
  return { from: prefix + randomBytes(4).toString('hex'), isOurs: (from) => from.startsWith(prefix) };
}
