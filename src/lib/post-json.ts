import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';

/** How a server of another company is known, and we by it. PEM. */
export interface ClientTls {
  /** Whose certificates are accepted; absent: those that Node.js knows. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface JsonReply {
  readonly status: number;
  /** Undefined: it is no JSON. */
  readonly body: unknown;
}

export interface JsonPoster extends Disposable {
  /** @throws Error when it is not reached, its answer breaks off or is longer than a megabyte, or `signal` aborts */
  post(url: string, body: object, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<JsonReply>;
}

const MOST_BYTES = 1_000_000;
/** Servers close idle connections, and what is sent meanwhile is lost: they are closed earlier. */
const IDLE_MS = 4_000;

export class AnswerTooLong extends Error {}

/** POSTs of JSON over kept connections; redirects are not followed: a token goes to whom it is for. */
export function jsonPoster(tls: ClientTls = {}): JsonPoster {
  const secure = new Agent({ ...tls, minVersion: 'TLSv1.2', keepAlive: true, timeout: IDLE_MS });
  const plain = new PlainAgent({ keepAlive: true, timeout: IDLE_MS });
  return {
    async post(url, body, headers, signal) {
      const bytes = Buffer.from(JSON.stringify(body));
      const options = {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
        signal,
      };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = url.startsWith('https:')
          ? request(url, { ...options, agent: secure }, resolve)
          : plainRequest(url, { ...options, agent: plain }, resolve);
        sent.on('error', reject);
        sent.end(bytes);
      });
      return { status: response.statusCode ?? 0, body: await jsonOf(response) };
    },
    [Symbol.dispose]() {
      secure.destroy();
      plain.destroy();
    },
  };
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new AnswerTooLong('the answer is too long');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
