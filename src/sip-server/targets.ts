import { isWebrtc } from '../sdp/webrtc.ts';
import { isWebSocket } from '../sip/message/protocol.ts';
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
