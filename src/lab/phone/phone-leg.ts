import { type ContactId, newLegId } from '../../domain/ids.ts';
import { mintRecording } from '../../domain/recording-origin.ts';
import { ms, type SharedMs } from '../../domain/units.ts';
import { type Clock, sharedNow } from '../../lib/clock.ts';
import type { Scope } from '../../lib/scope.ts';
import type { Endpoint, MediaServer, PlaybackId } from '../../media/media-server.ts';
import type { SpeechService } from '../../speech/speech-service.ts';
import { type FarEnd, type FarEndOptions, openFarEnd, phoneTurnPolicy } from './far-end.ts';

export interface PhoneLegOptions {
  readonly contact: ContactId;
  readonly language: string;
  /** The caller's offer; undefined when the offer is ours. */
  readonly remoteSdp: string | undefined;
}

export interface PhoneLegUser {
  onHeard: FarEndOptions['onHeard'];
  /** The far end began to speak. */
  onSpeech(at: SharedMs): void;
  onPlayed(playback: PlaybackId, outcome: 'spoken' | 'failed'): void;
  /** Nothing has come for so long, in milliseconds. */
  onLost(silent: number): void;
  onChange(): void;
}

/** Silence after which the telephone takes what it heard for a whole utterance. */
const INCOMPLETE = ms(600);

/** The telephone's media, with somebody who listens to what comes from the far end. */
export async function openPhoneLeg(
  { contact, language, remoteSdp }: PhoneLegOptions,
  {
    media,
    speech,
    clock,
    scope,
  }: {
    readonly media: MediaServer;
    readonly speech: SpeechService | undefined;
    readonly clock: Clock;
    readonly scope: Scope;
  },
  user: PhoneLegUser,
  signal: AbortSignal,
): Promise<{ readonly endpoint: Endpoint; readonly far: FarEnd }> {
  const endpoint = await media.createEndpoint(
    {
      leg: newLegId(clock.wall()),
      contact,
      listen: true,
      record: { ...mintRecording(clock.wall(), sharedNow()), track: 'customer' },
      ...(remoteSdp === undefined ? {} : { remoteSdp }),
    },
    signal,
  );
  scope.use(endpoint);
  const far = openFarEnd({
    endpoint,
    speech,
    language,
    clock,
    onHeard: (heard) => user.onHeard(heard),
    onChange: () => user.onChange(),
  });
  scope.defer(() => far.close());
  endpoint.listen(phoneTurnPolicy(INCOMPLETE));
  endpoint.onEvent((event) => {
    if (event.type === 'playback-finished')
      user.onPlayed(event.playback, event.because === 'failed' ? 'failed' : 'spoken');
    if (event.type === 'speech-began') user.onSpeech(event.at);
    if (event.type === 'rtp-lost') user.onLost(event.silent);
    far.onEvent(event);
    user.onChange();
  });
  return { endpoint, far };
}
