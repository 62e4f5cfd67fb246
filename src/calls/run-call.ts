import type { EndpointEvent } from '../media/media-server.ts';
import type { IncomingCall } from '../signalling/signalling.ts';
import { type AnsweredCall, answerCall } from './answer-call.ts';
import { openBringing } from './open-bringing.ts';
import type { CallServices } from './call-services.ts';
import { type Conversation, openConversation } from './conversation/conversation.ts';
import { followDialog } from './follow-dialog.ts';
import { followLanguage } from './follow-language.ts';
import { DIALOG_LOST, forcedEndings } from './forced-endings.ts';
import { journalLegEvent } from './journal-leg.ts';
import { beginCall, type LiveCall, type ReceivedCall } from './live-call.ts';
import { limitDuration } from './maximum-duration.ts';
import { refuseCall } from './refuse-call.ts';
import type { CallQueues } from './queueing/call-queues.ts';

/**
 * One inbound call from INVITE to sealed recording. The call owns its scope and this sequence; what happens inside is
 * the conversation's.
 *
 * @param onReleased - its line and media are free; its recording is still to be sealed
 */
export function runCall(
  incoming: IncomingCall,
  services: CallServices & { readonly queues?: CallQueues },
  onReleased: () => void,
): LiveCall {
  const { clock, logger } = services;
  const { parties } = incoming;
  const { call, ending } = receive(incoming, services);
  const { contact, scope, recording, pause, end, note } = call;
  let conversation: Conversation | undefined;
  let talking = false;
  const early: EndpointEvent[] = [];
  const listeners = new Set<(event: EndpointEvent) => void>();
  const forced = forcedEndings(call, { conversation: () => conversation, talking: () => talking });
  const abandoned = (): void => (incoming.signal.reason === 'lost' ? end('failed', DIALOG_LOST) : end('cancelled'));

  function onLegEvent(event: EndpointEvent): void {
    if (conversation === undefined) early.push(event);
    journalLegEvent(call, event);
    conversation?.onEndpoint(event);
    for (const listener of listeners) listener(event);
  }

  async function answer(): Promise<void> {
    const answered = await answerCall(call, {
      onLegEvent,
      onDialog: (dialog, caller) =>
        followDialog(call, dialog, caller, {
          conversation: () => conversation,
          onLost: () => forced.signallingLost(),
        }),
    });
    if (answered === undefined) return;
    limitDuration(call, () => conversation);
    conversation = converse(answered);
    for (const event of early) conversation.onEndpoint(event);
    forced.conversationBegan(conversation);
  }

  function converse(answered: AnsweredCall): Conversation {
    const spoken = followLanguage(services);
    const bring = openBringing(
      {
        answered,
        call,
        onTalking: () => (talking = true),
        onCustomerEvent(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        takeBack: () => conversation?.takeBack(),
      },
      spoken.services,
    );
    return openConversation(
      {
        contact,
        parties,
        endpoint: answered.caller,
        recording: answered.recording,
        scope,
        transfer: (asked) => bring(spoken.followed(asked)).finally(() => (talking = false)),
        onHangUp: (because) => end(because, forced.lostSignalling ? DIALOG_LOST : undefined),
        onDefect(error) {
          logger.error({ contact }, 'a call ended because of a defect', error);
          end('failed', 'INTERNAL');
        },
      },
      services,
    );
  }

  async function run(): Promise<void> {
    incoming.signal.addEventListener('abort', abandoned, { once: true });
    if (incoming.signal.aborted) abandoned();
    const answering = answer().catch((thrown: unknown) =>
      incoming.signal.aborted ? abandoned() : refuseCall(call, thrown),
    );
    const { because, error } = await ending;
    const duration = clock.now() - call.began;
    // at once: to whoever never acknowledges our 200 no audio goes for the 32 s in which it is repeated
    const closing = scope.close();
    await answering; // whatever it acquires late is in the scope as well
    await closing;
    onReleased();
    await recording.end();
    note({ type: 'call-ended', because, duration_ms: Math.round(duration), ...(error === undefined ? {} : { error }) });
  }

  return {
    contact,
    pause,
    recordingTrouble: (failing, code) => recording.trouble(failing, code),
    recordingUnsynced(failing, unsynced) {
      if (unsynced && failing === recording.origin.recording) forced.recordingUnsynced();
    },
    shutDown: (limit) => forced.shutDown(limit),
    ended: run(),
  };
}

function receive(incoming: IncomingCall, services: CallServices) {
  const { parties, sipCallId } = incoming;
  const { call, ending } = beginCall({ direction: 'inbound', parties, sipCallId }, services);
  return { call: { ...call, incoming } satisfies ReceivedCall, ending };
}
