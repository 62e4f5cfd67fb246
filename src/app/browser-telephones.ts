import type { Config } from '../config/schema.ts';
import { browserUser } from '../domain/browser-user.ts';
import { type BrowserTelephones, SIP_SOCKET_PATH } from '../http/browser/telephones.ts';
import type { Clock } from '../lib/clock.ts';
import { iceServer } from '../lib/ice-server.ts';
import { listedWords } from '../lib/listed-words.ts';
import { issueCredential } from '../sip/digest/short-lived.ts';
import type { EmbeddedSignalling } from '../sip-server/embedded-signalling.ts';
import { registrarDomain } from './keep-registrar.ts';

/**
 * @param key - the registrar's, for credentials of browsers
 * @param warm - a browser has come
 */
export function browserTelephones(
  config: Config,
  sip: Pick<EmbeddedSignalling, 'acceptWebSocket'>,
  key: Uint8Array,
  warm: () => void,
  clock: Pick<Clock, 'wall'>,
): BrowserTelephones {
  const { webrtc } = config;
  const domain = registrarDomain(config);
  const iceServers = listedWords(webrtc.ice_servers).flatMap((each) => iceServer(each) ?? []);
  return {
    issue(name) {
      const expires = Math.floor(clock.wall() / 1_000) + webrtc.credential_minutes * 60;
      const { user, authorizationUser, password } = issueCredential(key, browserUser(name), expires);
      return {
        uri: `sip:${user}@${domain}`,
        authorization_user: authorizationUser,
        password,
        expires_at: expires * 1_000,
        socket: SIP_SOCKET_PATH,
        line: `sip:bank@${domain}`,
        ice_servers: iceServers,
      };
    },
    accept(link) {
      warm();
      return sip.acceptWebSocket(link);
    },
    origins: listedWords(webrtc.origins),
  };
}
