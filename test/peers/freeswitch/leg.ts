import { randomUUID } from 'node:crypto';
import { mixInto } from '../../../src/audio/mixer.ts';
import { AudioFork, type ForkRequest } from './audio-fork.ts';
import {
  type Calling,
  type ChannelFacts,
  channelHeaders,
  type EventBasics,
  type OtherLeg,
  variableHeaders,
} from './channel-headers.ts';
import { type ChannelOrigin, dialogVariables } from './channel-variables.ts';
import type { FiredEvent } from './event-listener.ts';
import type { Headers } from './event-text.ts';
import { FRAME, type RtpPort } from './rtp-port.ts';
import type { Violations } from './violations.ts';

/** What a leg needs of the server around it. */
export interface LegSurroundings {
  readonly basics: EventBasics;
  readonly violations: Violations;
  readonly sounds: ReadonlyMap<string, Int16Array>;
  readonly random: () => number;
  fire(event: FiredEvent): void;
  /** The channel is gone: its event socket is told and closed; `bye`: the far end has not said it itself. */
  ended(leg: Leg, bye: boolean): void;
  forkMayConnect(): boolean;
}

interface Playback {
  readonly path: string;
  readonly samples: Int16Array;
  readonly application: string;
  at: number;
}

interface Execution {
  readonly app: string;
  readonly arg: string;
  readonly uuid: string;
}

const EXECUTE: Calling = ['switch_core_session.c', 'switch_core_session_exec', 2944];
const COMPLETE: Calling = ['switch_core_session.c', 'switch_core_session_exec', 2967];
const CALL_STATE: Calling = ['switch_channel.c', 'switch_channel_perform_set_callstate', 301];
const DTMF: Calling = ['switch_channel.c', 'switch_channel_dequeue_dtmf', 677];
const FORK: Calling = ['mod_audio_fork.c', 'responseHandler', 22];
const PLAYBACK: Calling = ['switch_ivr_play_say.c', 'switch_ivr_play_file', 1700];

const CALL_STATES: Readonly<Record<string, number>> = { ACTIVE: 4, HELD: 5, HANGUP: 7, UNHELD: 8 };
const micros = (): number => Date.now() * 1000;

/** One channel: its state, what it plays, its forks, its partner; 20 ms by 20 ms. */
export class Leg {
  readonly uuid: string;
  readonly origin: ChannelOrigin;
  readonly port: RtpPort;
  readonly variables: Map<string, string>;
  /** In the order of their start: a later one hears what an earlier one dubs (capture D). */
  readonly forks = new Map<string, AudioFork>();
  readonly #around: LegSurroundings;
  readonly #socketUuid = randomUUID();
  readonly #createdMicros: number;
  readonly #answeredMicros: number;
  #state = 'CS_EXECUTE';
  #stateNumber = 4;
  #callState = 'ACTIVE';
  #hangupCause: string | undefined;
  #callUuid: string;
  #socketDone = false;
  #profile: { readonly source: string; readonly at: number } | undefined;
  #other: OtherLeg | undefined;
  #hangupMicros = 0;
  #bridgedMicros = 0;
  #lastHold = 0;
  #holdAccumulated = 0;
  #acknowledged = false;
  #queue: (() => void)[] = [];
  #playback: Playback | undefined;
  #partner: Leg | undefined;
  #left = new Int16Array(FRAME);
  ended = false;
  digitsHeard = 0;

  constructor(origin: ChannelOrigin, variables: Map<string, string>, port: RtpPort, around: LegSurroundings) {
    this.uuid = origin.uuid;
    this.origin = origin;
    this.variables = variables;
    this.port = port;
    this.#around = around;
    this.#callUuid = origin.uuid;
    this.#createdMicros = origin.createdMicros;
    this.#answeredMicros = micros();
  }

  get held(): boolean {
    return this.#callState === 'HELD';
  }

  get state(): string {
    return this.#state;
  }

  get callState(): string {
    return this.#callState;
  }

  get partner(): Leg | undefined {
    return this.#partner;
  }

  /** The `socket` application is over: the channel does not depend on its event socket any more. */
  get detached(): boolean {
    return this.#socketDone;
  }

  get playing(): string | undefined {
    return this.#playback?.path;
  }

