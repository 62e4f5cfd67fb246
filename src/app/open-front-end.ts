import type { Config } from '../config/schema.ts';
import { parseServers } from '../config/servers.ts';
import type { ControlAddress } from '../drachtio/drachtio-srf.ts';
import type { BrowserTelephones } from '../http/browser/telephones.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { Scope } from '../lib/scope.ts';
import { browserTelephones } from './browser-telephones.ts';
import { drachtioLine } from './drachtio-line.ts';
import { embeddedLine } from './embedded-line.ts';
import { embeddedMedia } from './embedded-media.ts';
import { embeddedSip, keepsLadders } from './embedded-sip.ts';
import type { Line, Media, ReadLadder } from './front-end-parts.ts';
import { ownLedger } from './own-ledger.ts';
import type { Part } from './part.ts';
import { secretOf } from './secret-of.ts';

/** What the application and its operators see of a front end, whichever it is. */
export interface FrontEnd
  extends Pick<Line, 'signalling' | 'sip' | 'setAdmission'>,
    Pick<Media, 'media'>,
    AsyncDisposable {
  /** A part has died without which there is no line. */
  readonly failed: Promise<Error>;
  readonly parts: readonly Part[];
  /** Undefined: this server does not see the SIP messages, or keeps none. */
  readonly readLadder: ReadLadder | undefined;
  /** Undefined: browsers cannot call. */
  readonly browsers: BrowserTelephones | undefined;
}

/**
 * Opens the signalling and the media that the configuration names, in any combination.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID, CONTROL_PROTOCOL, MEDIA_SERVER_LOST, MEDIA_WORKER_LOST, MODEL_MISSING, STORAGE_FAILED
 */
export async function openFrontEnd(config: Config, logger: Logger): Promise<FrontEnd> {
  const scope = new Scope((error) => logger.error({}, 'a part of the front end did not close', error));
  try {
    const { ledger } = config.signalling;
    if (ledger !== '') scope.use(await ownLedger(ledger));
    let failed: Promise<Error> = new Promise(() => undefined);
    let control: readonly ControlAddress[];
    let openChannel: () => Promise<Line>;
    const more: Part[] = [];
    let readLadder: ReadLadder | undefined;
    let telephonesOf = (_warm: () => void): BrowserTelephones | undefined => undefined;
    if (config.signalling.kind === 'drachtio') {
      const secret = await secretOf('signalling', config.signalling);
      control = parseServers(config.signalling.servers).map(({ host, port }) => ({ host, port, secret }));
      openChannel = () => drachtioLine(config, control, secret, scope, logger);
    } else {
      // FreeSWITCH's legs need it before there is a line
      const embedded = await embeddedSip(config, scope, logger);
      more.push(...embedded.parts);
      failed = new Promise((resolve) => embedded.sip.onLost(resolve));
      const { sip, browserKey } = embedded;
      if (keepsLadders(config)) readLadder = (query) => sip.ladder(query);
      if (browserKey !== undefined)
        telephonesOf = (warm) => browserTelephones(config, sip, browserKey, warm, systemClock);
      control = [embedded.sip.control];
      openChannel = () => embeddedLine(config, embedded, scope, logger);
    }
    const media = await (config.media.kind === 'freeswitch'
      ? (await import('./freeswitch-media.ts')).freeswitchMedia(config, control, scope, logger)
      : embeddedMedia(config, scope, logger));
    const line = await openChannel();
    return {
      signalling: line.signalling,
      media: media.media,
      sip: line.sip,
      failed,
      setAdmission: (admission) => line.setAdmission(admission),
      readLadder,
      parts: [line.part, media.part, ...more],
      browsers: telephonesOf(() => media.warmWebrtc?.()),
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}
