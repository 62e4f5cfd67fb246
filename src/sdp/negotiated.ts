import type { FarAudio } from './far-audio.ts';
import type { Direction } from './session.ts';

/** The far end's stream, with what follows from it for us. */
export interface Negotiated extends Omit<FarAudio, 'index' | 'direction'> {
  /** What *we* may do. */
  readonly direction: Direction;
  /** The far end has put us on hold: it does not want to hear us. */
  readonly held: boolean;
}

export function negotiatedWith(far: FarAudio, ours: Direction): Negotiated {
  const weSend = may(far.direction, 'recv') && may(ours, 'send');
  const weReceive = may(far.direction, 'send') && may(ours, 'recv');
  const { index: _, ...stream } = far;
  return {
    ...stream,
    direction: weSend ? (weReceive ? 'sendrecv' : 'sendonly') : weReceive ? 'recvonly' : 'inactive',
    held: !may(far.direction, 'recv'),
  };
}

const may = (direction: Direction, what: 'send' | 'recv'): boolean =>
  direction.startsWith(what) || direction === 'sendrecv';
