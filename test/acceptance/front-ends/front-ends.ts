import { join } from 'node:path';
import { silentLogger } from '../../../src/lib/logger.ts';
import { openEmbeddedSignalling } from '../../../src/sip-server/embedded-signalling.ts';
import { openFreeswitchPeer } from '../../peers/freeswitch/peer.ts';
import { DIALPLANS, type Settings } from '../../support/server-process.ts';
import { freePort } from '../../support/sipp.ts';
import { openTestApp, type TestApp } from '../../support/test-app.ts';

/*
 * The front ends that the acceptance tests run on. Real servers, when the environment says where they are:
 *   TELLERLINE_TEST_DRACHTIO=host:port:secret      the control connection of a drachtio-server that listens on UDP
 *   TELLERLINE_TEST_FREESWITCH=host:port:secret    the event socket of a FreeSWITCH with mod_audio_fork
 */

export interface FrontEnd extends AsyncDisposable {
  readonly bank: TestApp;
  /** Where callers send their SIP, and where that to the person comes from. */
  readonly sip: { readonly host: string; readonly port: number };
  /** The person's SIP port. */
  readonly personPort: number;
  /** What the peers saw that the real servers would not have taken. */
  violations(): readonly string[];
}

export interface FrontEndKind {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  /** @param set - over the settings of these tests */
  readonly openWith: (set?: Settings) => Promise<FrontEnd>;
}

/** The whole product on the dialplan of these tests; `close` ends what it stands on. */
export async function openChannel(
  set: Settings,
  violations: () => readonly string[],
  close: () => Promise<void>,
): Promise<FrontEnd> {
  const personPort = await freePort();
  let bank: TestApp;
  try {
    bank = await openTestApp({
      ears: true,
      set: {
        'dialplan.file': join(DIALPLANS, 'front-end.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:person@127.0.0.1:${personPort}`,
        ...set,
      },
    });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    bank,
    sip: bank.app.sip,
    personPort,
    violations,
    async [Symbol.asyncDispose]() {
      try {
        await bank[Symbol.asyncDispose]();
      } finally {
        await close();
      }
    },
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export const drachtioAt = ({ host, port, secret }: Address): Settings => ({
  'signalling.kind': 'drachtio',
  'signalling.servers': `${host}:${port}`,
  'signalling.secret': secret,
  'signalling.ledger': '',
});

export const freeswitchAt = ({ host, port, secret }: Address): Settings => ({
  'media.kind': 'freeswitch',
  'media.servers': `${host}:${port}`,
  'media.secret': secret,
  'media.listen_port': 0,
});

/** Our control server stands in for drachtio-server, the peer for FreeSWITCH. */
async function openOnPeers(set: Settings = {}): Promise<FrontEnd> {
  const sip = await openEmbeddedSignalling({ host: '127.0.0.1', port: 0, tcp: true }, silentLogger);
  const freeswitch = await openFreeswitchPeer();
  return openChannel(
    { ...drachtioAt(sip.control), ...freeswitchAt(freeswitch.eventSocket), ...set },
    () => freeswitch.violations,
    async () => {
      await sip.close();
      await freeswitch[Symbol.asyncDispose](); // throws when there were violations
    },
  );
}

function addressIn(name: string): Address | undefined {
  const [, host = '', port = '', secret = ''] = /^([^:]+):(\d+):(.+)$/.exec(process.env[name] ?? '') ?? [];
  return host === '' ? undefined : { host, port: Number(port), secret };
}
const drachtio = addressIn('TELLERLINE_TEST_DRACHTIO');
const freeswitch = addressIn('TELLERLINE_TEST_FREESWITCH');
const nothing = (): readonly string[] => [];
const done = (): Promise<void> => Promise.resolve();

export const FRONT_ENDS: readonly FrontEndKind[] = [
  { name: 'embedded', missing: undefined, openWith: (set = {}) => openChannel(set, nothing, done) },
  { name: 'drachtio protocol and FreeSWITCH peer', missing: undefined, openWith: openOnPeers },
  {
    name: 'real drachtio-server and FreeSWITCH',
    missing:
      drachtio !== undefined && freeswitch !== undefined
        ? undefined
        : 'not here: set TELLERLINE_TEST_DRACHTIO and TELLERLINE_TEST_FREESWITCH to host:port:secret',
    openWith: (set = {}) =>
      drachtio === undefined || freeswitch === undefined
        ? Promise.reject(new Error('no address'))
        : openChannel({ ...drachtioAt(drachtio), ...freeswitchAt(freeswitch), ...set }, nothing, done),
  },
];