  facts(): ChannelFacts {
    return {
      uuid: this.uuid,
      callUuid: this.#callUuid,
      name: this.origin.name,
      state: this.#state,
      stateNumber: this.#stateNumber,
      callState: this.#callState,
      hangupCause: this.#hangupCause,
      codec: this.port.codec,
      times: {
        profileIndex: this.#profile === undefined ? 1 : 2,
        profile: this.#profile?.at ?? this.#createdMicros,
        created: this.#createdMicros,
        answered: this.#answeredMicros,
        progressMedia: this.origin.late ? 0 : this.#answeredMicros,
        hangup: this.#hangupMicros,
        bridged: this.#bridgedMicros,
        lastHold: this.#lastHold,
        holdAccumulated: this.#holdAccumulated,
      },
      bridgeProfile: this.#profile,
      other: this.#other,
      variables: this.variables,
    };
  }

  /** The ACK came: the dialog's variables move to the end (capture main, first CHANNEL_EXECUTE). */
  acknowledged(): void {
    if (this.#acknowledged || this.origin.late) return;
    this.#acknowledged = true;
    this.#move(dialogVariables(this.origin));
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
    this.#play(out);
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
    this.#fire('DTMF', DTMF, [
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
    if (on) {
      this.#setCallState('HELD');
      this.#lastHold = micros();
    } else
      this.soon(() => {
        this.#unhold();
        this.#setCallState('ACTIVE');
      });
  }

  /** `uuid_break`, and killAudio; false: nothing was playing. */
  breakPlayback(): boolean {
    const playback = this.#playback;
    if (playback === undefined) return false;
    this.soon(() => this.#endPlayback(playback, 'break'));
    return true;
  }

  startFork(request: ForkRequest): boolean {
    // mod_audio_fork.c start_capture: "bug %s already attached"
    if (this.forks.has(request.bugname)) return false;
    const fork: AudioFork = new AudioFork(
      request,
      {
        fire: (event, body) => {
          if (!this.ended && this.forks.get(request.bugname) === fork)
            this.#fireFull('CUSTOM', FORK, [], `mod_audio_fork::${event}`, body);
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
    fork.flush();
    fork.stop(text);
    return true;
  }

  /** Captures bridge, death-fs: first each leg's `socket` application completes, then both execute uuid_bridge. */
  bridge(other: Leg): void {
    const at = micros();
    const sides = [
      { leg: this, to: other, type: 'originatee' as const },
      { leg: other, to: this, type: 'originator' as const },
    ];
    for (const { leg, to, type } of sides) {
      leg.#profile = { source: `${Math.floor(at / 1e6)}:${randomUUID()}:uuid_br:${to.uuid}`, at };
      leg.#other = {
        type,
        uuid: to.uuid,
        name: to.origin.name,
        profile: at,
        created: to.#createdMicros,
        answered: to.#answeredMicros,
      };
      if (type === 'originatee') leg.variables.set('uuid_bridge', to.uuid);
      leg.#move({
        bridge_channel: to.origin.name,
        bridge_uuid: to.uuid,
        signal_bond: to.uuid,
        original_destination_number: 'drachtio',
        original_caller_id_name: type === 'originatee' ? 'unknown' : 'Unknown',
        transfer_history: leg.#profile.source,
        transfer_source: leg.#profile.source,
      });
    }
    for (const { leg } of sides)
      leg.soon(() => {
        leg.#stateNumber = 8;
        leg.#completeSocket();
      });
    for (const { leg, to, type } of sides)
      leg.soon(() =>
        leg.soon(() => {
          if (to.ended) return leg.#park();
          leg.#enter('CS_SOFT_EXECUTE', 3);
          leg.variables.delete('uuid_bridge');
          leg.#fireFull('CHANNEL_EXECUTE', EXECUTE, [
            ['Application', 'uuid_bridge'],
            ['Application-Data', to.uuid],
          ]);
          leg.#partner = to;
          leg.#bridgedMicros = micros();
          if (type === 'originatee') return;
          leg.#enter('CS_EXCHANGE_MEDIA', 5);
          leg.#callUuid = to.uuid;
        }),
      );
  }

