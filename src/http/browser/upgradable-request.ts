import { IncomingMessage } from 'node:http';
import { SIP_SOCKET_PATH } from './telephones.ts';

const upgrading = new WeakSet<IncomingMessage>();

/**
 * A request that asks for an upgrade and gets none is to be answered as if it had not asked (RFC 9110 section 7.8): HTTP
 * clients ask for h2c with any request, body and all. As soon as anybody listens for upgrades, Node.js makes one of each
 * request that asks: it reads no body, and time limits hold no longer. So of all that ask only WebSockets at `/sip` look as
 * if they did. (From Node.js 24 on `shouldUpgradeCallback` is there for this.)
 */
export class UpgradableRequest extends IncomingMessage {
  /** Node.js sets it when it has parsed the first line, and reads it when it has the headers. */
  get upgrade(): boolean {
    return upgrading.has(this) && (this.method === 'CONNECT' || isSipSocket(this));
  }

  set upgrade(wanted: boolean | null) {
    if (wanted === true) upgrading.add(this);
    else upgrading.delete(this);
  }
}

const isSipSocket = ({ method, url = '', headers: { upgrade = '' } }: IncomingMessage): boolean =>
  method === 'GET' &&
  url.split('?', 1)[0] === SIP_SOCKET_PATH &&
  upgrade.split(',').some((each) => each.trim().toLowerCase() === 'websocket');
