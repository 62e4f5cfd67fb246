import { SipHeaders } from '../../src/sip/message/headers.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { type Flow, openSipStack } from '../../src/sip/stack.ts';

/** A call that was answered. */
export interface PlacedCall {
  readonly callId: string;
  /** INVITE sent → 200 received. */
  readonly setupMs: number;
  /** Where the server wants our audio. */
  readonly rtpPort: number;
  /** Whether the server has ended it. */
  readonly over: boolean;
  /** False when the BYE was not answered 200. */
  bye(): Promise<boolean>;
}

/** Not answered: the final status, 408 without one. */
export interface RefusedCall {
  readonly status: number;
}

export interface Exchange extends AsyncDisposable {
  /** @param rtpPort - where we want the server's audio */
  place(rtpPort: number): Promise<PlacedCall | RefusedCall>;
  readonly retransmissions: number;
}

const ok = (status: number): boolean => status >= 200 && status < 300;

/** Places calls on our own SIP stack; as light as a caller can be. */
export async function openExchange(target: Flow): Promise<Exchange> {
  const live = new Map<string, { over: boolean }>();
  let placed = 0;
  const stack = await openSipStack(
    { host: '127.0.0.1', port: 0, tcp: false },
    {
      onRequest(transaction) {
        const { request, localTag } = transaction;
        const call = live.get(request.headers.get('Call-ID') ?? '');
        if (call !== undefined && request.method === 'BYE') call.over = true;
        transaction.respond(responseTo(request, call === undefined ? 481 : 200, undefined, localTag));
      },
      onAck: () => undefined,
      onCancel: () => undefined,
      onNoAck: () => undefined,
      onTransactionEnd: () => undefined,
    },
  );
  const { host, port } = stack.viaHost(target);

  function request(method: string, sequence: number, number: number, uri: string, to: string, sdp = ''): SipRequest {
    const headers = new SipHeaders([
      ['From', `<sip:+1555${String(number).padStart(7, '0')}@${host}>;tag=${process.pid}-${number}`],
      ['To', to],
      ['Call-ID', `bench-${process.pid}-${number}`],
      ['CSeq', `${sequence} ${method}`],
      ['Contact', `<sip:bench@${host}:${port}>`],
      ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS'],
    ]);
    if (sdp !== '') headers.set('Content-Type', 'application/sdp');
    return { kind: 'request', method, uri, headers, body: Buffer.from(sdp) };
  }

  return {
    get retransmissions() {
      return stack.statistics().retransmissionsSent;
    },
    place(rtpPort) {
      const number = ++placed;
      const uri = `sip:bank@${target.host}:${target.port}`;
      const sdp = `v=0\r\no=- ${number} 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio ${rtpPort} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n`;
      const invite = request('INVITE', 1, number, uri, `<${uri}>`, sdp);
      const callId = invite.headers.get('Call-ID') ?? '';
      const call = { over: false };
      const began = performance.now();
      return new Promise((resolve) => {
        let acknowledged: SipRequest | undefined;
        const refuse = (status: number): void => {
          live.delete(callId);
          resolve({ status });
        };
        live.set(callId, call);
        stack.sendRequest(invite, target, {
          onResponse({ status, headers, body }) {
            if (status < 200) return;
            if (!ok(status)) return refuse(status);
            if (acknowledged !== undefined) return stack.resend(acknowledged, target);
            const setupMs = performance.now() - began;
            const remote = headers.get('To') ?? '';
            const contact = /<([^>]+)>/.exec(headers.get('Contact') ?? '')?.[1] ?? uri;
            acknowledged = stack.sendOnce(request('ACK', 1, number, contact, remote), target);
            const bye = (): Promise<boolean> =>
              new Promise((ended) => {
                const end = (well: boolean): void => {
                  live.delete(callId);
                  ended(well);
                };
                if (call.over) return end(true);
                stack.sendRequest(request('BYE', 2, number, contact, remote), target, {
                  onResponse: (response) => (response.status < 200 ? undefined : end(ok(response.status))),
                  onTimeout: () => end(false),
                  onTransportError: () => end(false),
                });
              });
            resolve({
              callId,
              setupMs,
              rtpPort: Number(/m=audio (\d+)/.exec(Buffer.from(body).toString())?.[1]),
              get over() {
                return call.over;
              },
              bye,
            });
          },
          onTimeout: () => refuse(408),
          onTransportError: () => refuse(503),
        });
      });
    },
    [Symbol.asyncDispose]: () => stack.close(),
  };
}
