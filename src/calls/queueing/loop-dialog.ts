import type { Endpoint } from '../../media/media-server.ts';
import type { Dialog } from '../../signalling/signalling.ts';

/** The dialog of a leg whose far end is another leg of ours: no SIP message is sent, and other media is offered to it directly. */
export const loopDialog = (peer: Pick<Endpoint, 'localSdp' | 'modify'>): Dialog => ({
  sipCallId: '',
  get remoteSdp() {
    return peer.localSdp;
  },
  onEnd: () => undefined,
  onOffer: () => undefined,
  onInfoDigit: () => undefined,
  reoffer: (localSdp) => peer.modify(localSdp),
  refer: () => Promise.resolve({ outcome: 'refused', status: 603 }),
  onRefer: () => undefined,
  bye: () => Promise.resolve(),
});
