import type { FastifyReply } from 'fastify';
import type { FloorView, Supervision } from '../../../agents/supervision.ts';
import { openEventStream } from '../../event-stream.ts';

/** Views are sent no closer together. */
const LEAST_MS = 500;
/** Then the page opens it again, and whoever has no right any more does not get it. */
const LASTS_MS = 60_000;

/** What a supervisor sees of the floor: their queues, and whoever works on them. */
const ownPart = (view: FloorView, queues: readonly string[]): FloorView => ({
  at: view.at,
  queues: view.queues.filter(({ queue }) => queues.includes(queue)),
  callbacks: view.callbacks.filter(({ queue }) => queues.includes(queue)),
  agents: view.agents.filter((agent) => Object.keys(agent.queues).some((queue) => queues.includes(queue))),
});

/** Answers with the floor as it is and whenever it has changed; the latest view is the one that counts. The reader is there. @returns the way to stop */
export function streamFloor(reply: FastifyReply, supervision: Supervision, queues: readonly string[]): () => void {
  let pending: FloorView | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stream = openEventStream(reply, () => {
    clearTimeout(timer);
    clearTimeout(lasting);
    unsubscribe();
  });
  const lasting = setTimeout(() => stream.end(), LASTS_MS);
  const flush = (): void => {
    timer = undefined;
    if (pending === undefined) return;
    stream.send('floor', ownPart(pending, queues));
    pending = undefined;
    timer = setTimeout(flush, LEAST_MS);
  };
  const show = (view: FloorView): void => {
    pending = view;
    if (timer === undefined) flush();
  };
  const unsubscribe = supervision.subscribe(show);
  show(supervision.view());
  return () => stream.end();
}
