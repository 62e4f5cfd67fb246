import type { SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { RtpPeer } from '../media/rtp-peer.ts';
import { UdpPeer } from '../sip-server/udp-peer.ts';

/* A person at the bank made of two sockets: rings, answers, talks and hangs up when the test says so. */

export interface Callee extends AsyncDisposable {
  readonly sip: UdpPeer;
  readonly rtp: RtpPeer;
  /** The INVITE, answered with 180. */
  ringing(): Promise<SipRequest>;
  /** 200 to the INVITE that rings, its ACK, and silence from now on. */
  answer(): Promise<void>;
  /** BYE and its 200. */
  hangUp(): Promise<void>;
  /** Waits for the BYE of the far end and answers it. */
  hungUpOn(deadlineMs?: number): Promise<void>;
}

const TAG = 'callee';

/**
 * @param server - where calls come from
 * @param port - its own
 */
export async function openCallee(
  server: { readonly host: string; readonly port: number },
  port: number,
): Promise<Callee> {
  const sip = await UdpPeer.open(server, port);
  const rtp = await RtpPeer.open();
  let invite: SipRequest | undefined;
  const ringing = async (): Promise<SipRequest> => {
    invite = await sip.hearRequest('INVITE', 60_000);
    sip.respond(invite, 180, { tag: TAG });
    return invite;
  };
  return {
    sip,
    rtp,
    ringing,
    async answer() {
      const request = invite ?? (await ringing());
      const offer = Buffer.from(request.body).toString();
      sip.respond(request, 200, { tag: TAG, body: rtp.sdp() });
      const ack = await sip.hearRequest('ACK', 60_000);
      rtp.aim(offer.includes('m=audio') ? offer : Buffer.from(ack.body).toString());
      rtp.idle();
    },
    async hangUp() {
      if (invite === undefined) throw new Error('nobody has called');
      const { headers } = invite;
      const uri = /<([^>]+)>/.exec(headers.get('contact') ?? '')?.[1] ?? '';
      const bye = sip.request('BYE', {
        callId: headers.get('call-id') ?? '',
        cseq: 100,
        uri,
        to: headers.get('from') ?? '',
      });
      bye.headers.set('From', `${headers.get('to') ?? ''};tag=${TAG}`);
      sip.send(bye);
      await sip.hearFinal('BYE');
    },
    async hungUpOn(deadlineMs = 60_000) {
      sip.send(responseTo(await sip.hearRequest('BYE', deadlineMs), 200, undefined, TAG));
    },
    async [Symbol.asyncDispose]() {
      await sip[Symbol.asyncDispose]();
      await rtp[Symbol.asyncDispose]();
    },
  };
}
