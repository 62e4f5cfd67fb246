import type { NatPolicy } from '../../rtp/media-source.ts';
import type { MediaWorkerOptions } from '../engine/media-protocol.ts';

/** What the main thread gives an embedded media worker at its start. */
export interface EmbeddedWorkerOptions extends MediaWorkerOptions {
  readonly nat: NatPolicy;
}
