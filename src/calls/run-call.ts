import { refusal, retryAfterHeader } from '../domain/admission.ts';
import type { EndReason } from '../domain/call-event.ts';
import { type ErrorCode, IvrError } from '../domain/error.ts';
import { type ContactId, newContactId, newLegId, type RecordingId } from '../domain/ids.ts';
import { maskNumber } from '../domain/secret.ts';
import { warningOf } from '../domain/sip-warning.ts';
import { type Milliseconds, ms, seconds } from '../domain/units.ts';
import type { CancelTimer } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { deferred } from '../lib/deferred.ts';
import { Scope } from '../lib/scope.ts';
import type { EndpointEvent } from '../media/media-server.ts';
import type { Dialog, IncomingCall } from '../signalling/signalling.ts';
import { callRecording } from './call-recording.ts';
import type { CallServices } from './call-services.ts';
import { type Conversation, openConversation } from './conversation/conversation.ts';
import { type AnchoredLeg, openAnchoredLeg } from './leg/anchored-leg.ts';
import { transferToPerson } from './transfer/transfer.ts';

export interface LiveCall {
  readonly contact: ContactId;
  /** Apologises and hangs up; after `limit` the call ends without words. */
  shutDown(limit: Milliseconds): void;
  /** The disk fails under a recording, perhaps one of this call. */
  recordingTrouble(recording: RecordingId, code: string): void;
  /** A recording, perhaps this call's, has not been synced for too long, or is again. */
  recordingUnsynced(recording: RecordingId, unsynced: boolean): void;
  readonly ended: Promise<void>;
}

const ANSWER_DEADLINE = seconds(35);
/** How often a call that is over its time looks whether the person has left. */
const PERSON_LEAVES = seconds(1);
/** The dialogue says goodbye when time is up; this long after that the call ends anyway. */
const GOODBYE_DEADLINE = seconds(30);
/** A caller whose SIP server is gone hears a goodbye, and the channel ends within three seconds: closing takes the rest. */
const LOST_LINE_GOODBYE = seconds(2.4);
const DIALOG_LOST = 'dialog lost';
/** Nothing is wrong with the call: 503 sends the caller, or the switch before us, to another line or a later time. */
const OUR_TROUBLE: ReadonlySet<ErrorCode> = new Set(['RECORDINGS_UNWRITABLE', 'DISK_FULL']);

/**
 * One inbound call from INVITE to sealed recording. The call owns its scope and this sequence; what happens inside is
 * the conversation's.
 *
 * @param onReleased - its line and media are free; its recording is still to be sealed
 */
