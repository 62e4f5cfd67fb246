import { isBrowserAddress } from '../../domain/browser-user.ts';
import type { CallFact, TransferOutcome } from '../../domain/call-event.ts';
import { seconds } from '../../domain/units.ts';
import { deferred } from '../../lib/deferred.ts';
import type { DialOutcome, Dialog } from '../../signalling/signalling.ts';
import type { CallServices, OutboundWay } from '../call-services.ts';
import { type AnchoredLeg, openAnchoredLeg } from '../leg/anchored-leg.ts';
import { keepBeside } from '../leg/keep-beside.ts';
import { qualityFact } from '../quality-fact.ts';
import { untilAborted } from '../until-aborted.ts';
import { dialPerson } from './dial-person.ts';
import { firstOf } from './first-of.ts';
import type { PersonCall } from './transfer-request.ts';

const OUTCOMES = {
  'no-answer': 'no-answer',
  busy: 'busy',
  declined: 'declined',
  failed: 'failed',
  cancelled: 'caller-hung-up',
} as const satisfies Record<Exclude<DialOutcome['outcome'], 'answered'>, TransferOutcome>;

/** Refusals of what was offered, not of the call (RFC 3261 sections 21.4.13, 21.4.26 and 21.6.4). */
const NOT_ACCEPTABLE: ReadonlySet<number> = new Set([415, 488, 606]);
/** No audio of the agent by then: "answered", but nobody is there. */
const MEDIA_DEADLINE = seconds(5);

/** A person who has answered and can be heard. */
export interface ReachedPerson {
  readonly agent: AnchoredLeg;
  readonly dialog: Dialog;
  /** They hung up, or their dialog died. */
  readonly left: Promise<'left' | 'lost'>;
  /** Their media is gone for good. */
  readonly lost: Promise<'lost'>;
  /** No RTP has come from them for as long as the configuration allows, though it should. */
  readonly silent: Promise<void>;
}

export interface NotReached {
  readonly outcome: TransferOutcome;
  /** Of the call that was not answered. */
  readonly status: number;
}

/** Rings the person. What it acquires is in the transfer's scope; a person who is not reached is hung up on when that closes. */
export async function reachPerson(transfer: PersonCall, services: CallServices): Promise<ReachedPerson | NotReached> {
  const { contact, scope, signal } = transfer;
  const { clock } = services;
  const note = (fact: CallFact): void => services.note(contact, fact);
  const began = clock.now();
  // BYE is sent before the media goes and waited for after it: a telephone that does not answer keeps nothing open
  let hungUp: Promise<void> | undefined;
  scope.defer(() => hungUp);
  const hangUp = (dialog: Dialog): void => {
    hungUp = dialog.bye();
    hungUp.catch(() => undefined); // told when it is waited for
  };
  const ways: Ways = services.outboundWays?.(transfer.person, transfer.parties) ?? [undefined];
  const { agent, flowing, silent, lost } = await agentLeg(transfer, ways, services, note);
  const dialling = dialled(transfer, ways, agent, services, hangUp);
  const answered = await firstOf<DialOutcome | 'lost'>(signal, undefined, clock, dialling, lost);
  if (typeof answered === 'string') return notReached(answered);
  if (answered.outcome !== 'answered') return { outcome: OUTCOMES[answered.outcome], status: answered.status };
  const { dialog } = answered;
  const left = endOf(dialog, silent);
  dialog.onOffer(async (sdp) => {
    const local = await agent.modify(sdp);
    if (agent.held) transfer.pause.resume('held');
    return local;
  });
  dialog.onInfoDigit((digit) => agent.infoKey(digit));
  await untilAborted(agent.answered(dialog, dialog.remoteSdp), signal);
  const there = await firstOf(signal, MEDIA_DEADLINE, clock, flowing, left, lost);
  if (there !== 'flowing') return notReached(there);
  note({ type: 'transfer-answered', leg: agent.leg, after_ms: Math.round(clock.now() - began) });
  return { agent, dialog, left, lost, silent };
}

const notReached = (because: string): NotReached =>
  because === 'aborted' ? { outcome: 'caller-hung-up', status: 487 } : { outcome: 'failed', status: 480 };

