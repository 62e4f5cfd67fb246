import { randomBytes } from 'node:crypto';
import type { G711Codec } from '../../src/audio/g711.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { RtpPeer } from '../media/rtp-peer.ts';
import { UdpPeer } from '../sip-server/udp-peer.ts';

/* A caller made of two sockets: every message and packet of it is in the test's hands. */

export interface Caller extends AsyncDisposable {
  readonly sip: UdpPeer;
  readonly rtp: RtpPeer;
  readonly callId: string;
  /** INVITE; nothing is waited for. */
  invite(sdp?: string): SipRequest;
  /** CANCEL of the INVITE. */
  cancel(): void;
  /** Takes the 200, sends ACK and turns the media to where it says. */
  answered(): Promise<SipResponse>;
  /** The 200, when the test has taken it itself. */
  accept(response: SipResponse): void;
  /** The final answer to the INVITE, whatever it is, acknowledged. */
  final(): Promise<SipResponse>;
  /** The final answer to an INVITE that is refused, acknowledged. */
  refused(status: number): Promise<SipResponse>;
  /** In the dialog. */
  send(method: string, options?: { readonly body?: string; readonly headers?: Record<string, string> }): SipRequest;
  ack(): void;
  /** BYE and its 200. */
  hangUp(): Promise<void>;
  /** Waits for the BYE of the far end and answers it. */
  hungUpOn(deadlineMs?: number): Promise<void>;
}

export async function openCaller(
  to: { readonly host: string; readonly port: number },
  codec: G711Codec = 'PCMU',
): Promise<Caller> {
  const sip = await UdpPeer.open(to);
  const rtp = await RtpPeer.open(codec);
  const callId = randomBytes(8).toString('hex');
  const branch = `i${callId}`;
  let cseq = 1;
  let remote: { readonly to: string; readonly uri: string } | undefined;

  const ack = (): void => {
    if (remote !== undefined) sip.send(sip.request('ACK', { callId, cseq, ...remote }));
  };
  const caller: Caller = {
    sip,
    rtp,
    callId,
    invite(sdp = rtp.sdp()) {
      const request = sip.request('INVITE', { branch, callId, body: sdp });
      sip.send(request);
      return request;
    },
    cancel: () => sip.send(sip.request('CANCEL', { branch, callId })),
    async answered() {
      const response = await caller.final();
      if (response.status !== 200) throw new Error(`not answered but ${response.status}`);
      return response;
    },
    accept(response) {
      const contact = /<([^>]+)>/.exec(response.headers.get('contact') ?? '')?.[1] ?? '';
      remote = { to: response.headers.get('to') ?? '', uri: contact };
      ack();
      rtp.aim(Buffer.from(response.body).toString());
    },
    async final() {
      const response = await sip.hear(isFinal, 60_000);
      if (response.kind !== 'response') throw new Error('no response');
      if (response.status < 300) caller.accept(response);
      else sip.send(sip.request('ACK', { branch, callId, to: response.headers.get('to') ?? '' }));
      return response;
    },
    async refused(status) {
      const response = await caller.final();
      if (response.status !== status) throw new Error(`not refused with ${status} but ${response.status}`);
      return response;
    },
    send(method, options = {}) {
      cseq += 1;
      const request = sip.request(method, { callId, cseq, ...remote, ...options });
      sip.send(request);
      return request;
    },
    ack,
    async hangUp() {
      caller.send('BYE');
      await sip.hearFinal('BYE', 60_000);
    },
    async hungUpOn(deadlineMs = 60_000) {
      sip.send(responseTo(await sip.hearRequest('BYE', deadlineMs), 200, undefined, ''));
    },
    async [Symbol.asyncDispose]() {
      await sip[Symbol.asyncDispose]();
      await rtp[Symbol.asyncDispose]();
    },
  };
  return caller;
}

const isFinal = (message: SipMessage): boolean =>
  message.kind === 'response' && message.status >= 200 && /^1 INVITE$/.test(message.headers.get('cseq') ?? '');

/** Dials, is answered, and sends silence. */
export async function call(to: { readonly host: string; readonly port: number }): Promise<Caller> {
  const caller = await openCaller(to);
  try {
    caller.invite();
    await caller.answered();
    caller.rtp.idle();
    return caller;
  } catch (thrown) {
    await caller[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** Waits until the far end has said `ms` of something since packet `from`. */
export async function speaks(caller: Caller, from = 0, ms = 300): Promise<void> {
  await caller.rtp.until(
    (packets) => {
      const loud = packets.slice(from).filter(({ payload, payloadType }) => {
        if (payloadType !== 0 && payloadType !== 8) return false;
        const samples = caller.rtp.decode(payload);
        return samples.some((sample) => Math.abs(sample) > 1000);
      });
      return loud.length * 20 >= ms;
    },
    'the far end to speak',
    60_000,
  );
}
