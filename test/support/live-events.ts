import { type ClientRequest, get } from 'node:http';
import type { CallEvent, CallEventType } from '../../src/domain/call-event.ts';

/** How long an event is waited for. */
export const DEADLINE_MS = 60_000;

/** The first event, past or to come, that fits. @throws when there is none by the deadline, naming what came instead */
export type UntilEvent = <T extends CallEventType>(
  type: T,
  fits?: (event: Extract<CallEvent, { readonly type: T }>) => boolean,
  deadlineMs?: number,
) => Promise<Extract<CallEvent, { readonly type: T }>>;

export interface LiveEvents {
  readonly events: CallEvent[];
  readonly until: UntilEvent;
  /** As if nothing had happened so far: what tests that share a server begin with. */
  forget(): void;
  close(): void;
}

/** What a server tells at /api/events, from now on. */
export async function openLiveEvents(http: string, token: string): Promise<LiveEvents> {
  const events: CallEvent[] = [];
  const watching = new Set<(event: CallEvent) => void>();
  const take = (event: CallEvent): void => {
    events.push(event);
    for (const watch of watching) watch(event);
  };
  const connection = await new Promise<ClientRequest>((resolve, reject) => {
    const asked = get(
      `${http}/api/events`,
      { agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          rest += piece;
          const messages = rest.split('\n\n');
          rest = messages.pop() ?? '';
          for (const message of messages) {
            const data = /^data: (.*)$/m.exec(message)?.[1];
            if (data !== undefined) take(JSON.parse(data) as CallEvent);
          }
        });
        response.on('error', () => undefined);
        resolve(asked);
      },
    );
    asked.once('error', reject);
  });
  connection.on('error', () => undefined);
  return {
    events,
    forget: () => void events.splice(0),
    until(type, fits = () => true, deadlineMs = DEADLINE_MS) {
      type Wanted = Extract<CallEvent, { readonly type: typeof type }>;
      const wanted = (event: CallEvent): event is Wanted => event.type === type && fits(event as Wanted);
      const past = events.find(wanted);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watching.delete(watch);
          const came = events.map((event) => event.type).join(', ');
          reject(new Error(`no ${type} within ${deadlineMs} ms; there were: ${came}`));
        }, deadlineMs);
        const watch = (event: CallEvent): void => {
          if (!wanted(event)) return;
          clearTimeout(timer);
          watching.delete(watch);
          resolve(event);
        };
        watching.add(watch);
      });
    },
    close: () => connection.destroy(),
  };
}
