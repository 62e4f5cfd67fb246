import type { EndReason } from '../domain/call-event.ts';
import { asError, type ErrorCode, IvrError, systemCode } from '../domain/error.ts';
import { type ContactId, newContactId, newLegId, newRecordingId, type LegId, type RecordingId } from '../domain/ids.ts';
import { maskNumber } from '../domain/secret.ts';
import { type Milliseconds, ms, seconds } from '../domain/units.ts';
import type { CancelTimer } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { Scope } from '../lib/scope.ts';
import type { Recording } from '../recording/recorder.ts';
import type { Endpoint, EndpointEvent } from '../telephony/media-server.ts';
import type { Dialog, IncomingCall } from '../telephony/signalling.ts';
import type { CallServices } from './call-services.ts';
import { type Conversation, openConversation } from './conversation.ts';

export interface LiveCall {
  readonly contact: ContactId;
  /** Apologises and hangs up; after `limit` the call ends without words. */
  shutDown(limit: Milliseconds): void;
  /** The disk fails under a recording, perhaps one of this call. */
  recordingTrouble(recording: RecordingId, code: string): void;
  readonly ended: Promise<void>;
}

const ANSWER_DEADLINE = seconds(35);
/** How often a call that is over its time looks whether the person has left. */
const PERSON_LEAVES = seconds(1);
/** The dialogue says goodbye when time is up; this long after that the call ends anyway. */
const GOODBYE_DEADLINE = seconds(30);
/** Nothing is wrong with the call: 503 sends the caller, or the switch before us, to another line or a later time. */
const OUR_TROUBLE: ReadonlySet<ErrorCode> = new Set(['RECORDINGS_UNWRITABLE', 'DISK_FULL']);

/**
 * One inbound call from INVITE to sealed recording. The call owns its scope and this sequence; what happens inside is
 * the conversation's.
 *
 * @param onReleased - its line and media are free; its recording is still to be sealed
 */
