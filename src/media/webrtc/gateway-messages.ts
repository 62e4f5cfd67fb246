/* What goes between the media server's process and the gateway's (structured clones). */

/** The first message to the gateway: everybody on the machine can read command lines, and ICE servers have passwords. */
export interface GatewayProcessOptions {
  /** Address that ICE is bound to. */
  readonly host: string;
  /** Its UDP ports; both 0: any. */
  readonly portMin: number;
  readonly portMax: number;
  /** `stun:HOST:PORT`, `turn:USER:PASSWORD@HOST:PORT` */
  readonly iceServers: readonly string[];
}

export type ToGateway =
  /** Opens a relay between a browser and the RTP port of a leg. Answered with its port. */
  | {
      readonly type: 'open';
      readonly request: number;
      readonly leg: number;
      readonly host: string;
      readonly port: number;
    }
  /** A connection to the browser, its offer taken; or our offer, where there is none. Answered with our description. */
  | { readonly type: 'connect'; readonly request: number; readonly leg: number; readonly offer: string | undefined }
  /** The browser's answer to our offer. */
  | { readonly type: 'answer'; readonly request: number; readonly leg: number; readonly sdp: string }
  | { readonly type: 'close'; readonly request: number; readonly leg: number }
  | { readonly type: 'ping'; readonly request: number };

export type FromGateway =
  | { readonly type: 'ready' }
  /** `rss`: memory of the process, bytes. */
  | {
      readonly type: 'done';
      readonly request: number;
      readonly port?: number;
      readonly sdp?: string;
      readonly rss: number;
    }
  | { readonly type: 'refused'; readonly request: number; readonly message: string }
  | { readonly type: 'connected' | 'ended'; readonly leg: number };
