import { parseNameAddress } from '../sip/message/name-address.ts';
import type { SipProtocol } from '../sip/message/protocol.ts';
import type { Flow } from '../sip/transport/flow.ts';
import { flowTo } from '../sip/transport/locate.ts';
import { byKnownWay } from './known-way.ts';
import type { RegisteredTarget } from './registrar.ts';

/** Where a registered telephone is reached: through its proxies, else by the way that its REGISTER came, else by its Contact. */
export function flowToRegistered(
  { uri, way, path }: RegisteredTarget,
  protocols: ReadonlySet<SipProtocol>,
): Flow | undefined {
  const [first] = path;
  if (first !== undefined) {
    const proxy = flowTo(parseNameAddress(first)?.uri ?? '', protocols);
    return proxy === undefined ? undefined : byKnownWay(proxy, way);
  }
  const there = flowTo(uri, protocols);
  if (way?.connection === undefined) return way ?? there;
  // its connection while that lasts, a new one to its Contact after
  return there?.protocol === way.protocol ? { ...byKnownWay(there, way), connection: way.connection } : way;
}