export function runCall(incoming: IncomingCall, services: CallServices, onReleased: () => void): LiveCall {
  const { clock, logger, settings } = services;
  const contact = newContactId(clock.wall());
  const leg = newLegId(clock.wall());
  const began = clock.now();
  const scope = new Scope((error) => logger.error({ contact }, 'a call did not clean up', error));
  const note = (fact: Parameters<CallServices['note']>[1]): void => services.note(contact, fact);
  let conversation: Conversation | undefined;
  let end: (because: EndReason, error?: string) => void = () => undefined;
  const ending = new Promise<{ readonly because: EndReason; readonly error: string | undefined }>((resolve) => {
    end = (because, error) => resolve({ because, error });
  });
  let shutdown: Milliseconds | undefined;

  note({
    type: 'call-offered',
    leg,
    direction: 'inbound',
    from: maskNumber(incoming.from),
    to: maskNumber(incoming.to),
    sip_call_id: incoming.sipCallId,
  });

  async function answer(): Promise<void> {
    const recordingId = newRecordingId(clock.wall());
    const endpoint = await services.media.createEndpoint(
      {
        leg,
        contact,
        listen: true,
        record: { recording: recordingId, track: 'customer' },
        ...(incoming.remoteSdp === undefined ? {} : { remoteSdp: incoming.remoteSdp }),
      },
      incoming.signal,
    );
    scope.use(endpoint);
    const early: EndpointEvent[] = [];
    endpoint.onEvent((event) => {
      if (conversation === undefined) early.push(event);
      onLeg(event, leg);
      conversation?.onEndpoint(event);
    });
    const recording = await openRecording(recordingId, endpoint);
    const dialog = await within(
      incoming.answer(endpoint.localSdp, { 'X-Contact-ID': contact }),
      ANSWER_DEADLINE,
      'the answer',
    );
    onDialog(dialog, endpoint);
    if (scope.closed) return;
    if (incoming.remoteSdp === undefined) await endpoint.modify(dialog.remoteSdp);
    note({
      type: 'call-answered',
      leg,
      codec: endpoint.codec ?? 'unknown',
      telephone_event: endpoint.telephoneEvent,
      setup_ms: Math.round(clock.now() - began),
    });
    stopTime = clock.after(ms(services.dialogue.maximumCallMs), timeUp);
    scope.defer(() => stopTime());
    conversation = openConversation(
      {
        contact,
        caller: incoming.from,
        endpoint,
        recording,
        scope,
        onHangUp: (because) => end(because),
        onDefect(error) {
          logger.error({ contact }, 'a defect ended a call', error);
          end('failed', 'INTERNAL');
        },
      },
      services,
    );
    for (const event of early) conversation.onEndpoint(event);
    dialog.onInfoDigit((digit) => conversation?.onInfoDigit(digit));
    if (shutdown !== undefined) conversation.tell({ type: 'shutdown' });
  }

  /** Registered last-in, first-out: the endpoint closes (and its taps end) before the recording is sealed. */
  async function openRecording(
    id: ReturnType<typeof newRecordingId>,
    endpoint: Endpoint,
  ): Promise<Recording | undefined> {
    const opening = services.recorder.open({
      recording: id,
      contact,
      from: maskNumber(incoming.from),
      to: maskNumber(incoming.to),
      direction: 'inbound',
      sipCallId: incoming.sipCallId,
      codec: endpoint.codec === 'PCMA' ? 'PCMA' : 'PCMU',
    });
    try {
      // not until the caller cancels: a recording that opens must be sealed, whoever still waits for it
      return await within(opening.then(take), seconds(2), 'opening the recording');
    } catch (thrown) {
      const code = thrown instanceof IvrError ? thrown.code : 'RECORDINGS_UNWRITABLE';
      note({ type: 'recording-failed', recording: id, error: code });
      logger.error({ contact, code }, 'the call cannot be recorded', asError(thrown));
      if (settings.withoutRecording === 'refuse')
        throw new IvrError('RECORDINGS_UNWRITABLE', 'no call without a recording', {}, thrown);
      return undefined;
    }
  }
  const recordings: Recording[] = [];
  let sealing = false;

  function take(recording: Recording): Recording {
    recording.joined('customer', 'caller');
    recording.joined('bot', 'assistant');
    note({
      type: 'recording-started',
      recording: recording.id,
      policy: recording.retention.policy,
      policy_version: recording.retention.policy_version,
      retention_class: recording.retention.class,
      retain_until: recording.retention.retain_until,
    });
    if (sealing) void sealOne(recording);
    else recordings.push(recording);
    return recording;
  }

  function onDialog(dialog: Dialog, endpoint: Endpoint): void {
    scope.defer(() => dialog.bye());
    dialog.onEnd((because) =>
      end(because === 'bye' ? 'caller-hung-up' : 'failed', because === 'bye' ? undefined : `dialog ${because}`),
    );
    dialog.onOffer(async (sdp) => {
      const held = endpoint.held;
      const local = await endpoint.modify(sdp);
      if (endpoint.held !== held) {
        note({ type: endpoint.held ? 'held' : 'resumed', leg });
        recordings[0]?.note(endpoint.held ? 'held' : 'resumed', {});
      }
      return local;
    });
  }

  function onLeg(event: EndpointEvent, ofLeg: LegId): void {
    if (event.type === 'rtp-lost') {
      note({ type: 'media-lost', leg: ofLeg, silent_ms: Math.round(event.silent) });
      end('rtp-lost');
    } else if (event.type === 'failed') end('failed', event.code);
    else if (event.type === 'quality')
      note({
        type: 'media-quality',
        leg: ofLeg,
        received: event.received,
        lost: event.lost,
        late: event.late,
        jitter_ms: Math.round(event.jitter),
      });
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

  async function seal(): Promise<void> {
    sealing = true;
    for (const recording of recordings) await sealOne(recording);
  }

  async function sealOne(recording: Recording): Promise<void> {
    try {
      const sealed = await recording.seal();
      note({
        type: 'recording-sealed',
        recording: sealed.recording,
        path: sealed.path,
        sha256: sealed.sha256,
        duration_ms: Math.round(sealed.duration),
        gaps: sealed.gaps,
        recovered: sealed.recovered,
      });
      note({
        type: 'recording-verified',
        recording: sealed.recording,
        ok: sealed.problems.length === 0,
        problems: sealed.problems,
      });
    } catch (thrown) {
      const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
      note({ type: 'recording-failed', recording: recording.id, error: code });
      logger.error({ contact, code }, 'a recording was not sealed; the next start recovers it', asError(thrown));
    }
  }

  async function run(): Promise<void> {
    incoming.signal.addEventListener('abort', () => end('cancelled'), { once: true });
    if (incoming.signal.aborted) end('cancelled');
    const answering = answer().catch((thrown: unknown) => refuse(thrown));
    const { because, error } = await ending;
    const duration = clock.now() - began;
    // at once: to whoever never acknowledges our 200 no audio goes for the 32 s in which it is repeated
    const closing = scope.close();
    await answering; // whatever it acquires late is in the scope as well
    await closing;
    onReleased();
    await seal();
    note({ type: 'call-ended', because, duration_ms: Math.round(duration), ...(error === undefined ? {} : { error }) });
  }

  function refuse(thrown: unknown): void {
    if (incoming.signal.aborted) return end('cancelled');
    const error =
      thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'the call could not be answered', {}, thrown);
    if (error.code === 'SIP_TIMEOUT') {
      logger.info({ contact }, 'the caller never acknowledged the answer');
      return end('failed', error.code);
    }
    const status =
      error.code === 'NO_COMMON_CODEC' || error.code === 'SDP_MALFORMED'
        ? 488
        : OUR_TROUBLE.has(error.code) || error.status === 503
          ? 503
          : 500;
    incoming.reject(status, status === 503 ? { 'Retry-After': '5' } : {});
    note({ type: 'call-rejected', status, reason: error.code });
    if (status !== 488) logger.error({ contact, code: error.code }, 'a call was refused', error);
    end('rejected', error.code);
  }

  return {
    contact,
    recordingTrouble(recording, code) {
      if (recordings.some(({ id }) => id === recording)) note({ type: 'trouble', code, where: 'recording' });
    },
    shutDown(limit) {
      shutdown = limit;
      conversation?.tell({ type: 'shutdown' });
      scope.defer(clock.after(limit, () => end('shutdown')));
    },
    ended: run(),
  };
}
