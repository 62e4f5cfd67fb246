import type { MessageLink, MessageLinkUser } from '../lib/message-link.ts';
import type { FromSipWorker, ToSipWorker } from './sip-worker-messages.ts';

/*
 * WebSockets are opened at the web server, on the main thread, and end in the SIP stack, in the SIP worker: both ends of
 * the way between the two.
 */

type FromMain = Extract<ToSipWorker, { readonly socket: number }>;
type FromWorker = Extract<FromSipWorker, { readonly socket: number }>;

/** On the main thread: the sockets, and the numbers by which the worker knows them. */
export class SocketsOfMain {
  readonly #post: (message: FromMain) => void;
  readonly #links = new Map<number, MessageLink>();
  #number = 0;

  constructor(post: (message: FromMain) => void) {
    this.#post = post;
  }

  accept(link: MessageLink): MessageLinkUser {
    const socket = ++this.#number;
    this.#links.set(socket, link);
    this.#post({ type: 'socket-opened', socket, host: link.host, port: link.port, secure: link.secure });
    return {
      onMessage: (message) => this.#post({ type: 'socket-message', socket, message }),
      onClosed: () => {
        if (this.#links.delete(socket)) this.#post({ type: 'socket-closed', socket });
      },
    };
  }

  receive(message: FromWorker): void {
    const link = this.#links.get(message.socket);
    if (message.type === 'socket-send') link?.send(message.message);
    else if (message.type === 'socket-proved') link?.prove();
    else link?.close();
  }

  /** The worker is gone, and whatever it knew of them. */
  closeAll(): void {
    for (const link of this.#links.values()) link.close();
  }
}

/** In the worker: each socket as a link of the stack. */
export class SocketsOfWorker {
  readonly #post: (message: FromWorker) => void;
  readonly #accept: (link: MessageLink) => MessageLinkUser;
  readonly #users = new Map<number, MessageLinkUser>();

  constructor(accept: (link: MessageLink) => MessageLinkUser, post: (message: FromWorker) => void) {
    this.#accept = accept;
    this.#post = post;
  }

  receive(message: FromMain): void {
    const { socket } = message;
    switch (message.type) {
      case 'socket-opened': {
        const { host, port, secure } = message;
        const user = this.#accept({
          host,
          port,
          secure,
          send: (bytes) => this.#post({ type: 'socket-send', socket, message: bytes }),
          prove: () => this.#post({ type: 'socket-proved', socket }),
          close: () => this.#post({ type: 'socket-close', socket }),
        });
        this.#users.set(socket, user);
        return;
      }
      case 'socket-message':
        this.#users.get(socket)?.onMessage(Buffer.from(message.message));
        return;
      case 'socket-closed':
        this.#users.get(socket)?.onClosed();
        this.#users.delete(socket);
    }
  }
}
