import type { ControlMessage } from './control-message.ts';

/** An application that speaks the control protocol: one authenticated connection. */
export interface Application {
  readonly id: number;
  /** Methods, in upper case, that it wants to see. */
  readonly routes: ReadonlySet<string>;
  readonly connected: boolean;
  /** @param message - the SIP message behind the line, if any */
  send(line: string, message?: Uint8Array): void;
}

/** A SIP message that an application wants to be sent. */
export type SipCommand = Extract<ControlMessage, { readonly type: 'sip' }>;
