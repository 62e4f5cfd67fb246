import { newLegId } from '../../domain/ids.ts';
import type { Scope } from '../../lib/scope.ts';
import { type AnchoredLeg, openAnchoredLeg } from '../leg/anchored-leg.ts';
import { keepBeside } from '../leg/keep-beside.ts';
import type { LineServices } from './call-browser.ts';
import type { WayRequest } from './call-queues.ts';
import { loopDialog } from './loop-dialog.ts';

/** Two legs that are each other's far end: one beside the customer, which records the agent, and one beside the browser. Legs can be joined within one media worker alone. */
export async function openLegPair(
  browser: AnchoredLeg,
  { contact, caller, recording, track, over }: WayRequest,
  scope: Scope,
  services: LineServices,
): Promise<{ readonly inner: AnchoredLeg; readonly outer: AnchoredLeg }> {
  const ended = AbortSignal.any([over, scope.signal]);
  const media = { contact, listen: false, confidential: true } as const;
  const ids = (): { readonly leg: AnchoredLeg['leg'] } => ({ leg: newLegId(services.clock.wall()) });
  const record = recording === undefined ? {} : { record: { ...recording.origin, track } };
  const inner = scope.use(
    await openAnchoredLeg({ media: { ...media, ...ids(), ...record }, near: caller, over: ended }, services, ended),
  );
  const outer = scope.use(
    await openAnchoredLeg(
      { media: { ...media, ...ids(), remoteSdp: inner.localSdp }, near: browser, over: ended },
      services,
      ended,
    ),
  );
  await Promise.all([inner.answered(loopDialog(outer), outer.localSdp), outer.answered(loopDialog(inner))]);
  scope.defer(keepBeside(caller, inner));
  return { inner, outer };
}
