import { randomUUID } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { type ApiWorld, runApi } from './api-commands.ts';
import { EventBasics } from './channel-headers.ts';
import { ChannelSocket } from './channel-socket.ts';
import { type ChannelOrigin, channelVariables } from './channel-variables.ts';
import type { EventListener, FiredEvent } from './event-listener.ts';
import { FrameClock } from './frame-clock.ts';
import { heartbeatOf } from './heartbeat.ts';
import { acceptInbound } from './inbound-socket.ts';
import { Leg, type LegSurroundings } from './leg.ts';
import { listen, portOf } from './listening.ts';
import { Onlookers } from './onlookers.ts';
import { Refusals } from './refusals.ts';
import { RtpPort } from './rtp-port.ts';
import { seeded } from '../../support/seeded.ts';
import type { SipCall } from './sip-call.ts';
import { SipSide } from './sip-side.ts';
import { Violations } from './violations.ts';

export interface SwitchOptions {
  readonly password: string;
  readonly sounds: ReadonlyMap<string, Int16Array>;
  readonly seed: number;
  readonly holdAnswerMs: number;
  readonly heartbeatMs: number;
}

/** The process: its channels, their sockets and calls, and who listens. */
export class Switch implements ApiWorld, LegSurroundings {
  readonly violations = new Violations();
  readonly refusals = new Refusals();
  readonly onlookers = new Onlookers();
  /** Since the beginning. */
  readonly every: Leg[] = [];
  readonly living = new Map<string, Leg>();
  readonly inbound = new Set<EventListener>();
  readonly commands: { readonly from: 'inbound' | 'channel'; readonly command: string }[] = [];
  readonly #options: SwitchOptions;
  readonly random: () => number;
  readonly #sockets = new Map<Leg, ChannelSocket>();
  /** Those that are only waiting for the application's end, too. */
  readonly #open = new Set<ChannelSocket>();
  readonly #calls = new Map<Leg, SipCall>();
  readonly #clock: FrameClock;
  readonly #beating: NodeJS.Timeout;
  #sip: SipSide | undefined;
  #server: Server | undefined;
  #eventPort = 0;
  basics = new EventBasics(randomUUID());
  startedAt = Date.now();
  sessionsSinceStart = 0;
  dead = false;

  constructor(options: SwitchOptions) {
    this.#options = options;
    this.random = seeded(options.seed);
    this.#beating = setInterval(() => this.beat(), options.heartbeatMs);
    this.#clock = new FrameClock(
      () => this.living.size > 0,
      () => this.#pass(),
      () => {
        for (const leg of this.living.values()) leg.flush();
        this.onlookers.changed();
      },
    );
  }

  static async open(options: SwitchOptions): Promise<Switch> {
    const it = new Switch(options);
    it.#sip = await SipSide.open({
      violations: it.violations,
      dead: () => it.dead,
      refusal: () => it.refusals.calls.shift(),
      modifyRefusal: () => it.refusals.modifies.shift(),
      holdAnswerMs: options.holdAnswerMs,
      openPort: (uuid) =>
        RtpPort.open(Math.floor(it.random() * 0xffffffff), (digit, duration) =>
          it.leg(uuid)?.soon(() => it.leg(uuid)?.digit(digit, duration)),
        ),
      onChannel: (call, origin, port) => it.#begin(call, origin, port),
    });
    it.#server = await listen(0, it.#accept);
    it.#eventPort = portOf(it.#server);
    return it;
  }

  get sip(): SipSide['address'] {
    return this.#sip?.address ?? { host: '', port: 0 };
  }

  get eventPort(): number {
    return this.#eventPort;
  }

  get sounds(): ReadonlyMap<string, Int16Array> {
    return this.#options.sounds;
  }

  readonly leg = (uuid: string): Leg | undefined => this.living.get(uuid);
  readonly wasLeg = (uuid: string): boolean => this.every.some((leg) => leg.uuid === uuid);
  readonly legs = (): readonly Leg[] => [...this.living.values()];
  readonly forkMayConnect = (): boolean => !this.refusals.takeFork();

  readonly fire = (event: FiredEvent): void => {
    for (const socket of this.#sockets.values()) socket.listener.fire(event);
    for (const listener of this.inbound) listener.fire(event);
    this.onlookers.changed();
  };

  beat(): void {
    const { basics, startedAt, sessionsSinceStart: sessions } = this;
    this.fire(heartbeatOf({ basics, startedAt, channels: this.living.size, sessions }));
  }

  async die(): Promise<void> {
    this.dead = true;
    this.#clock.stop();
    for (const socket of this.#open) socket.destroy();
    for (const listener of this.inbound) listener.destroy();
    for (const leg of this.living.values()) leg.die();
    for (const each of [this.#sockets, this.#calls, this.living]) each.clear();
    this.inbound.clear();
    this.#sip?.forget();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    this.onlookers.changed();
  }

  /** On the same ports, and knows nothing. */
  async restart(): Promise<void> {
    this.#server = await listen(this.#eventPort, this.#accept);
    this.basics = new EventBasics(randomUUID());
    this.startedAt = Date.now();
    this.sessionsSinceStart = 0;
    this.dead = false;
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    if (!this.dead) await this.die();
    await this.#sip?.close();
  }

  #pass(): void {
    const legs = this.legs();
    for (const leg of legs) leg.hear();
    for (const leg of legs) if (!leg.ended) leg.speak();
  }

  #note(from: 'inbound' | 'channel'): (command: string) => void {
    return (command) => {
      this.commands.push({ from, command });
      this.onlookers.changed();
    };
  }

  readonly #api = (command: string): string => this.refusals.answerTo(command) ?? runApi(command, this);

  ended(leg: Leg, bye: boolean): void {
    this.living.delete(leg.uuid);
    this.#sockets.get(leg)?.finish();
    this.#sockets.delete(leg);
    if (bye) this.#calls.get(leg)?.bye();
    this.#calls.delete(leg);
    this.onlookers.changed();
  }

  #begin(call: SipCall, origin: ChannelOrigin, port: RtpPort): void {
    const leg = new Leg(origin, channelVariables(origin), port, this);
    call.channel = {
      acknowledged: () => leg.acknowledged(),
      hold: (on) => leg.hold(on),
      hungUp: () => leg.hangUp('NORMAL_CLEARING', false),
      variables: leg.variables,
    };
    this.sessionsSinceStart++;
    this.every.push(leg);
    this.living.set(leg.uuid, leg);
    this.#calls.set(leg, call);
    const socket = new ChannelSocket(leg, {
      basics: this.basics,
      violations: this.violations,
      api: this.#api,
      leg: this.leg,
      wasLeg: this.wasLeg,
      note: this.#note('channel'),
      // our process dies and FreeSWITCH ends its leg; what was bridged stays
      onClosed: (closed, lost) => {
        this.#open.delete(closed);
        if (!lost) return;
        this.#sockets.delete(leg);
        if (!leg.detached) leg.hangUp('NORMAL_CLEARING', true);
      },
    });
    this.#open.add(socket);
    this.#sockets.set(leg, socket);
    this.#clock.start();
    this.onlookers.changed();
  }

  readonly #accept = (socket: Socket): void => {
    const { password } = this.#options;
    this.inbound.add(
      acceptInbound(socket, {
        password,
        violations: this.violations,
        api: this.#api,
        note: this.#note('inbound'),
        onClosed: (listener) => {
          this.inbound.delete(listener);
          this.onlookers.changed();
        },
      }),
    );
    this.onlookers.changed();
  };
}
