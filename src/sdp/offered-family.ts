import { familyOf } from './far-audio.ts';
import { parseSdp } from './session.ts';

/** The address family that the first audio of an offer is to be sent to; undefined when it names a host, or nothing that can be read. */
export function offeredFamily(sdp: string): 'IP4' | 'IP6' | undefined {
  try {
    const session = parseSdp(sdp);
    const audio = session.media.find(({ kind, port }) => kind === 'audio' && port !== 0);
    return familyOf(audio?.host ?? session.host ?? '');
  } catch {
    return undefined; // whoever answers it says what is wrong
  }
}
