import { readdirSync, readFileSync } from 'node:fs';

/*
 * Which front end the parts measure: ours; or, when TELLERLINE_TEST_DRACHTIO and TELLERLINE_TEST_FREESWITCH give host:port:secret
 * of their control connection and event socket, drachtio-server and FreeSWITCH that run on this machine.
 */

/** At its limits the embedded one is searched; of the others we want to know what they cost. */
export interface FrontEnd {
  readonly name: string;
  readonly real: boolean;
  /** Keys that go before those of the bench. */
  readonly configuration: (ledger: string) => string;
  /** How many more calls at a time; at most; at least, even if they come late. */
  readonly calls: { readonly step: number; readonly most: number; readonly least: number };
  readonly dialsPerSecond: number;
  readonly setupsPerSecond: { readonly idle: number; readonly rates: readonly number[] };
}

const drachtio = addressIn('TELLERLINE_TEST_DRACHTIO');
const freeswitch = addressIn('TELLERLINE_TEST_FREESWITCH');

const EMBEDDED: FrontEnd = {
  name: 'embedded',
  real: false,
  configuration: (ledger) => `signalling: { ledger: ${ledger} }`,
  calls: { step: 50, most: 500, least: 150 },
  dialsPerSecond: 25,
  setupsPerSecond: { idle: 10, rates: [50, 100, 150, 200, 250, 300] },
};

export const FRONT_END: FrontEnd =
  drachtio === undefined || freeswitch === undefined
    ? EMBEDDED
    : {
        name: 'drachtio-server and FreeSWITCH',
        real: true,
        configuration: () => `
signalling: { kind: drachtio, servers: '${drachtio.at}', secret: '${drachtio.secret}', ledger: '' }
media: { kind: freeswitch, servers: '${freeswitch.at}', secret: '${freeswitch.secret}' }`,
        calls: { step: 20, most: 60, least: 60 },
        dialsPerSecond: 5,
        setupsPerSecond: { idle: 2, rates: [5, 10, 20] },
      };

/** Processes of this machine that belong to the front end, and are not ours. */
export function neighbours(): { readonly name: string; readonly pids: readonly number[] }[] {
  if (!FRONT_END.real) return [];
  const named = (comm: string): number[] =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && nameOf(entry) === comm)
      .map(Number);
  return ['freeswitch', 'drachtio'].map((name) => ({ name, pids: named(name) }));
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function addressIn(name: string): { readonly at: string; readonly secret: string } | undefined {
  const [, at = '', secret = ''] = /^([^:]+:\d+):(.+)$/.exec(process.env[name] ?? '') ?? [];
  return at === '' ? undefined : { at, secret };
}
