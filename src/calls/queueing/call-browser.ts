import { IvrError } from '../../domain/error.ts';
import { newContactId, newLegId } from '../../domain/ids.ts';
import { seconds } from '../../domain/units.ts';
import { within } from '../../lib/deadline.ts';
import { deferred } from '../../lib/deferred.ts';
import { Scope } from '../../lib/scope.ts';
import type { AgentId } from '../../queues/queue-fact.ts';
import type { CallServices } from '../call-services.ts';
import type { TapTarget } from '../../media/media-server.ts';
import { type AnchoredLeg, openAnchoredLeg } from '../leg/anchored-leg.ts';
import { untilAborted } from '../until-aborted.ts';

/** A page answers by itself. */
const ANSWERS_WITHIN = seconds(10);
/** The microphone is heard by then. */
const HEARD_WITHIN = seconds(5);
/** Whoever answers is to do so by itself (RFC 5373); `X-Agent-Line` tells the page that it is called for good. */
const AUTO = { 'Answer-Mode': 'Auto' } as const;
const STANDING = { ...AUTO, 'X-Agent-Line': 'standing' } as const;

/** Of a call that is made for one conversation, recorded with it. */
export interface OneConversation {
  /** Else it is a telephone. */
  readonly browser: boolean;
  readonly record?: TapTarget;
  /** Who would be talked to has gone: the telephone rings no more. */
  readonly over: AbortSignal;
}

export type LineServices = Pick<CallServices, 'media' | 'signalling' | 'clock' | 'logger'>;

/** The call that an agent's browser is kept in. */
export interface BrowserCall {
  readonly leg: AnchoredLeg;
  /** Closing it hangs up. */
  readonly scope: Scope;
}

interface BrowserCallUser {
  /** The browser hung up, or nothing is heard of it any more. */
  onGone(which: Scope): void;
  onQuality(quality: { readonly mos: number; readonly loss: number }): void;
}

/**
 * Calls an agent's browser and waits until its microphone is heard.
 *
 * @param near - a leg beside which its media has to be
 * @throws IvrError AGENT_UNREACHABLE
 */
export async function callBrowser(
  agent: AgentId,
  uri: string,
  near: AnchoredLeg | undefined,
  services: LineServices,
  user: BrowserCallUser,
  one?: OneConversation,
): Promise<BrowserCall> {
  const scope = new Scope((error) =>
    services.logger.warn({ agent }, 'the call to an agent’s browser did not end', error),
  );
  const ringNoMore = (): void => void scope.close();
  one?.over.addEventListener('abort', ringNoMore, { once: true });
  try {
    if (one?.over.aborted === true)
      throw new IvrError('AGENT_UNREACHABLE', 'nobody is to be called any more', { agent });
    return { leg: await answeredLeg({ agent, uri, near, one }, scope, services, user), scope };
  } catch (thrown) {
    await scope.close();
    if (thrown instanceof IvrError && thrown.code === 'AGENT_UNREACHABLE') throw thrown;
    throw new IvrError('AGENT_UNREACHABLE', 'your browser could not be called', { agent }, thrown);
  } finally {
    one?.over.removeEventListener('abort', ringNoMore);
  }
}

interface Called {
  readonly agent: AgentId;
  readonly uri: string;
  readonly near: AnchoredLeg | undefined;
  readonly one: OneConversation | undefined;
}

async function answeredLeg(
  { agent, uri, near, one }: Called,
  scope: Scope,
  services: LineServices,
  user: BrowserCallUser,
): Promise<AnchoredLeg> {
  const { clock, signalling } = services;
  const ids = { leg: newLegId(clock.wall()), contact: newContactId(clock.wall()) };
  const leg = scope.use(
    await openAnchoredLeg(
      {
        media: {
          ...ids,
          listen: false,
          confidential: one?.browser !== false,
          overWebrtc: one?.browser !== false,
          towards: uri,
          ...(one?.record === undefined ? {} : { record: one.record }),
        },
        ...(near === undefined ? {} : { near }),
        over: scope.signal,
      },
      services,
      scope.signal,
    ),
  );
  const flowing = deferred<void>();
  leg.onEvent((event) => {
    if (event.type === 'rtp-began') flowing.resolve();
    if (event.type === 'rtp-lost' || event.type === 'failed') user.onGone(scope);
    if (event.type === 'quality' && event.mos !== undefined)
      user.onQuality({ mos: event.mos, loss: event.lost / Math.max(1, event.received + event.lost) });
  });
  const answer = await signalling.dial(
    { uri, localSdp: leg.localSdp, headers: one === undefined ? STANDING : AUTO, timeout: ANSWERS_WITHIN },
    scope.signal,
  );
  if (answer.outcome !== 'answered') {
    const { status } = answer;
    throw new IvrError('AGENT_UNREACHABLE', 'your browser does not answer: is its telephone registered?', {
      agent,
      status,
    });
  }
  const { dialog } = answer;
  scope.defer(() => dialog.bye());
  dialog.onOffer((sdp) => leg.modify(sdp));
  dialog.onEnd(() => user.onGone(scope));
  await leg.answered(dialog, dialog.remoteSdp);
  const heard = within(flowing.promise, HEARD_WITHIN, 'the microphone of an agent');
  await untilAborted(heard, scope.signal).catch((thrown: unknown) => {
    throw new IvrError('AGENT_UNREACHABLE', 'nothing is heard from your microphone', { agent }, thrown);
  });
  return leg;
}
