import { mixInto } from '../../../src/audio/mixer.ts';
import { assign } from './assign-variables.ts';
import { AudioFork, type ForkRequest } from './audio-fork.ts';
import type { Calling, ChannelFacts } from './channel-headers.ts';
import { ChannelRecord, type RecordSurroundings } from './channel-record.ts';
import type { ChannelOrigin } from './channel-variables.ts';
import { LegPlayback } from './leg-playback.ts';
import { mediaStatistics } from './media-statistics.ts';
import { FRAME, type RtpPort } from './rtp-port.ts';
import type { Violations } from './violations.ts';

/** What a leg needs of the server around it. */
export interface LegSurroundings extends RecordSurroundings {
  readonly violations: Violations;
  readonly sounds: ReadonlyMap<string, Int16Array>;
  readonly random: () => number;
  /** The channel is gone: its event socket is told and closed; `bye`: the far end has not said it itself. */
  ended(leg: Leg, bye: boolean): void;
  forkMayConnect(): boolean;
}

interface Execution {
  readonly app: string;
  readonly arg: string;
  readonly uuid: string;
}

const DTMF: Calling = ['switch_channel.c', 'switch_channel_dequeue_dtmf', 677];
const FORK: Calling = ['mod_audio_fork.c', 'responseHandler', 22];

/** One channel: what it executes and plays, its forks, its partner; 20 ms by 20 ms. */
export class Leg {
  readonly uuid: string;
  readonly origin: ChannelOrigin;
  readonly port: RtpPort;
  /** In the order of their start: a later one hears what an earlier one dubs (capture D). */
  readonly forks = new Map<string, AudioFork>();
  readonly #around: LegSurroundings;
  readonly #record: ChannelRecord;
  #queue: (() => void)[] = [];
  readonly #playback: LegPlayback;
  #partner: Leg | undefined;
  #left = new Int16Array(FRAME);
  ended = false;
  digitsHeard = 0;

  constructor(origin: ChannelOrigin, variables: Map<string, string>, port: RtpPort, around: LegSurroundings) {
    this.uuid = origin.uuid;
    this.origin = origin;
    this.port = port;
    this.#around = around;
    this.#record = new ChannelRecord(origin, variables, around, () => port.codec);
    this.#playback = new LegPlayback(this.#record, around.violations, around.sounds);
  }

  get variables(): Map<string, string> {
    return this.#record.variables;
  }

  get held(): boolean {
    return this.callState === 'HELD';
  }

  get state(): string {
    return this.#record.state;
  }

  get callState(): string {
    return this.#record.callState;
  }

  get partner(): Leg | undefined {
    return this.#partner;
  }

  /** It was bridged: it does not depend on its event socket any more. */
  get detached(): boolean {
    return this.#record.socketDone;
  }

  get playing(): string | undefined {
    return this.#playback.path;
  }

  facts(): ChannelFacts {
    return this.#record.facts();
  }

  told(): void {
    this.#record.told();
  }

  acknowledged(): void {
    this.#record.acknowledged();
  }

  /** `uuid_set_media_stats`: variables as in captures main, H2. */
  setMediaStatistics(): void {
    this.#record.move(mediaStatistics(this.port));
  }

  /** `sendmsg … execute`: done with the next frame, as in every capture some 20 ms after the answer. */
  execute(execution: Execution): void {
    this.#queue.push(() => this.#run(execution));
  }

  soon(work: () => void): void {
    this.#queue.push(work);
  }

  /** First half of 20 ms: what was asked for, and what the far end says. */
  hear(): void {
    const work = this.#queue;
    this.#queue = [];
    for (const each of work) if (!this.ended) each();
    this.#left = this.port.read();
  }

  /** Second half: what the far end hears. Taps stop on hold, the bot's audio goes on into nothing (capture H2). */
  speak(): void {
    const out = new Int16Array(FRAME);
    this.#playback.play(out);
    if (this.#partner !== undefined && !this.#partner.held) mixInto(out, this.#partner.#left);
    for (const fork of this.forks.values()) {
      if (!this.held) fork.tap(this.#left, out);
      fork.dub(out);
    }
    if (!this.held) this.port.write(out);
  }

  flush(): void {
    for (const fork of this.forks.values()) fork.flush();
  }

  digit(digit: string, duration: number): void {
    if (this.ended) return;
    this.digitsHeard++;
    this.#record.fire('DTMF', DTMF, [
      ['DTMF-Digit', digit],
      ['DTMF-Duration', String(duration)],
      ['DTMF-Source', 'RTP'],
    ]);
    // switch_ivr_bridge.c, audio_bridge_thread: digits go through a bridge
    this.#partner?.port.press(digit, duration);
  }

  /** Captures main, H2: HELD at once; after `unhold` UNHELD, then ACTIVE. */
  hold(on: boolean): void {
    if (on === this.held) return;
    if (on) this.#record.hold();
    else
      this.soon(() => {
        this.#record.unhold();
        this.#record.activate();
      });
  }

