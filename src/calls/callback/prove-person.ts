import { turnId } from '../../domain/ids.ts';
import { ms } from '../../domain/units.ts';
import { deferred } from '../../lib/deferred.ts';
import type { EndpointEvent, PlaybackId } from '../../media/media-server.ts';
import type { CallServices } from '../call-services.ts';
import type { AnchoredLeg } from '../leg/anchored-leg.ts';
import type { CallInProgress } from '../live-call.ts';

/** `there`: they want to be connected. `silent`: perhaps an answering machine. */
export type Proof = 'there' | 'not-needed' | 'silent';

const THERE = '1';
const NOT_NEEDED = '2';
/** The greeting is said again after that. */
const AGAIN_AFTER = ms(3_000);

export interface SaidTo {
  readonly customer: AnchoredLeg;
  /** @returns the way to stop */
  readonly onEvent: (listener: (event: EndpointEvent) => void) => () => void;
}

/** Says something, to its end at the latest by `within`. */
export async function sayTo(
  { customer, onEvent }: SaidTo,
  text: string,
  { contact, services, scope }: Pick<CallInProgress, 'contact' | 'services' | 'scope'>,
  within: number,
): Promise<void> {
  if (scope.closed) return;
  const said = deferred<void>();
  let playback: PlaybackId | undefined;
  const stop = onEvent((event) => {
    if (event.type === 'playback-finished' && event.playback === playback) said.resolve();
  });
  playback = play(customer, text, contact, services);
  const cancel = services.clock.after(ms(within), () => said.resolve());
  const over = (): void => said.resolve();
  scope.signal.addEventListener('abort', over, { once: true });
  await said.promise;
  stop();
  cancel();
  scope.signal.removeEventListener('abort', over);
}

/**
 * Greets whoever has answered until they key that they are there; an answering machine never does.
 *
 * @param within - milliseconds
 */
export async function provePerson(
  { customer, onEvent }: SaidTo,
  greeting: string,
  call: Pick<CallInProgress, 'contact' | 'services' | 'scope'>,
  within: number,
): Promise<Proof> {
  const { contact, services, scope } = call;
  const { clock } = services;
  const proof = deferred<Proof>();
  let playback: PlaybackId | undefined;
  let again = (): void => undefined;
  const greet = (): void => void (playback = play(customer, greeting, contact, services));
  const stop = onEvent((event) => {
    if (event.type === 'playback-finished' && event.playback === playback) again = clock.after(AGAIN_AFTER, greet);
    if (event.type !== 'digit') return;
    if (event.digit === THERE) proof.resolve('there');
    if (event.digit === NOT_NEEDED) proof.resolve('not-needed');
  });
  const silent = (): void => proof.resolve('silent');
  const cancel = clock.after(ms(within), silent);
  scope.signal.addEventListener('abort', silent, { once: true });
  if (scope.closed) silent();
  else greet();
  try {
    return await proof.promise;
  } finally {
    stop();
    cancel();
    again();
    scope.signal.removeEventListener('abort', silent);
    if (playback !== undefined) customer.stop(playback);
  }
}

function play(
  leg: AnchoredLeg,
  text: string,
  contact: CallInProgress['contact'],
  { speech, dialogue }: Pick<CallServices, 'speech' | 'dialogue'>,
): PlaybackId {
  const { voice } = dialogue.disturbed;
  const clip = speech.say({
    text,
    language: dialogue.language,
    kind: 'static',
    ...(voice === undefined ? {} : { voice }),
  });
  return leg.play({ turn: turnId(contact, 0), clips: [clip], bargeIn: 'none' });
}
