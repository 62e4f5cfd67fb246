import type { PhoneParts } from '../lab/phone/phone-call.ts';
import { openPhoneTape, type PhoneTape } from '../lab/phone/phone-tape.ts';
import type { CodecName } from '../domain/codec.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { openEmbeddedMediaServer } from '../media/embedded/embedded-media-server.ts';
import { openSignalling } from '../signalling/drachtio/signalling-srf.ts';
import { openEmbeddedSignalling } from '../sip-server/embedded-signalling.ts';
import { openSpeechService } from '../speech/client/open-speech-service.ts';
import type { SynthesizerName } from '../speech/synthesizer.ts';

export interface PhoneApp extends PhoneParts, AsyncDisposable {
  readonly sip: { readonly host: string; readonly port: number };
  readonly tape: PhoneTape;
}

export interface PhoneAppOptions {
  readonly host: string;
  /** SIP port; 0 for any. */
  readonly port: number;
  /** It speaks and understands, only speaks, or does neither (keys, waits and hangs up). */
  readonly speech: 'both' | 'voice' | 'none';
  /** Its voice. Default: the neural one. */
  readonly synthesizer?: SynthesizerName;
  /** The most wanted first. */
  readonly codecs?: readonly CodecName[];
}

/** The composition root of the scripted telephone. */
export async function openPhoneApp(
  { host, port, speech: speaks, synthesizer = 'neural-voice', codecs = ['PCMU', 'PCMA'] }: PhoneAppOptions,
  logger: Logger,
): Promise<PhoneApp> {
  const scope = new Scope((error) => logger.warn({}, 'a part of the telephone did not close', error));
  try {
    const tape = scope.use(openPhoneTape());
    const speech =
      speaks !== 'none'
        ? scope.use(
            await openSpeechService(
              {
                cacheDirectory: undefined,
                synthesizer,
                language: 'en-US',
                checkVoices: false, // the server has done so
                recognizer: speaks === 'both' ? 'whisper' : 'none',
                recognizers: 1,
                queueLimit: 64,
              },
              logger,
            ),
          )
        : undefined;
    const media = scope.use(
      await openEmbeddedMediaServer(
        {
          hosts: [host],
          portRange: { min: 0, max: 0 },
          workers: 1,
          rtpTimeoutMs: 15_000,
          codecs,
          voiceActivity: speaks === 'both' ? 'silero' : 'energy',
          inbandDtmf: false,
        },
        logger,
      ),
    );
    if (speech !== undefined) media.connect({ to: 'speech', open: () => speech.openChannel() });
    media.connect({ to: 'recorder', open: () => tape.openChannel() });
    const sip = scope.use(await openEmbeddedSignalling({ host, port, tcp: true }, logger));
    const signalling = scope.use(await openSignalling(sip.control, logger));
    const udp = sip.sipAddresses.find((address) => address.protocol === 'UDP') ?? { host, port };
    return {
      signalling,
      media,
      speech,
      clock: systemClock,
      tape,
      sip: { host: udp.host, port: udp.port },
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}
