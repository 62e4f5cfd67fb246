import { type Milliseconds, seconds } from '../domain/units.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { CallInProgress } from './live-call.ts';
import { scopedTimer } from './scoped-timer.ts';

/** How often a call whose SIP server is gone looks whether the person has left. */
const PERSON_LEAVES = seconds(1);
/** The goodbye is said; this long after that the call ends anyway. */
const GOODBYE_DEADLINE = seconds(30);
/** A caller whose SIP server is gone hears a goodbye, and the channel ends within three seconds: closing takes the rest. */
const LOST_LINE_GOODBYE = seconds(2.4);
export const DIALOG_LOST = 'dialog lost';

export interface EndedConversation {
  readonly conversation: () => Conversation | undefined;
  /** The caller talks with a person. */
  readonly talking: () => boolean;
}

/** Ends that neither the caller nor the dialogue chose: each lets the caller hear why, and has a deadline. */
export interface ForcedEndings {
  /** The SIP server is gone. */
  signallingLost(): 'kept' | void;
  /** Whether it is: what ends the call then ends it as failed. */
  readonly lostSignalling: boolean;
  /** Nothing that is said reaches a disk. */
  recordingUnsynced(): void;
  /** The server goes down. */
  shutDown(limit: Milliseconds): void;
  /** There is a conversation: one that began during a shutdown is told so. */
  conversationBegan(conversation: Conversation): void;
}

export function forcedEndings(call: CallInProgress, { conversation, talking }: EndedConversation): ForcedEndings {
  const { services, scope, recording, note, end } = call;
  const { clock } = services;
  let lostSignalling = false;
  let shutdown = false;

  const lostLine = scopedTimer(clock, scope);
  /** In the language that the caller spoke last. */
  const words = () => services.dialogue.inLanguage(conversation()?.language ?? services.dialogue.language);

  function leaveLostLine(): void {
    if (talking()) lostLine(PERSON_LEAVES, leaveLostLine);
    else lostLine(LOST_LINE_GOODBYE, () => end('failed', DIALOG_LOST));
  }

  return {
    get lostSignalling() {
      return lostSignalling;
    },
    /**
     * Nobody will be told when the caller hangs up; but the media live. A caller with the bot hears a goodbye, also while a
     * person is rung; one who talks with a person goes on until one of them leaves.
     */
    signallingLost() {
      const talk = conversation();
      if (talk === undefined) return end('failed', DIALOG_LOST);
      note({ type: 'trouble', code: 'SIP_SERVER_LOST', where: 'signalling' });
      lostSignalling = true;
      talk.dismiss({ goodbye: words().lineLost, because: 'failed', afterPerson: talking() });
      leaveLostLine();
      return 'kept';
    },
    /** By the operator's choice the call ends, or the caller is told, or neither. */
    recordingUnsynced() {
      const { onUnsynced } = services.settings;
      const { notRecorded, recordingLost: goodbye } = words();
      recording.trouble(recording.origin.recording, 'RECORDING_UNSYNCED');
      if (onUnsynced === 'announce') conversation()?.announce(notRecorded);
      if (onUnsynced !== 'end') return;
      conversation()?.dismiss({ goodbye, because: 'recording-lost', afterPerson: false });
      scope.defer(clock.after(GOODBYE_DEADLINE, () => end('recording-lost')));
    },
    shutDown(limit) {
      shutdown = true;
      conversation()?.tell({ type: 'shutdown' });
      scope.defer(clock.after(limit, () => end('shutdown')));
    },
    conversationBegan(talk) {
      if (shutdown) talk.tell({ type: 'shutdown' });
    },
  };
}
