import type { TransferOutcome } from '../domain/call-event.ts';
import { asError, IvrError } from '../domain/error.ts';
import { type ContactId, newLegId, turnId } from '../domain/ids.ts';
import { ms, seconds } from '../domain/units.ts';
import { Scope } from '../lib/scope.ts';
import type { Recording } from '../recording/recorder.ts';
import type { Endpoint } from '../telephony/media-server.ts';
import type { DialOutcome } from '../telephony/signalling.ts';
import type { CallServices } from './call-services.ts';

export interface TransferRequest {
  readonly contact: ContactId;
  readonly caller: Endpoint;
  readonly recording: Recording | undefined;
  readonly ringMs: number;
  readonly context: Readonly<Record<string, string>>;
}

const OUTCOMES = {
  'no-answer': 'no-answer',
  busy: 'busy',
  declined: 'declined',
  failed: 'failed',
  cancelled: 'caller-hung-up',
} as const satisfies Record<Exclude<DialOutcome['outcome'], 'answered'>, TransferOutcome>;

/** No audio of the agent by then: "answered", but nobody is there. */
const MEDIA_DEADLINE = seconds(5);

/**
 * Brings a person onto the line: rings them while the caller hears music, joins the two, and comes back when the
 * person has left. Ends early when `signal` aborts (the caller hung up). Never rejects for what people do.
 */
export async function transferToPerson(
  request: TransferRequest,
  services: CallServices,
  signal: AbortSignal,
): Promise<TransferOutcome> {
  const { settings, media, signalling, clock, logger } = services;
  const note = (fact: Parameters<CallServices['note']>[1]): void => services.note(request.contact, fact);
  const leg = newLegId(clock.wall());
  if (settings.person === undefined) {
    note({ type: 'transfer-ended', leg, outcome: 'failed', talked_ms: 0 });
    return 'failed';
  }
  const scope = new Scope((error) => logger.error({ leg }, 'a transfer did not clean up', error));
  const began = clock.now();
  let talkedFrom: number | undefined;
  let outcome: TransferOutcome = 'failed';
  try {
    const agent = await media.createEndpoint(
      {
        leg,
        contact: request.contact,
        near: request.caller,
        listen: false,
        ...(request.recording === undefined
          ? {}
          : { record: { recording: request.recording.id, track: 'agent' as const } }),
      },
      signal,
    );
    scope.use(agent);
    const flowing = mediaFlows(agent);
    const music = request.caller.play({
      turn: turnId(request.contact, 0),
      clips: [services.holdMusic],
      bargeIn: 'none',
      loop: true,
    });
    scope.defer(() => request.caller.stop(music));
    note({ type: 'transfer-ringing', leg, to: settings.person });
    const dialled = await signalling.dial(
      {
        uri: settings.person,
        localSdp: agent.localSdp,
        headers: { 'X-Contact-ID': request.contact, ...contextHeaders(request.context) },
        timeout: ms(request.ringMs),
      },
      signal,
    );
    if (dialled.outcome !== 'answered') {
      outcome = signal.aborted ? 'caller-hung-up' : OUTCOMES[dialled.outcome];
      return outcome;
    }
    const { dialog } = dialled;
    scope.defer(() => dialog.bye());
    const left = new Promise<'agent-left'>((resolve) => dialog.onEnd(() => resolve('agent-left')));
    dialog.onOffer((sdp) => agent.modify(sdp));
    await agent.modify(dialog.remoteSdp);
    const there = await firstOf(signal, MEDIA_DEADLINE, flowing, left);
    if (there !== 'flowing') {
      outcome = there === 'aborted' ? 'caller-hung-up' : 'failed';
      return outcome;
    }
    note({ type: 'transfer-answered', leg, after_ms: Math.round(clock.now() - began) });
    request.caller.stop(music);
    request.recording?.joined('agent', 'person');
    request.caller.bridge(agent);
    scope.defer(() => request.caller.unbridge());
    talkedFrom = clock.now();
    outcome = (await firstOf(signal, undefined, left)) === 'aborted' ? 'caller-hung-up' : 'completed';
    request.recording?.left('agent');
    return outcome;
  } catch (thrown) {
    if (!signal.aborted)
      logger.error(
        { leg, code: thrown instanceof IvrError ? thrown.code : 'INTERNAL' },
        'the transfer failed',
        asError(thrown),
      );
    outcome = signal.aborted ? 'caller-hung-up' : 'failed';
    return outcome;
  } finally {
    await scope.close();
    note({
      type: 'transfer-ended',
      leg,
      outcome,
      talked_ms: talkedFrom === undefined ? 0 : Math.round(clock.now() - talkedFrom),
    });
  }
}

const mediaFlows = (endpoint: Endpoint): Promise<'flowing'> =>
  new Promise((resolve) =>
    endpoint.onEvent((event) => {
      if (event.type === 'rtp-began') resolve('flowing');
    }),
  );

/** The first of these to happen; 'late' at the deadline; 'aborted' with the signal. */
function firstOf<T extends string>(
  signal: AbortSignal,
  deadline: number | undefined,
  ...events: readonly Promise<T>[]
): Promise<T | 'late' | 'aborted'> {
  return new Promise((resolve) => {
    const timer = deadline === undefined ? undefined : setTimeout(() => settle('late'), deadline);
    const onAbort = (): void => settle('aborted');
    const settle = (value: T | 'late' | 'aborted'): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    };
    if (signal.aborted) return settle('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    for (const event of events) void event.then(settle);
  });
}

/** Context goes along as header parameters that any SIP agent ignores: names in lower case, values percent-encoded. */
function contextHeaders(context: TransferRequest['context']): Record<string, string> {
  const text = Object.entries(context)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(';');
  return text === '' ? {} : { 'X-Contact-Context': text };
}
