import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RtpPeer } from '../test/media/rtp-peer.ts';
import { type Line, Studio } from '../test/media/studio.ts';

/*
 * Strangers spray RTP at calls: whose leg do they take, and whose keys? Real sockets, one media worker; the strangers are
 * on the callers' own address, which is the worst place that a blind one can be.
 */

const quick = process.argv.includes('--quick');
const CALLS = quick ? 60 : 1_000;
const AT_ONCE = 50;
const RANGE = { min: 20_000, max: 29_998 };
const STREAM_MS = 2_600;
/** A caller behind a NAT: the address of its SDP is its own, its packets and its SIP messages come from elsewhere. */
const PRIVATE = { host: '10.99.0.7', port: 40_000 };

/** What strangers send to the ports of calls, before their callers do and while they do. */
interface Attack {
  readonly name: string;
  readonly early: (strangers: readonly RtpPeer[], ports: readonly number[]) => unknown;
  /** Every 20 ms. */
  readonly during: (
    strangers: readonly RtpPeer[],
    ports: readonly number[],
    lines: readonly Line[],
    tick: number,
  ) => unknown;
}

const whole = Array.from({ length: (RANGE.max - RANGE.min) / 2 + 1 }, (_, n) => RANGE.min + 2 * n);
const audio = new Uint8Array(160).fill(0x55);
const key = Uint8Array.of(9, 0x8a, 3, 0x20);

function shoot(strangers: readonly RtpPeer[], ports: readonly number[], packets: number): void {
  for (const stranger of strangers) shootOne(stranger, ports, packets);
}

function shootOne(stranger: RtpPeer, ports: readonly number[], packets: number): void {
  for (const port of ports) {
    stranger.target = { address: '127.0.0.1', port };
    for (let n = 0; n < packets; n++) {
      stranger.send(audio);
      stranger.send(key, { payloadType: 101, marker: true, advance: 0 });
    }
  }
}

const nothing = (): void => undefined;
const ATTACKS: readonly Attack[] = [
  {
    name: 'two packets to every port of the range, before the callers speak',
    early: (strangers) => shoot(strangers.slice(0, 1), whole, 2),
    during: nothing,
  },
  {
    name: 'a hundred packets at once to every call, five times a second',
    early: (strangers, ports) => shoot(strangers, ports, 50),
    during: (strangers, ports, _, tick) => tick % 10 === 0 && shoot(strangers, ports, 50),
  },
  {
    name: 'every 20 ms to every call, as fast as people speak',
    early: nothing,
    during: (strangers, ports) => shoot(strangers.slice(0, 1), ports, 1),
  },
  {
    name: 'the same, with the callers’ own SSRC and sequence numbers',
    early: nothing,
    during: ([one], ports, lines) => {
      if (one === undefined) return;
      for (const [n, port] of ports.entries()) {
        const { ssrc, sequence, timestamp } = lines[n]?.peer ?? { ssrc: 0, sequence: 0, timestamp: 0 };
        shootOne(Object.assign(one, { ssrc, sequence, timestamp }), [port], 1);
      }
    },
  },
];

interface Figures {
  readonly attack: string;
  readonly calls: number;
  readonly taken: number;
  readonly packetsToStrangers: number;
  readonly keysOfStrangers: number;
  readonly keysLost: number;
  readonly shot: number;
}

async function wave(attack: Attack): Promise<Figures> {
  await using studio = await Studio.open({ portRange: RANGE });
  const lines = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, n) =>
      studio.line(n % 2 === 0 ? {} : { sdp: PRIVATE, signalling: '127.0.0.1' }),
    ),
  );
  const ports = lines.map(({ endpoint }) => Number(/m=audio (\d+)/.exec(endpoint.localSdp)?.[1]));
  const strangers = [await studio.peer(), await studio.peer(), await studio.peer()];
  attack.early(strangers, ports);
  await studio.settled();
  for (const { peer } of lines) peer.idle();
  await new Promise((resolve) => setTimeout(resolve, 200));
  let tick = 0;
  const timer = setInterval(() => attack.during(strangers, ports, lines, tick++), 20);
  await new Promise((resolve) => setTimeout(resolve, STREAM_MS));
  for (const { peer } of lines) peer.quiet();
  await Promise.all(lines.map(({ peer }) => peer.press('1')));
  clearInterval(timer);
  await studio.settled();
  const keys = lines.flatMap((line) => line.all('digit').map(({ digit }) => digit));
  return {
    attack: attack.name,
    calls: lines.length,
    taken: lines.filter((line) => line.all('source-changed').length > 0).length,
    packetsToStrangers: strangers.reduce((sum, { received }) => sum + received.length, 0),
    keysOfStrangers: keys.filter((digit) => digit !== '1').length,
    keysLost: lines.length - keys.filter((digit) => digit === '1').length,
    shot: strangers.reduce((sum, { sent }) => sum + sent, 0),
  };
}

const waves: Figures[] = [];
for (let calls = 0; calls < CALLS; calls += AT_ONCE) {
  const attack = ATTACKS[(calls / AT_ONCE) % ATTACKS.length];
  if (attack !== undefined) waves.push(await wave(attack));
}
const sum = (of: readonly Figures[], what: (one: Figures) => number): number =>
  of.reduce((total, one) => total + what(one), 0);
const rows = [...ATTACKS.map(({ name }) => name), 'all'].map((attack) => {
  const of = attack === 'all' ? waves : waves.filter((one) => one.attack === attack);
  return {
    attack,
    calls: sum(of, ({ calls }) => calls),
    shot: sum(of, ({ shot }) => shot),
    taken: sum(of, ({ taken }) => taken),
    'packets to strangers': sum(of, ({ packetsToStrangers }) => packetsToStrangers),
    'strangers’ keys heard': sum(of, ({ keysOfStrangers }) => keysOfStrangers),
    'callers’ keys lost': sum(of, ({ keysLost }) => keysLost),
  };
});
console.table(rows);
if (process.argv.includes('--reference'))
  writeFileSync(join('bench', 'results', 'reference-spray.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
const all = rows.at(-1);
process.exitCode = all !== undefined && all.taken === 0 && all['strangers’ keys heard'] === 0 ? 0 : 1;