export function runCall(incoming: IncomingCall, services: CallServices, onReleased: () => void): LiveCall {
  const { clock, logger } = services;
  const { parties } = incoming;
  const contact = newContactId(clock.wall());
  const leg = newLegId(clock.wall());
  const began = clock.now();
  const scope = new Scope((error) => logger.error({ contact }, 'a call did not clean up', error));
  const note = (fact: Parameters<CallServices['note']>[1]): void => services.note(contact, fact);
  let conversation: Conversation | undefined;
  const consented = deferred<void>();
  const ending = deferred<{ readonly because: EndReason; readonly error: string | undefined }>();
  let over = false;
  const end = (because: EndReason, error?: string): void => {
    over = true;
    ending.resolve({ because, error });
  };
  const abandoned = (): void => (incoming.signal.reason === 'lost' ? end('failed', DIALOG_LOST) : end('cancelled'));
  let shutdown: Milliseconds | undefined;
  let lostSignalling = false;
  let talking = false;

  note({
    type: 'call-offered',
    leg,
    direction: 'inbound',
    from: maskNumber(parties.caller),
    to: maskNumber(parties.called),
    sip_call_id: incoming.sipCallId,
    ...(parties.asserted ? { asserted: true } : {}),
    ...(parties.divertedFrom === undefined ? {} : { diverted_from: maskNumber(parties.divertedFrom) }),
    ...(parties.private ? { private: true } : {}),
  });

  const recording = callRecording(
    contact,
    { from: maskNumber(parties.caller), to: maskNumber(parties.called), sipCallId: incoming.sipCallId },
    services,
  );

  async function answer(): Promise<void> {
    const { remoteSdp } = incoming;
    const caller = await openAnchoredLeg(
      {
        media: {
          leg,
          contact,
          listen: true,
          awaitConsent: true,
          record: { ...recording.origin, track: 'customer' },
          ...(remoteSdp === undefined ? {} : { remoteSdp }),
          ...(incoming.address === undefined ? {} : { signalling: incoming.address }),
        },
        over: scope.signal,
      },
      services,
      incoming.signal,
    );
    scope.use(caller);
    const early: EndpointEvent[] = [];
    caller.onEvent((event) => {
      if (conversation === undefined) early.push(event);
      onLeg(event);
      conversation?.onEndpoint(event);
    });
    const recorded = await recording.open(caller.codec);
    // nothing was promised yet: another line, or this one in a moment, serves the caller better
    if (caller.lost || over) throw new IvrError('MEDIA_WORKER_LOST', 'the call was lost before the answer');
    const dialog = await within(
      incoming.answer(caller.localSdp, { 'X-Contact-ID': contact }, consented.promise),
      ANSWER_DEADLINE,
      'the answer',
    );
    onDialog(dialog, caller);
    recording.keep();
    if (scope.closed) return;
    try {
      await caller.answered(dialog, remoteSdp === undefined ? dialog.remoteSdp : undefined);
    } catch (thrown) {
      if (over) return; // the reason has been said
      throw thrown;
    }
    note({
      type: 'call-answered',
      leg,
      codec: caller.codec ?? 'unknown',
      telephone_event: caller.telephoneEvent,
      setup_ms: Math.round(clock.now() - began),
    });
    stopTime = clock.after(ms(services.dialogue.maximumCallMs), timeUp);
    scope.defer(() => stopTime());
    conversation = openConversation(
      {
        contact,
        parties,
        endpoint: caller,
        recording: recorded,
        scope,
        transfer: ({ ringMs, context }) =>
          transferToPerson(
            {
              contact,
              caller,
              dialog,
              recording: recorded,
              ringMs,
              context,
              parties,
              onTalking: () => (talking = true),
            },
            services,
            scope.signal,
          ).finally(() => (talking = false)),
        onHangUp: (because) => end(because, lostSignalling ? DIALOG_LOST : undefined),
        onDefect(error) {
          logger.error({ contact }, 'a defect ended a call', error);
          end('failed', 'INTERNAL');
        },
      },
      services,
    );
    for (const event of early) conversation.onEndpoint(event);
    if (shutdown !== undefined) conversation.tell({ type: 'shutdown' });
  }

  function onDialog(dialog: Dialog, caller: AnchoredLeg): void {
    scope.defer(() => dialog.bye());
    dialog.onInfoDigit((digit) => caller.infoKey(digit));
    dialog.onEnd((because) => {
      if (because === 'lost') return signallingLost();
      end(because === 'bye' ? 'caller-hung-up' : 'failed', because === 'bye' ? undefined : `dialog ${because}`);
    });
    let held = false;
    const noteHold = (): void => {
      if (caller.held === held) return;
      held = caller.held;
      note({ type: held ? 'held' : 'resumed', leg });
      recording.note(held ? 'held' : 'resumed');
    };
    dialog.onOffer(async (sdp) => {
      const local = await caller.modify(sdp);
      noteHold();
      return local;
    });
    caller.onMove((move) => {
      if (move.type === 'lost') return conversation?.disturbed();
      note({ type: 'media-moved', leg, because: move.because, after_ms: Math.round(move.after) });
      recording.note('media-moved', { after_ms: Math.round(move.after) });
      noteHold();
      conversation?.restored();
    });
  }

  function onLeg(event: EndpointEvent): void {
    if (event.type === 'consented') consented.resolve();
    else if (event.type === 'rtp-lost') {
      note({ type: 'media-lost', leg, silent_ms: Math.round(event.silent) });
      end('rtp-lost');
    } else if (event.type === 'events-unagreed')
      note({ type: 'events-unagreed', leg, payload_type: event.payloadType });
    else if (event.type === 'source-changed') {
      note({ type: 'media-source-changed', leg, because: event.because });
      recording.note('media-source-changed');
    } else if (event.type === 'failed') end('failed', event.code);
    else if (event.type === 'quality')
      note({
        type: 'media-quality',
        leg,
        received: event.received,
        lost: event.lost,
        late: event.late,
        jitter_ms: Math.round(event.jitter),
      });
  }

  /**
   * The SIP server is gone, and nobody will be told when the caller hangs up; but the media live. A caller with the bot hears
   * a goodbye, also while a person is rung; one who talks with a person goes on until one of them leaves.
   */
  function signallingLost(): 'kept' | void {
    if (conversation === undefined) return end('failed', DIALOG_LOST);
    note({ type: 'trouble', code: 'SIP_SERVER_LOST', where: 'signalling' });
    lostSignalling = true;
    conversation.dismiss({ goodbye: services.dialogue.lineLost, because: 'failed', afterPerson: talking });
    leaveLostLine();
    return 'kept';
  }

  function leaveLostLine(): void {
    const [limit, then] = talking
      ? [PERSON_LEAVES, leaveLostLine]
      : [LOST_LINE_GOODBYE, () => end('failed', DIALOG_LOST)];
    scope.defer(clock.after(limit, then));
  }

  /** Nothing that is said reaches a disk: by the operator's choice the call ends, or the caller is told, or neither. */
  function recordingLost(): void {
    const { unsynced } = services.settings;
    const { notRecorded, recordingLost: goodbye } = services.dialogue;
    recording.trouble(recording.origin.recording, 'RECORDING_UNSYNCED');
    if (unsynced === 'announce') conversation?.announce(notRecorded);
    if (unsynced !== 'end') return;
    conversation?.dismiss({ goodbye, because: 'recording-lost', afterPerson: false });
    scope.defer(clock.after(GOODBYE_DEADLINE, () => end('recording-lost')));
  }

  let stopTime: CancelTimer = () => undefined;

  function timeUp(): void {
    if (conversation?.withPerson === true) {
      stopTime = clock.after(PERSON_LEAVES, timeUp);
      return;
    }
    conversation?.tell({ type: 'time-up' });
    stopTime = clock.after(GOODBYE_DEADLINE, () => end('maximum-duration'));
  }

  async function run(): Promise<void> {
    incoming.signal.addEventListener('abort', abandoned, { once: true });
    if (incoming.signal.aborted) abandoned();
    const answering = answer().catch((thrown: unknown) => refuse(thrown));
    const { because, error } = await ending.promise;
    const duration = clock.now() - began;
    // at once: to whoever never acknowledges our 200 no audio goes for the 32 s in which it is repeated
    const closing = scope.close();
    await answering; // whatever it acquires late is in the scope as well
    await closing;
    onReleased();
    await recording.end();
    note({ type: 'call-ended', because, duration_ms: Math.round(duration), ...(error === undefined ? {} : { error }) });
  }

  function refuse(thrown: unknown): void {
    if (incoming.signal.aborted) return abandoned();
    const error =
      thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'the call could not be answered', {}, thrown);
    if (error.code === 'SIP_TIMEOUT') {
      logger.info({ contact }, 'the caller never acknowledged the answer');
      return end('not-acknowledged');
    }
    const status =
      error.code === 'NO_COMMON_CODEC' || error.code === 'SDP_MALFORMED'
        ? 488
        : OUR_TROUBLE.has(error.code) || error.status === 503
          ? 503
          : 500;
    const headers = { 488: { Warning: warningOf(error) }, 503: retryAfterHeader(refusal('failed')), 500: {} };
    incoming.reject(status, headers[status]);
    note({ type: 'call-rejected', status, reason: error.code });
    if (status !== 488) logger.error({ contact, code: error.code }, 'a call was refused', error);
    end('rejected', error.code);
  }

  return {
    contact,
    recordingTrouble: (failing, code) => recording.trouble(failing, code),
    recordingUnsynced(failing, unsynced) {
      if (unsynced && failing === recording.origin.recording) recordingLost();
    },
    shutDown(limit) {
      shutdown = limit;
      conversation?.tell({ type: 'shutdown' });
      scope.defer(clock.after(limit, () => end('shutdown')));
    },
    ended: run(),
  };
}
