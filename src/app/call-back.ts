import { openCallbackCalls } from '../calls/callback/open-callback-calls.ts';
import type { CallRegistry, LineServices } from '../calls/call-registry.ts';
import type { Scope } from '../lib/scope.ts';
import type { CallRouting } from './call-routing.ts';

/** Calls customers back, where there are queues. */
export function callBack(
  services: LineServices,
  { dialplans }: Pick<CallRouting, 'dialplans'>,
  calls: Pick<CallRegistry, 'place'>,
  scope: Scope,
): void {
  const { queues, ...others } = services;
  if (queues === undefined) return;
  const dialogueOf = (name: string) =>
    (dialplans.find(({ dialogue }) => dialogue.name === name) ?? dialplans[0]).dialogue;
  scope.defer(openCallbackCalls({ ...others, queues, dialogueOf }, calls));
}
