import type { Leg } from './leg.ts';
import { type PeerLeg, viewOf } from './peer-view.ts';
import { Switch } from './switch.ts';

/*
 * A FreeSWITCH 1.10.12 with mod_audio_fork as the captures show it: event socket both ways, the sofia profile
 * `drachtio_mrf`, RTP, the fork's WebSocket client. Strict: what the captures do not show, or what the real server would
 * have refused, is a violation.
 */

export interface FreeswitchPeerOptions {
  /** Of the event socket; default 'ClueCon'. */
  readonly password?: string;
  /** What `playback` finds, by absolute path: 8 kHz mono. */
  readonly sounds?: Readonly<Record<string, Int16Array>>;
  /** Of the frames that coalesce; default 1. */
  readonly seed?: number;
  /** How long the answer to a hold takes; default 40 ms (the captures: 250). */
  readonly holdAnswerMs?: number;
  /** Default 20 s. */
  readonly heartbeatMs?: number;
}

export interface FreeswitchPeer extends AsyncDisposable {
  readonly eventSocket: { readonly host: string; readonly port: number; readonly secret: string };
  readonly sip: { readonly host: string; readonly port: number };
  /** Channels that are up, oldest first. */
  readonly legs: readonly PeerLeg[];
  /** Channels since the beginning, those that are gone included. */
  readonly everyLeg: readonly PeerLeg[];
  /** Everything that applications said on event sockets. */
  readonly commands: readonly { readonly from: 'inbound' | 'channel'; readonly command: string }[];
  /** Event sockets that applications hold open towards us. */
  readonly inboundConnections: number;
  readonly dead: boolean;
  readonly violations: readonly string[];
  /** Takes the violations out, so that the end of the test does not fail: for a test that provokes them. */
  takeViolations(): readonly string[];
  /** The process dies (captures death-fs): every connection breaks at once, WebSockets with 1006, SIP falls silent. */
  kill(): Promise<void>;
  /** It is back on the same ports, and knows nothing. */
  restart(): Promise<void>;
  /** The next forks' connections fail: connect_failed. */
  failNextFork(count?: number): void;
  /** The next `times` api commands that match are answered so; no violation. */
  refuse(command: RegExp, answer?: string, times?: number): void;
  /** The next `times` INVITEs are refused. */
  refuseCalls(status: number, times?: number): void;
  /** The next `times` re-INVITEs are refused; their calls stay as they are. */
  refuseModifies(status: number, times?: number): void;
  /** Breaks the fork's connection under it: 1006 at the application, `disconnect` at the event socket. */
  dropFork(leg: PeerLeg | string, bugname?: string): void;
  /** FreeSWITCH itself hangs up. */
  hangUp(leg: PeerLeg | string, cause?: string): void;
  /** HEARTBEAT now. */
  heartbeat(): void;
  /** Waits until it holds; looks whenever something happens here. */
  until(satisfied: () => boolean, what: string, limitMs?: number): Promise<void>;
}

const HOST = '127.0.0.1';

export async function openFreeswitchPeer(options: FreeswitchPeerOptions = {}): Promise<FreeswitchPeer> {
  const { password = 'ClueCon', seed = 1, holdAnswerMs = 40, heartbeatMs = 20_000 } = options;
  const sounds = new Map(Object.entries(options.sounds ?? {}));
  const it = await Switch.open({ password, sounds, seed, holdAnswerMs, heartbeatMs });
  const { refusals, violations } = it;
  const find = (leg: PeerLeg | string): Leg => {
    const uuid = typeof leg === 'string' ? leg : leg.uuid;
    const found = it.leg(uuid);
    if (found === undefined) throw new Error(`no channel ${uuid}`);
    return found;
  };
  const close = async (): Promise<void> => {
    await it.close();
    if (violations.found.length > 0)
      throw new Error(`FreeSWITCH would not have had it so:\n${violations.found.join('\n')}`);
  };
  let disposing: Promise<void> | undefined;
  return {
    eventSocket: { host: HOST, port: it.eventPort, secret: password },
    sip: it.sip,
    get legs() {
      return it.legs().map(viewOf);
    },
    get everyLeg() {
      return it.every.map(viewOf);
    },
    commands: it.commands,
    get inboundConnections() {
      return it.inbound.size;
    },
    get dead() {
      return it.dead;
    },
    get violations() {
      return violations.found;
    },
    takeViolations: () => violations.take(),
    async kill() {
      if (!it.dead) await it.die();
    },
    async restart() {
      if (!it.dead) throw new Error('it is not dead');
      await it.restart();
    },
    failNextFork: (count = 1) => void (refusals.forks += count),
    refuse: (pattern, answer = '-ERR Operation Failed\n', times = 1) => refusals.command(pattern, answer, times),
    refuseCalls: (status, times = 1) => void refusals.calls.push(...Array.from({ length: times }, () => status)),
    refuseModifies: (status, times = 1) => void refusals.modifies.push(...Array.from({ length: times }, () => status)),
    dropFork(leg, bugname) {
      const { forks } = find(leg);
      const fork = bugname === undefined ? [...forks.values()][0] : forks.get(bugname);
      if (fork === undefined) throw new Error('no such fork');
      fork.drop();
    },
    hangUp(leg, cause = 'NORMAL_CLEARING') {
      const found = find(leg);
      found.soon(() => found.hangUp(cause, true));
    },
    heartbeat: () => it.beat(),
    until: (satisfied, what, limitMs = 10_000) => it.onlookers.until(satisfied, what, limitMs),
    [Symbol.asyncDispose]: () => (disposing ??= close()),
  };
}
