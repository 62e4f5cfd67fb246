/** As browsers take it (W3C WebRTC, RTCIceServer). */
export interface IceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

const HOST_AND_PORT = String.raw`(?:\[[\dA-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?`;
/** RFC 7064 */
const STUN = new RegExp(`^stuns?:${HOST_AND_PORT}$`);
/** RFC 7065, and before the host what it leaves out. */
const TURN = new RegExp(String.raw`^(turns?):([^:@\s]+):([^:@\s]+)@(${HOST_AND_PORT}(?:\?transport=(?:udp|tcp))?)$`);

/**
 * A STUN or TURN server as a configuration names it: `stun:HOST:PORT`, `turn:USER:PASSWORD@HOST:PORT`. Browsers take no
 * credentials within a URL, and no TURN server without any.
 *
 * @returns undefined: it is neither
 */
export function iceServer(text: string): IceServer | undefined {
  if (STUN.test(text)) return { urls: text };
  const [, scheme, user = '', password = '', rest] = TURN.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  try {
    return {
      urls: `${scheme}:${rest}`,
      username: decodeURIComponent(user),
      credential: decodeURIComponent(password),
    };
  } catch {
    return undefined;
  }
}