interface AgentLeg {
  readonly agent: AnchoredLeg;
  readonly flowing: Promise<'flowing'>;
  /** No RTP came from them for as long as the configuration allows. */
  readonly silent: Promise<void>;
  /** Its media is gone for good. */
  readonly lost: Promise<'lost'>;
}

type Ways = readonly (OutboundWay | undefined)[];

/** Whatever may be called for them is reached over TLS, as far as our next hop. */
const isConfidential = (person: string, ways: Ways, { signalling }: CallServices): boolean =>
  ways.length > 0 && ways.every((way) => signalling.isConfidential?.(way?.uri ?? person) === true);

async function agentLeg(
  transfer: PersonCall,
  ways: Ways,
  services: CallServices,
  note: (fact: CallFact) => void,
): Promise<AgentLeg> {
  const { leg, contact, person, caller, recording, track = 'agent', scope, signal } = transfer;
  const near = transfer.near ?? caller;
  const opening = openAnchoredLeg(
    {
      media: {
        leg,
        contact,
        listen: false,
        confidential: isConfidential(person, ways, services),
        towards: person,
        ...(isBrowserAddress(person) ? { overWebrtc: true } : {}),
        ...(recording === undefined ? {} : { record: { ...recording.origin, track } }),
      },
      near,
      over: AbortSignal.any([signal, scope.signal]),
    },
    services,
    signal,
  ).then((opened) => scope.use(opened));
  const agent = await untilAborted(opening, signal);
  const flowing = deferred<'flowing'>();
  const silent = deferred<void>();
  const lost = deferred<'lost'>();
  agent.onEvent((event) => {
    transfer.onAgentEvent?.(event);
    if (event.type === 'rtp-began') flowing.resolve('flowing');
    if (event.type === 'rtp-lost') silent.resolve();
    if (event.type === 'source-changed') note({ type: 'media-source-changed', leg, because: event.because });
    if (event.type === 'skewed') note({ type: 'media-skewed', leg, by_ms: Math.round(event.by) });
    if (event.type === 'quality') note(qualityFact(leg, event));
    if (event.type === 'one-way-audio')
      note({ type: 'one-way-audio', leg, silent_ms: event.silent, refused: event.refused });
    if (event.type !== 'failed') return;
    note({ type: 'trouble', code: event.code, where: 'transfer' });
    lost.resolve('lost');
  });
  scope.defer(keepBeside(near, agent));
  scope.defer(
    agent.onMove((move) => {
      if (move.type !== 'moved') return;
      const after_ms = Math.round(move.after);
      note({ type: 'media-moved', leg, because: move.because, after_ms });
      recording?.note('media-moved', { after_ms });
    }),
  );
  return { agent, flowing: flowing.promise, silent: silent.promise, lost: lost.promise };
}

/** A person who answers when nobody waits for them any more is hung up on. */
async function dialled(
  transfer: PersonCall,
  ways: Ways,
  agent: AnchoredLeg,
  services: CallServices,
  hangUp: (dialog: Dialog) => void,
): Promise<DialOutcome> {
  let outcome = await dialPerson(transfer, ways, agent.localSdp, services);
  if (outcome.outcome === 'failed' && NOT_ACCEPTABLE.has(outcome.status)) {
    const other = agent.alternativeOffer();
    if (other !== undefined) outcome = await dialPerson(transfer, ways, other, services);
  }
  const { dialog } = outcome.outcome === 'answered' ? outcome : { dialog: undefined };
  if (dialog !== undefined) transfer.scope.defer(() => hangUp(dialog));
  return outcome;
}

/** 'left': they hung up. When the SIP server is lost nobody tells of that: the talk goes on until their RTP ends. */
const endOf = (dialog: Dialog, silent: Promise<void>): Promise<'left' | 'lost'> =>
  new Promise((resolve) =>
    dialog.onEnd((because) => {
      if (because !== 'lost') return resolve(because === 'bye' ? 'left' : 'lost');
      void silent.then(() => resolve('left'));
      return 'kept';
    }),
  );
