import { SipHeaders } from '../../src/sip/message/headers.ts';
import { NO_BODY, type SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import {
  type Flow,
  openSipStack,
  type ServerTransaction,
  type SipStack,
  type SipStackOptions,
} from '../../src/sip/stack.ts';
import type { Mailbox } from './mailbox.ts';

const SDP = Buffer.from(
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
);
const callId = ({ headers }: SipRequest): string => headers.get('Call-ID') ?? '';

/** A small user agent that answers every call, and knows which have ended. */
export async function openAnswering(options: Partial<SipStackOptions> = {}, picksUp = true) {
  const open = new Map<string, ServerTransaction>();
  const seen = { invites: 0, acknowledged: 0, byes: 0, cancels: 0, noAcks: 0 };
  const stack = await openSipStack(
    { host: '127.0.0.1', port: 0, tcp: true, ...options },
    {
      onRequest(transaction) {
        const { request, localTag, flow } = transaction;
        if (request.method === 'INVITE') {
          seen.invites++;
          open.set(callId(request), transaction);
          transaction.respond(responseTo(request, 180, undefined, localTag));
          if (!picksUp) return;
          const { host, port } = stack.viaHost(flow);
          const answer = responseTo(request, 200, undefined, localTag);
          answer.headers.set('Contact', `<sip:bot@${host}:${port};transport=${flow.protocol.toLowerCase()}>`);
          answer.headers.set('Content-Type', 'application/sdp');
          transaction.respond({ ...answer, body: SDP });
        } else {
          if (request.method === 'BYE') seen.byes++;
          transaction.respond(responseTo(request, 200, undefined, localTag));
        }
      },
      onAck(request) {
        open.get(callId(request))?.acknowledge();
        if (open.delete(callId(request))) seen.acknowledged++;
      },
      onCancel(invite) {
        seen.cancels++;
        invite.respond(responseTo(invite.request, 487, undefined, invite.localTag));
      },
      onNoAck: () => seen.noAcks++,
      onTransactionEnd: () => undefined,
    },
  );
  return { stack, seen, port: stack.addresses[0]?.port ?? 0 };
}

const ours = (method: string, number: number, to: string): SipRequest => ({
  kind: 'request',
  method,
  uri: 'sip:service@127.0.0.1',
  headers: new SipHeaders([
    ['From', `<sip:bot@127.0.0.1>;tag=${number}`],
    ['To', to],
    ['Call-ID', `${number}@127.0.0.1`],
    ['CSeq', `${method === 'BYE' ? 2 : 1} ${method}`],
    ['Contact', '<sip:bot@127.0.0.1>'],
    ...(method === 'INVITE' ? ([['Content-Type', 'application/sdp']] as const) : []),
  ]),
  body: method === 'INVITE' ? SDP : NO_BODY,
});

/** Calls, acknowledges (each 2xx anew) and hangs up. */
export function call(stack: SipStack, to: Flow, number: number, outcomes: Mailbox<string>): void {
  let ack: SipRequest | undefined;
  const fails = {
    onTimeout: () => outcomes.put('timeout'),
    onTransportError: (error: Error) => outcomes.put(error.message),
  };
  stack.sendRequest(ours('INVITE', number, '<sip:service@127.0.0.1>'), to, {
    ...fails,
    onResponse({ status, headers }) {
      if (status < 200) return;
      if (status >= 300) return outcomes.put(String(status));
      if (ack !== undefined) return stack.resend(ack, to);
      const remote = headers.get('To') ?? '';
      ack = stack.sendOnce(ours('ACK', number, remote), to);
      stack.sendRequest(ours('BYE', number, remote), to, {
        ...fails,
        onResponse: (bye) => outcomes.put(String(bye.status)),
      });
    },
  });
}
