import type { Leg } from './leg.ts';

/** A channel, as a test sees it: a picture of the moment. */
export interface PeerLeg {
  readonly uuid: string;
  /** Of the dialog between drachtio and FreeSWITCH. */
  readonly callId: string;
  readonly state: string;
  readonly callState: string;
  readonly held: boolean;
  readonly ended: boolean;
  readonly bridgedTo: string | undefined;
  readonly playing: string | undefined;
  readonly digitsHeard: number;
  readonly rtp: { readonly port: number; readonly received: number; readonly sent: number };
  readonly variables: ReadonlyMap<string, string>;
  readonly forks: readonly PeerFork[];
}

export interface PeerFork {
  readonly bugname: string;
  readonly url: string;
  readonly metadata: string;
  readonly connected: boolean;
  /** Frames of 20 ms. */
  readonly framesSent: number;
  readonly audioReceivedBytes: number;
  /** Bot audio that has not been heard yet. */
  readonly samplesWaiting: number;
}

export function viewOf(leg: Leg): PeerLeg {
  return {
    uuid: leg.uuid,
    callId: leg.origin.callId,
    state: leg.state,
    callState: leg.callState,
    held: leg.held,
    ended: leg.ended,
    bridgedTo: leg.partner?.uuid,
    playing: leg.playing,
    digitsHeard: leg.digitsHeard,
    rtp: { port: leg.port.port, received: leg.port.received, sent: leg.port.sent },
    variables: leg.variables,
    forks: [...leg.forks.values()].map((fork) => ({
      bugname: fork.request.bugname,
      url: fork.request.url,
      metadata: fork.request.metadata,
      connected: fork.connected,
      framesSent: fork.framesSent,
      audioReceivedBytes: fork.audioReceived,
      samplesWaiting: fork.botSamplesWaiting,
    })),
  };
}
