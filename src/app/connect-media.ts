import type { Recorder } from '../recording/recorder.ts';
import type { EmbeddedSpeech } from '../speech/client/open-speech-service.ts';
import type { FrontEnd } from './open-front-end.ts';

/** Media workers hear, speak and send to the recorder by channels of their own; one that is lost is made anew. */
export function connectMedia(
  { media }: Pick<FrontEnd, 'media'>,
  speech: Pick<EmbeddedSpeech, 'openChannel' | 'onChannelNeeded'>,
  recorder: Pick<Recorder, 'openChannel' | 'onChannelNeeded'>,
): void {
  for (const [to, source] of [
    ['speech', speech],
    ['recorder', recorder],
  ] as const) {
    const connect = (): void => media.connect({ to, open: () => source.openChannel() });
    connect();
    source.onChannelNeeded(connect);
  }
}
