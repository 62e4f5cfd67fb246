import type { IceServer } from '../../lib/ice-server.ts';
import type { MessageLink, MessageLinkUser } from '../../lib/message-link.ts';

/** What a page needs to be somebody's telephone (JsSIP): its address, its credentials, and the way to the server. */
export interface BrowserTelephone {
  /** `sip:browser~chen@bank.example`; the realm of the credentials is its domain. */
  readonly uri: string;
  readonly authorization_user: string;
  readonly password: string;
  /** Unix ms; new ones are to be fetched before. */
  readonly expires_at: number;
  /** Path of the WebSocket on this server, subprotocol `sip`. */
  readonly socket: string;
  /** The address of the line. */
  readonly line: string;
  /** STUN and TURN servers, as RTCPeerConnection takes them. */
  readonly ice_servers: readonly IceServer[];
}

/** What the web server needs of telephones in browsers. */
export interface BrowserTelephones {
  /** Credentials for somebody whom the caller knows. @param name - a name without `~` */
  issue(name: string): BrowserTelephone;
  /** A WebSocket has been opened that speaks SIP. */
  accept(link: MessageLink): MessageLinkUser;
  /** Sites whose pages may open one besides our own. */
  readonly origins: readonly string[];
}

export const SIP_SOCKET_PATH = '/sip';