  /** `uuid_transfer <uuid> -both park inline`: mod_commands.c transfer_function; what is heard: capture B. */
  unbridge(): void {
    for (const leg of this.#partner === undefined ? [this] : [this, this.#partner])
      leg.soon(() => {
        leg.#partner = undefined;
        leg.#enter('CS_EXECUTE', 4);
        leg.#fireFull('CHANNEL_EXECUTE', EXECUTE, [
          ['Application', 'park'],
          ['Application-UUID', randomUUID()],
        ]);
      });
  }

  /** By the far end's BYE, `uuid_kill`, or the loss of the application: no application runs. */
  hangUp(cause: string, bye: boolean): void {
    if (this.ended) return;
    if (this.held) this.#unhold();
    this.#hangupCause = cause;
    this.#stateNumber = 10;
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
    const begin = (): void => {
      this.variables.delete('current_application_response');
      this.#loops();
      this.#move({ current_application: app, current_application_data: arg });
      if (arg === '') this.variables.delete('current_application_data');
      this.#fireExecute('CHANNEL_EXECUTE', EXECUTE, app, arg, uuid);
      if (arg !== '') this.#move({ current_application_data: arg, current_application: app });
    };
    switch (app) {
      case 'set':
      case 'multiset': {
        begin();
        // mod_dptools.c multiset: `^^<delimiter>` in front, else one space; only `set` has a capture (main)
        const separated =
          app === 'set' ? [arg] : arg.startsWith('^^') ? arg.slice(3).split(arg.charAt(2)) : arg.split(' ');
        for (const one of separated) {
          const [, name, value] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
          if (name === undefined || value === undefined) violations.add(`${app} ${arg}: no variable`);
          else if (value === '') this.variables.delete(name);
          else this.variables.set(name, value);
        }
        return this.#complete(app, arg, uuid, '_none_');
      }
      case 'record_session':
        begin();
        return this.#complete(app, arg, uuid, '_none_');
      case 'playback':
        return this.#startPlayback(arg, uuid, begin);
      case 'send_dtmf':
        // mod_dptools.c, as uuid_send_dtmf: no capture of the events, which are those of every application
        begin();
        this.port.press(arg.replace(/@.*$/, ''), Number(/@(\d+)$/.exec(arg)?.[1] ?? 250) * 8);
        return this.#complete(app, arg, uuid, '_none_');
      case 'hangup':
        if (arg !== '') violations.noCapture(`hangup ${arg}`);
        if (this.held) {
          begin();
          this.#unhold();
        } else begin();
        this.#hangupCause = arg === '' ? 'NORMAL_CLEARING' : arg;
        this.#stateNumber = 10;
        if (this.#partner !== undefined) this.variables.set('last_bridge_role', this.#other?.type ?? '');
        this.#complete(app, arg, uuid, '_none_');
        return this.#finish(true);
      default:
        violations.noCapture(`execute ${app} ${arg}`);
        begin();
        return this.#complete(app, arg, uuid, '_none_');
    }
  }

  #startPlayback(path: string, uuid: string, begin: () => void): void {
    const { violations, sounds } = this.#around;
    if (this.#playback !== undefined) violations.noCapture('playback while a playback is under way');
    if (this.#partner !== undefined) violations.noCapture('playback on a bridged channel');
    const samples = sounds.get(path);
    begin();
    if (samples === undefined) {
      if (!path.startsWith('/')) violations.noCapture(`playback ${path}`);
      this.variables.set('current_application_response', 'FILE NOT FOUND');
      return this.#complete('playback', path, uuid, 'FILE NOT FOUND');
    }
    this.#playback = { path, samples, application: uuid, at: 0 };
    this.#fireFull('PLAYBACK_START', PLAYBACK, [['Playback-File-Path', path]]);
  }

  #play(into: Int16Array): void {
    const playback = this.#playback;
    if (playback === undefined) return;
    if (playback.at >= playback.samples.length) return this.#endPlayback(playback, 'done');
    into.set(playback.samples.subarray(playback.at, playback.at + FRAME));
    playback.at += FRAME;
  }

  #endPlayback(playback: Playback, status: 'done' | 'break'): void {
    if (this.#playback !== playback) return;
    this.#playback = undefined;
    const samples = Math.min(playback.at, playback.samples.length);
    this.#move({
      playback_last_offset_pos: String(samples),
      playback_seconds: String(Math.round(samples / 8000)),
      playback_ms: String(Math.round(samples / 8)),
      playback_samples: String(samples),
    });
    this.#fireFull('PLAYBACK_STOP', PLAYBACK, [
      ['Playback-File-Path', playback.path],
      ['Playback-Status', status],
    ]);
    this.variables.set('current_application_response', 'FILE PLAYED');
    this.#complete('playback', playback.path, playback.application, 'FILE PLAYED');
  }

  #completeSocket(): void {
    if (this.#socketDone) return;
    this.#socketDone = true;
    this.#unloop();
    this.#fireComplete('socket', `${this.origin.eslOutbound} async full`, this.#socketUuid, '_none_');
  }

  /** A playback that is under way gets no completion: at the application it never settles (FRONTENDS, trap 5). */
  #finish(bye: boolean): void {
    this.#playback = undefined;
    this.#completeSocket();
    this.#enter('CS_HANGUP', 10);
    this.#hangupMicros = micros();
    this.#setCallState('HANGUP');
    this.ended = true;
    for (const fork of this.forks.values()) {
      fork.flush();
      fork.stop();
    }
    const partner = this.#partner;
    this.#partner = undefined;
    if (partner !== undefined && partner.#partner === this) partner.#leftAlone();
    this.port.close();
    this.#around.ended(this, bye);
  }

  /** The other one left: hangup_after_bridge, park_after_bridge (captures bridge, B). */
  #leftAlone(): void {
    this.#partner = undefined;
    if (this.variables.get('hangup_after_bridge') === 'true') this.soon(() => this.hangUp('NORMAL_CLEARING', true));
    else if (this.variables.get('park_after_bridge') === 'true') this.#park();
    else {
      this.#around.violations.noCapture('a bridge ends with neither park_after_bridge nor hangup_after_bridge');
      this.#park();
    }
  }

  /** No event: capture bridge, between the agent's hang-up and the next playback. */
  #park(): void {
    this.#enter('CS_PARK', 6);
  }

  #enter(state: string, number: number): void {
    this.#state = state;
    this.#stateNumber = number;
  }

  #unhold(): void {
    this.#setCallState('UNHELD');
    this.#holdAccumulated += micros() - this.#lastHold;
  }

  #setCallState(next: string): void {
    const before = this.#callState;
    this.#callState = next;
    this.#around.fire({
      headers: [
        ...this.#around.basics.headers('CHANNEL_CALLSTATE', CALL_STATE),
        ['Original-Channel-Call-State', before],
        ['Channel-Call-State-Number', String(CALL_STATES[next] ?? 0)],
        ...channelHeaders(this.facts()),
      ],
    });
  }

  #complete(app: string, arg: string, uuid: string, response: string): void {
    this.#fireComplete(app, arg, uuid, response);
    this.#unloop();
  }

  #fireExecute(name: string, calling: Calling, app: string, arg: string, uuid: string): void {
    this.#fireFull(name, calling, [
      ['Application', app],
      ...(arg === '' ? [] : [['Application-Data', arg] as const]),
      ['Application-UUID', uuid],
    ]);
  }

  #fireComplete(app: string, arg: string, uuid: string, response: string): void {
    this.#fireFull('CHANNEL_EXECUTE_COMPLETE', COMPLETE, [
      ['Application', app],
      ...(arg === '' ? [] : [['Application-Data', arg] as const]),
      ['Application-Response', response],
      ['Application-UUID', uuid],
    ]);
  }

  #fire(name: string, calling: Calling, more: Headers): void {
    this.#around.fire({
      headers: [...this.#around.basics.headers(name, calling), ...channelHeaders(this.facts()), ...more],
    });
  }

  #fireFull(name: string, calling: Calling, more: Headers, subclass?: string, body?: string): void {
    const facts = this.facts();
    this.#around.fire({
      headers: [
        ...this.#around.basics.headers(name, calling, subclass),
        ...channelHeaders(facts),
        ...variableHeaders(facts),
        ...more,
      ],
      ...(body === undefined ? {} : { body }),
    });
  }

  #loops(): void {
    this.#move({ current_loop: '1', total_loops: '1' });
  }

  #unloop(): void {
    this.variables.delete('current_loop');
    this.variables.delete('total_loops');
  }

  /** Sets variables anew, at the end. */
  #move(entries: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(entries)) {
      this.variables.delete(name);
      this.variables.set(name, value);
    }
  }
}
