/** A connection that carries whole messages, such as a WebSocket, to whoever speaks over it. It may be opened in another thread. */
export interface MessageLink {
  /** Of the far end, as those on the way tell it. */
  readonly host: string;
  readonly port: number;
  /** It came over TLS, to us or to a proxy that we trust. */
  readonly secure: boolean;
  send(message: Uint8Array): void;
  /** The far end has shown who it is: its connection is not closed to make room. */
  prove(): void;
  close(): void;
}

/** What happens on a link. */
export interface MessageLinkUser {
  onMessage(message: Uint8Array): void;
  /** Once; also when it was closed by us. */
  onClosed(): void;
}