  /** `uuid_break`, and killAudio. */
  breakPlayback(): void {
    const interrupt = this.#playback.interruption();
    if (interrupt !== undefined) this.soon(interrupt);
  }

  /** False: the name is taken (mod_audio_fork.c start_capture, "bug %s already attached"). */
  startFork(request: ForkRequest): boolean {
    if (this.forks.has(request.bugname)) return false;
    const fork: AudioFork = new AudioFork(
      request,
      {
        fire: (event, body) => {
          if (!this.ended && this.forks.get(request.bugname) === fork)
            this.#record.fireFull('CUSTOM', FORK, [], `mod_audio_fork::${event}`, body);
        },
        breakPlayback: () => this.breakPlayback(),
      },
      this.#around.violations,
      this.#around.random,
    );
    this.forks.set(request.bugname, fork);
    fork.connect(!this.#around.forkMayConnect());
    return true;
  }

  stopFork(bugname: string, text: string | undefined): boolean {
    const fork = this.forks.get(bugname);
    if (fork === undefined) return false;
    this.forks.delete(bugname);
    fork.stop(text);
    return true;
  }

  /** Captures bridge, death-fs: first each leg's `socket` application completes, then both execute uuid_bridge. */
  bridge(other: Leg): void {
    const at = Date.now() * 1000;
    this.#record.joins(other.#record, 'originatee', at);
    other.#record.joins(this.#record, 'originator', at);
    for (const [leg, to] of [
      [this, other],
      [other, this],
    ] as const)
      leg.soon(() => {
        leg.#record.resets();
        leg.soon(() => leg.#join(to));
      });
  }

  /** `uuid_transfer <uuid> -both park inline`: mod_commands.c transfer_function; what is heard: capture B. */
  unbridge(): void {
    for (const leg of this.#partner === undefined ? [this] : [this, this.#partner])
      leg.soon(() => {
        leg.#partner = undefined;
        leg.#record.parks();
      });
  }

  /** By the far end's BYE, `uuid_kill`, or the loss of the application: no application runs. */
  hangUp(cause: string, bye: boolean): void {
    if (this.ended) return;
    if (this.held) this.#record.unhold();
    this.#record.endsBy(cause);
    this.#finish(bye);
  }

  /** Everything stops without a word. */
  die(): void {
    this.ended = true;
    for (const fork of this.forks.values()) fork.break();
    this.forks.clear();
    this.port.close();
  }

  #run({ app, arg, uuid }: Execution): void {
    const { violations } = this.#around;
    const record = this.#record;
    if (app === 'playback') return this.#playback.start(arg, uuid, this.#partner !== undefined);
    record.begin(app, arg, uuid);
    switch (app) {
      case 'set':
      case 'multiset':
        assign(app, arg, this.variables, violations);
        break;
      case 'record_session':
        break;
      case 'send_dtmf':
        // mod_dptools.c send_dtmf_function, as uuid_send_dtmf: no capture
        this.port.press(arg.replace(/@.*$/, ''), Number(/@(\d+)$/.exec(arg)?.[1] ?? 250) * 8);
        break;
      case 'hangup':
        // fsmrf says so to a channel that nobody waits for any more (mediaserver.js _onNewCall); mod_dptools.c
        if (arg !== '' && arg !== 'NO_ROUTE_DESTINATION') violations.noCapture(`hangup ${arg}`);
        if (this.held) record.unhold();
        record.endsBy(arg === '' ? 'NORMAL_CLEARING' : arg);
        if (this.#partner !== undefined) this.variables.set('last_bridge_role', record.otherType ?? '');
        record.complete(app, arg, uuid);
        return this.#finish(true);
      default:
        violations.noCapture(`execute ${app} ${arg}`);
    }
    record.complete(app, arg, uuid);
  }

  #join(to: Leg): void {
    // switch_ivr_bridge.c uuid_bridge_on_soft_execute: who waits for one that is down goes down too; no capture
    if (to.ended) return this.hangUp('DESTINATION_OUT_OF_ORDER', true);
    this.#record.joined(to.#record);
    this.#partner = to;
  }

  /** A playback that is under way gets no completion: at the application it never settles (FRONTENDS, trap 5). */
  #finish(bye: boolean): void {
    this.#playback.forget();
    this.#record.completeSocket();
    this.#record.hungUp();
    this.ended = true;
    for (const fork of this.forks.values()) fork.stop();
    const partner = this.#partner;
    this.#partner = undefined;
    if (partner !== undefined && partner.#partner === this) partner.#leftAlone();
    this.port.close();
    this.#around.ended(this, bye);
  }

  /** The other one left (captures bridge, B; either side: switch_ivr_bridge.c). Parking has no event (capture bridge). */
  #leftAlone(): void {
    this.#partner = undefined;
    if (this.variables.get('hangup_after_bridge') === 'true')
      return this.soon(() => this.hangUp('NORMAL_CLEARING', true));
    if (this.variables.get('park_after_bridge') !== 'true')
      this.#around.violations.noCapture('a bridge ends with neither park_after_bridge nor hangup_after_bridge');
    this.#record.enter('CS_PARK', 6);
  }
}
