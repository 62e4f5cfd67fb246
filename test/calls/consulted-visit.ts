import { FakeDialog } from './fake-dialog.ts';
import type { FakeEndpoint } from './fake-endpoint.ts';
import { calm, openQueuedLine, type QueuedLine } from './queued-line.ts';
import { accepted } from './queued-visit.ts';

/* A customer who talks to wei, and who hears whom: read at the legs. */

const WAY = { gateway: 'city', uri: 'sip:+4930@gateway', from: 'sip:bank@bank', headers: {} };
export const CUSTOMER = 0;
export const WEI = 2;

/** @param stubborn - calls that are given up are answered all the same */
export async function talking(mixes = true, stubborn = false): Promise<QueuedLine> {
  const queued = await openQueuedLine(
    {},
    { mixes, stubborn, outboundWays: (person) => (person.startsWith('tel:') ? [WAY] : undefined) },
  );
  await queued.signIn();
  await queued.asks();
  await accepted(queued);
  return queued;
}

export const leg = ({ line }: QueuedLine, n: number): FakeEndpoint => line.at(n);
/** Whom each of these legs hears, by their numbers. */
export function hearing(queued: QueuedLine, ...legs: readonly number[]): readonly (readonly number[])[] {
  return legs.map((n) =>
    leg(queued, n)
      .hears.map((other) => legs.find((each) => leg(queued, each) === other) ?? -1)
      .toSorted(),
  );
}
export const others = (queued: QueuedLine) => queued.last('talk')?.talk.others;
export const music = ({ line }: QueuedLine, n: number): boolean =>
  line.at(n).playing.some(({ request }) => request.loop === true);

/** The newest call is answered by whom it was made to. */
export async function answers({ line }: QueuedLine): Promise<FakeDialog> {
  await calm();
  const call = line.dialled.at(-1);
  const dialog = new FakeDialog('answer');
  line.endpoints.at(-1)?.emit({ type: 'rtp-began' });
  call?.outcome.resolve({ outcome: 'answered', dialog });
  await calm();
  return dialog;
}
