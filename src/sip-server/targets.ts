import { isWebrtc } from '../sdp/webrtc.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { isEncrypted, isWebSocket } from '../sip/message/protocol.ts';
import { asksForTls, parseSipUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/stack.ts';
import { flowToRegistered } from './flow-to-registered.ts';
import type { RegisteredTarget } from './registrar.ts';
import type { Switchboard } from './switchboard.ts';

/** Where one copy of a request goes. */
export interface Target {
  readonly to: Flow;
  /** The Request-URI there. */
  readonly uri: string;
  /** Proxies on the way. */
  readonly path: readonly string[];
}

const KEYS = /^a=crypto:/m;

/** Whether a request goes over TLS alone, wherever it is sent: its address asks for that, or its description has keys (RFC 4568). */
export function needsTls({ uri, body }: Pick<SipRequest, 'uri' | 'body'>, keysInTheClear: boolean): boolean {
  const address = parseSipUri(uri);
  if (address !== undefined && asksForTls(address)) return true;
  return !keysInTheClear && KEYS.test(Buffer.from(body).toString('utf8'));
}

/** Those that are reached over TLS. */
export const overTls = (groups: readonly (readonly Target[])[]): readonly (readonly Target[])[] =>
  groups.map((group) => group.filter(({ to }) => isEncrypted(to.protocol))).filter((group) => group.length > 0);

/**
 * Those that can be reached, by their preference. A browser takes WebRTC alone, and nobody else takes it.
 *
 * @param body - of the request
 */
export const telephones = (
  { protocols }: Pick<Switchboard, 'protocols'>,
  registered: readonly (readonly RegisteredTarget[])[],
  body: Uint8Array,
): readonly (readonly Target[])[] => {
  const ofBrowser = isWebrtc(Buffer.from(body).toString('utf8'));
  return registered
    .map((group) =>
      group.flatMap((target) => {
        const to = flowToRegistered(target, protocols);
        return to === undefined || isWebSocket(to.protocol) !== ofBrowser
          ? []
          : [{ to, uri: target.uri, path: target.path }];
      }),
    )
    .filter((group) => group.length > 0);
};
