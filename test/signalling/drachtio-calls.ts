import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import {
  type DrachtioOptions,
  type DrachtioSignalling,
  openDrachtio,
} from '../../src/signalling/drachtio/drachtio-signalling.ts';
import type { DialOutcome, Dialog, IncomingCall } from '../../src/signalling/signalling.ts';
import { type Frame } from '../peers/drachtio/capture.ts';
import type { ControlPeer } from '../peers/drachtio/control-peer.ts';
import { methodOf, statusOf } from '../peers/drachtio/script.ts';
import { SECRET } from '../sip-server/board.ts';
import { OUR_SDP } from './line.ts';

export const never = new AbortController().signal;
export const endOf = (dialog: Dialog): Promise<string> => new Promise((resolve) => dialog.onEnd(resolve));
export const request =
  (method: string) =>
  (frame: Frame): boolean =>
    frame.type === 'sip' && statusOf(frame) === undefined && methodOf(frame) === method;

export const open = (
  options: Partial<DrachtioOptions> & Pick<DrachtioOptions, 'servers'>,
): Promise<DrachtioSignalling> => openDrachtio({ secret: SECRET, startDeadline: ms(5_000), ...options }, silentLogger);

/** Calls as they come, each once. */
export function callsOf(signalling: DrachtioSignalling): () => Promise<IncomingCall> {
  const calls: IncomingCall[] = [];
  const waiting: ((call: IncomingCall) => void)[] = [];
  signalling.onCall((call) => {
    const next = waiting.shift();
    if (next === undefined) calls.push(call);
    else next(call);
  });
  return () => {
    const call = calls.shift();
    return call === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(call);
  };
}

export const server = (port: number): { readonly host: string; readonly port: number } => ({ host: '127.0.0.1', port });
export const dialTo = (signalling: DrachtioSignalling, port: number): Promise<DialOutcome> =>
  signalling.dial({ uri: `sip:agent@127.0.0.1:${port}`, localSdp: OUR_SDP, timeout: ms(20_000) }, never);

/** The peer has an answered call of ours. */
export async function callOn(peer: ControlPeer, callId: string, next: () => Promise<IncomingCall>): Promise<Dialog> {
  await peer.hears((frame) => frame.type === 'route');
  peer.invite(callId);
  return await (await next()).answer(OUR_SDP);
}
