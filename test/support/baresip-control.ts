import type { Socket } from 'node:net';
import type { BaresipProcess } from './baresip-process.ts';

export interface BaresipEvent {
  /** CALL_INCOMING, CALL_ESTABLISHED, CALL_DTMF_START, CALL_CLOSED… */
  readonly type: string;
  readonly param?: string;
}

export interface BaresipControl {
  readonly events: readonly BaresipEvent[];
  /** `dial sip:…`, `hangup`, `hold`, `resume`… @throws when it says that it did not work */
  command(command: string, params?: string): Promise<string>;
  /** The next event of that type that has not been waited for yet. */
  next(type: string, deadlineMs?: number): Promise<BaresipEvent>;
}

/** What a baresip is told, and tells, over its control connection. */
export function controlBaresip(baresip: BaresipProcess): BaresipControl {
  const { control: socket } = baresip;
  const events: BaresipEvent[] = [];
  const unseen: BaresipEvent[] = [];
  const answered = new Map<string, (response: { readonly ok: boolean; readonly data?: string }) => void>();
  const waiting = new Set<() => void>();
  readNetstrings(socket, (text) => {
    const message = JSON.parse(text) as BaresipEvent & { token?: string; ok?: boolean; data?: string };
    if (message.token !== undefined) {
      answered.get(message.token)?.({ ok: message.ok === true, data: message.data ?? '' });
      return;
    }
    events.push(message);
    unseen.push(message);
    for (const look of waiting) look();
  });
  let commands = 0;
  return {
    events,
    async command(command, params = '') {
      const token = String(++commands);
      const response = new Promise<{ readonly ok: boolean; readonly data?: string }>((resolve) =>
        answered.set(token, resolve),
      );
      const text = JSON.stringify({ command, params, token });
      socket.write(`${Buffer.byteLength(text)}:${text},`);
      const { ok, data = '' } = await response;
      if (!ok) throw new Error(`baresip: ${command} ${params}: ${data}\n${baresip.log}`);
      return data;
    },
    next(type, deadlineMs = 60_000) {
      return new Promise((resolve, reject) => {
        const look = (): boolean => {
          const at = unseen.findIndex((event) => event.type === type);
          const [found] = at < 0 ? [] : unseen.splice(at, 1);
          if (found === undefined) return false;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
          return true;
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`baresip: no ${type}, but ${events.map((event) => event.type).join(', ')}\n${baresip.log}`));
        }, deadlineMs);
        if (!look()) waiting.add(look);
      });
    },
  };
}

/** `5:hello,` each (https://cr.yp.to/proto/netstrings.txt). */
function readNetstrings(socket: Socket, take: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = colon < 0 ? Number.NaN : Number(rest.subarray(0, colon).toString());
      if (!(rest.length > colon + 1 + length)) return;
      take(rest.subarray(colon + 1, colon + 1 + length).toString());
      rest = rest.subarray(colon + 1 + length + 1);
    }
  });
  socket.on('error', () => undefined);
}
