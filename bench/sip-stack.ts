import { fork } from 'node:child_process';
import { once } from 'node:events';
import { SipHeaders } from '../src/sip/message/headers.ts';
import type { SipRequest } from '../src/sip/message/message.ts';
import { responseTo } from '../src/sip/message/response-to.ts';
import { type Flow, openSipStack, type ServerTransaction, type SipStack, type StackUser } from '../src/sip/stack.ts';

/* INVITE, 200, ACK, BYE, 200 between two processes, both on our stack, at a steady rate: CPU per call of the answering one. */

const RATES = [100, 500, 1_000, 1_500];
const SECONDS = 5;
const SDP = Buffer.from(
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n',
);

export interface StackFigures {
  readonly protocol: 'UDP' | 'TCP';
  readonly calls_per_second: number;
  readonly completed: number;
  readonly retransmissions: number;
  readonly setup_p50_ms: number;
  readonly setup_p99_ms: number;
  readonly server_cpu_ms_per_call: number;
  readonly client_cpu_ms_per_call: number;
  readonly server_rss_mb: number;
}

interface Order {
  readonly to: Flow;
  readonly rate: number;
  readonly calls: number;
}

interface Result {
  readonly completed: number;
  readonly retransmissions: number;
  readonly setups: readonly number[];
  readonly cpuMs: number;
}

export async function benchSipStack(rates: readonly number[] = RATES): Promise<StackFigures[]> {
  const figures: StackFigures[] = [];
  for (const protocol of ['UDP', 'TCP'] as const) for (const rate of rates) figures.push(await measure(protocol, rate));
  return figures;
}

async function measure(protocol: 'UDP' | 'TCP', rate: number): Promise<StackFigures> {
  await using stack = await openAnsweringStack();
  const port = stack.addresses[0]?.port ?? 0;
  const child = fork(new URL(import.meta.url), ['calling']);
  await once(child, 'message');
  const before = cpuMs();
  const order: Order = { to: { protocol, host: '127.0.0.1', port }, rate, calls: rate * SECONDS };
  child.send(order);
  const [result]: [Result] = (await once(child, 'message')) as [Result];
  const spent = cpuMs() - before;
  child.disconnect();
  await once(child, 'exit');
  return {
    protocol,
    calls_per_second: rate,
    completed: result.completed,
    retransmissions: result.retransmissions + stack.statistics().retransmissionsSent,
    setup_p50_ms: round(quantile(result.setups, 0.5)),
    setup_p99_ms: round(quantile(result.setups, 0.99)),
    server_cpu_ms_per_call: round(spent / order.calls),
    client_cpu_ms_per_call: round(result.cpuMs / order.calls),
    server_rss_mb: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

const callId = ({ headers }: SipRequest): string => headers.get('Call-ID') ?? '';

async function openAnsweringStack(): Promise<SipStack> {
  const ringing = new Map<string, ServerTransaction>();
  return openSipStack(
    { host: '127.0.0.1', port: 0, tcp: true },
    {
      onRequest(transaction) {
        const { request, localTag } = transaction;
        const answer = responseTo(request, 200, undefined, localTag);
        if (request.method === 'INVITE') {
          ringing.set(callId(request), transaction);
          answer.headers.set('Contact', '<sip:bot@127.0.0.1>').set('Content-Type', 'application/sdp');
          transaction.respond({ ...answer, body: SDP });
        } else transaction.respond(answer);
      },
      onAck(request) {
        ringing.get(callId(request))?.acknowledge();
        ringing.delete(callId(request));
      },
      onCancel: () => undefined,
      onNoAck: () => undefined,
      onTransactionEnd: () => undefined,
    },
  );
}

const DEAF: StackUser = {
  onRequest: () => undefined,
  onAck: () => undefined,
  onCancel: () => undefined,
  onNoAck: () => undefined,
  onTransactionEnd: () => undefined,
};

/** The child's half: places `calls` calls, `rate` a second, and hangs each up at once. */
async function placeCalls({ to, rate, calls }: Order): Promise<Result> {
  await using stack = await openSipStack({ host: '127.0.0.1', port: 0, tcp: true }, DEAF);
  const setups: number[] = [];
  let completed = 0;
  let settled = 0;
  const before = cpuMs();
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      if (++settled === calls) resolve();
    };
    const began = performance.now();
    let placed = 0;
    const pace = setInterval(() => {
      const due = Math.min(calls, Math.floor(((performance.now() - began) * rate) / 1000));
      for (; placed < due; placed++)
        placeCall(stack, to, placed, (setupMs) => {
          if (setupMs !== undefined) {
            setups.push(setupMs);
            completed++;
          }
          settle();
        });
      if (placed === calls) clearInterval(pace);
    }, 5);
  });
  return { completed, retransmissions: stack.statistics().retransmissionsSent, setups, cpuMs: cpuMs() - before };
}

function placeCall(stack: SipStack, to: Flow, number: number, done: (setupMs: number | undefined) => void): void {
  const sent = performance.now();
  const failed = (): void => done(undefined);
  stack.sendRequest(request('INVITE', number), to, {
    onResponse({ status, headers }) {
      if (status < 200) return;
      const setupMs = performance.now() - sent;
      const remote = headers.get('To');
      stack.sendOnce(request('ACK', number, remote), to);
      stack.sendRequest(request('BYE', number, remote), to, {
        onResponse: () => done(setupMs),
        onTimeout: failed,
        onTransportError: failed,
      });
    },
    onTimeout: failed,
    onTransportError: failed,
  });
}

function request(method: string, number: number, to = '<sip:bot@127.0.0.1>'): SipRequest {
  const headers = new SipHeaders([
    ['From', `"Caller ${number}" <sip:caller@127.0.0.1>;tag=${process.pid}-${number}`],
    ['To', to],
    ['Call-ID', `${process.pid}-${number}@127.0.0.1`],
    ['CSeq', `${method === 'BYE' ? 2 : 1} ${method}`],
    ['Contact', '<sip:caller@127.0.0.1>'],
    ['User-Agent', 'bench'],
    ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS'],
  ]);
  if (method !== 'INVITE')
    return { kind: 'request', method, uri: 'sip:bot@127.0.0.1', headers, body: new Uint8Array(0) };
  headers.set('Content-Type', 'application/sdp');
  return { kind: 'request', method, uri: 'sip:bot@127.0.0.1', headers, body: SDP };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
const round = (value: number): number => Math.round(value * 1000) / 1000;

if (process.argv[1]?.endsWith('sip-stack.js') === true) {
  if (process.argv[2] === 'calling') {
    process.once('message', (order: Order) => void placeCalls(order).then((result) => process.send?.(result)));
    process.send?.('ready');
  } else console.table(await benchSipStack());
}
