import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type ApiWorld, runApi } from './api-commands.ts';
import { EventBasics } from './channel-headers.ts';
import { ChannelSocket } from './channel-socket.ts';
import { channelVariables } from './channel-variables.ts';
import type { EventListener, FiredEvent } from './event-listener.ts';
import { FrameClock } from './frame-clock.ts';
import { acceptInbound } from './inbound-socket.ts';
import { Leg, type LegSurroundings } from './leg.ts';
import { listen, portOf } from './listening.ts';
import { type PeerLeg, viewOf } from './peer-view.ts';
import { RtpPort } from './rtp-port.ts';
import { openSipSide, type SipCall } from './sip-side.ts';
import { Violations } from './violations.ts';

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
  const { password = 'ClueCon', holdAnswerMs = 40, heartbeatMs = 20_000 } = options;
  const violations = new Violations();
  const random = seeded(options.seed ?? 1);
  const sounds = new Map(Object.entries(options.sounds ?? {}));
  const every: Leg[] = [];
  const living = new Map<string, Leg>();
  const sockets = new Map<Leg, ChannelSocket>();
  /** Those that are only waiting for the application's end, too. */
  const open = new Set<ChannelSocket>();
  const calls = new Map<Leg, SipCall>();
  const inbound = new Set<EventListener>();
  const commands: { readonly from: 'inbound' | 'channel'; readonly command: string }[] = [];
  const refusals: { readonly pattern: RegExp; readonly answer: string; times: number }[] = [];
  const callRefusals: number[] = [];
  const modifyRefusals: number[] = [];
  const waiting = new Set<() => void>();
  let basics = new EventBasics(randomUUID());
  let startedAt = Date.now();
  let sessions = 0;
  let dead = false;
  let forksToFail = 0;

  const changed = (): void => {
    for (const look of waiting) look();
  };
  const fire = (event: FiredEvent): void => {
    for (const socket of sockets.values()) socket.listener.fire(event);
    for (const listener of inbound) listener.fire(event);
    changed();
  };
  const world: ApiWorld = {
    get basics() {
      return basics;
    },
    violations,
    get sip() {
      return sip.address;
    },
    get startedAt() {
      return startedAt;
    },
    get sessionsSinceStart() {
      return sessions;
    },
    leg: (uuid) => living.get(uuid),
    wasLeg: (uuid) => every.some((leg) => leg.uuid === uuid),
    legs: () => [...living.values()],
  };
  const note =
    (from: 'inbound' | 'channel') =>
    (command: string): void => {
      commands.push({ from, command });
      changed();
    };
  const api = (command: string): string => {
    const refusal = refusals.find(({ pattern, times }) => times > 0 && pattern.test(command));
    if (refusal === undefined) return runApi(command, world);
    refusal.times--;
    return refusal.answer;
  };
  const surroundings: LegSurroundings = {
    get basics() {
      return basics;
    },
    violations,
    sounds,
    random,
    fire,
    ended(leg, bye) {
      living.delete(leg.uuid);
      sockets.get(leg)?.finish();
      sockets.delete(leg);
      if (bye) calls.get(leg)?.bye();
      calls.delete(leg);
      changed();
    },
    forkMayConnect() {
      if (forksToFail === 0) return true;
      forksToFail--;
      return false;
    },
  };

  const clock = new FrameClock(
    () => living.size > 0,
    () => {
      const legs = [...living.values()];
      for (const leg of legs) leg.hear();
      for (const leg of legs) if (!leg.ended) leg.speak();
    },
    () => {
      for (const leg of living.values()) leg.flush();
      changed();
    },
  );

  const sip = await openSipSide({
    violations,
    dead: () => dead,
    refusal: () => callRefusals.shift(),
    modifyRefusal: () => modifyRefusals.shift(),
    holdAnswerMs,
    openPort: (uuid) =>
      RtpPort.open(Math.floor(random() * 0xffffffff), (digit, duration) =>
        living.get(uuid)?.soon(() => living.get(uuid)?.digit(digit, duration)),
      ),
    onChannel(call, origin, port) {
      const leg = new Leg(origin, channelVariables(origin), port, surroundings);
      call.channel = {
        acknowledged: () => leg.acknowledged(),
        hold: (on) => leg.hold(on),
        hungUp: () => leg.hangUp('NORMAL_CLEARING', false),
        variables: leg.variables,
      };
      sessions++;
      every.push(leg);
      living.set(leg.uuid, leg);
      calls.set(leg, call);
      const socket = new ChannelSocket(leg, {
        basics,
        violations,
        api,
        leg: world.leg,
        wasLeg: world.wasLeg,
        note: note('channel'),
        // FRONTENDS: our process dies and FreeSWITCH ends its leg; what was bridged stays
        onClosed: (closed, lost) => {
          open.delete(closed);
          if (!lost) return;
          sockets.delete(leg);
          if (!leg.detached) leg.hangUp('NORMAL_CLEARING', true);
        },
      });
      open.add(socket);
      sockets.set(leg, socket);
      clock.start();
      changed();
    },
  });

  const accept = (socket: Socket): void => {
    inbound.add(
      acceptInbound(socket, {
        password,
        violations,
        api,
        note: note('inbound'),
        onClosed: (listener) => {
          inbound.delete(listener);
          changed();
        },
      }),
    );
    changed();
  };

  let server = await listen(0, accept);
  const eventPort = portOf(server);
  const beat = (): void =>
    fire({
      headers: [
        ...basics.headers('HEARTBEAT', ['switch_core.c', 'send_heartbeat', 95]),
        ['Event-Info', 'System Ready'],
        ['Up-Time', '0 years, 0 days, 0 hours, 0 minutes, 40 seconds, 51 milliseconds, 320 microseconds'],
        ['FreeSWITCH-Version', '1.10.12-release+git~20240802T210227Z~a88d069d6f~64bit'],
        ['Uptime-msec', String(Date.now() - startedAt)],
        ['Session-Count', String(living.size)],
        ['Max-Sessions', '2000'],
        ['Session-Per-Sec', '200'],
        ['Session-Per-Sec-Last', '0'],
        ['Session-Per-Sec-Max', '1'],
        ['Session-Per-Sec-FiveMin', '1'],
        ['Session-Since-Startup', String(sessions)],
        ['Session-Peak-Max', String(living.size)],
        ['Session-Peak-FiveMin', String(living.size)],
        ['Idle-CPU', '92.366667'],
      ],
    });
  const beating = setInterval(beat, heartbeatMs);

  async function die(): Promise<void> {
    dead = true;
    clock.stop();
    for (const socket of open) socket.destroy();
    for (const listener of inbound) listener.destroy();
    for (const leg of living.values()) leg.die();
    for (const each of [sockets, calls, living]) each.clear();
    inbound.clear();
    sip.forget();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    changed();
  }
  const find = (leg: PeerLeg | string): Leg => {
    const uuid = typeof leg === 'string' ? leg : leg.uuid;
    const found = living.get(uuid);
    if (found === undefined) throw new Error(`no channel ${uuid}`);
    return found;
  };
  let disposing: Promise<void> | undefined;

  return {
    eventSocket: { host: HOST, port: eventPort, secret: password },
    sip: sip.address,
    get legs() {
      return [...living.values()].map(viewOf);
    },
    get everyLeg() {
      return every.map(viewOf);
    },
    commands,
    get inboundConnections() {
      return inbound.size;
    },
    get dead() {
      return dead;
    },
    get violations() {
      return violations.found;
    },
    takeViolations: () => violations.take(),
    async kill() {
      if (!dead) await die();
    },
    async restart() {
      if (!dead) throw new Error('it is not dead');
      server = await listen(eventPort, accept);
      basics = new EventBasics(randomUUID());
      startedAt = Date.now();
      sessions = 0;
      dead = false;
    },
    failNextFork(count = 1) {
      forksToFail += count;
    },
    refuse(pattern, answer = '-ERR Operation Failed\n', times = 1) {
      refusals.push({ pattern, answer, times });
    },
    refuseCalls(status, times = 1) {
      for (let n = 0; n < times; n++) callRefusals.push(status);
    },
    refuseModifies(status, times = 1) {
      for (let n = 0; n < times; n++) modifyRefusals.push(status);
    },
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
    heartbeat: beat,
    until: (satisfied, what, limitMs = 10_000) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (!satisfied()) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`the FreeSWITCH peer waited in vain for ${what}`));
        }, limitMs);
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]() {
      disposing ??= (async () => {
        clearInterval(beating);
        if (!dead) await die();
        await sip.close();
        if (violations.found.length > 0)
          throw new Error(`FreeSWITCH would not have had it so:\n${violations.found.join('\n')}`);
      })();
      return disposing;
    },
  };
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
