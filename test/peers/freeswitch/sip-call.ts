import type { Dialog } from '../../../src/sip/dialog/dialog.ts';
import type { SipRequest } from '../../../src/sip/message/message.ts';
import type { ServerTransaction } from '../../../src/sip/stack.ts';
import type { ChannelOrigin } from './channel-variables.ts';
import type { RtpPort } from './rtp-port.ts';
import type { FarDescription, OwnDescription } from './sdp-text.ts';
import type { Violations } from './violations.ts';

/** One dialog of drachtio with us. */
export interface SipCall {
  readonly uuid: string;
  /** The channel's own doings. */
  channel:
    | {
        acknowledged(): void;
        hold(on: boolean): void;
        /** The far end's BYE. */
        hungUp(): void;
        readonly variables: Map<string, string>;
      }
    | undefined;
  bye(): void;
}

/** What the SIP side knows of it besides. */
export interface LiveSipCall extends SipCall {
  dialog: Dialog;
  own: OwnDescription;
  port: RtpPort;
  readonly invite: ServerTransaction;
  unacknowledged: ServerTransaction | undefined;
  over: boolean;
  readonly origin: (far: FarDescription, remoteSdp: string, request: SipRequest) => ChannelOrigin;
}

export interface SipSideOptions {
  readonly violations: Violations;
  /** A process that is dead says nothing and hears nothing. */
  readonly dead: () => boolean;
  /** The status with which the next call is refused. */
  readonly refusal: () => number | undefined;
  /** The status with which the next re-INVITE is refused. */
  readonly modifyRefusal: () => number | undefined;
  /** FreeSWITCH took some 250 ms for its answer to a hold (captures main, H2). */
  readonly holdAnswerMs: number;
  openPort(uuid: string): Promise<RtpPort>;
  /** The channel is up and its application is to be told. */
  onChannel(call: SipCall, origin: ChannelOrigin, port: RtpPort): void;
}
