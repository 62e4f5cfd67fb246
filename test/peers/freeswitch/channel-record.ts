import { randomUUID } from 'node:crypto';
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

const EXECUTE: Calling = ['switch_core_session.c', 'switch_core_session_exec', 2944];
const COMPLETE: Calling = ['switch_core_session.c', 'switch_core_session_exec', 2967];
const CALL_STATE: Calling = ['switch_channel.c', 'switch_channel_perform_set_callstate', 301];

const CALL_STATES: Readonly<Record<string, number>> = { ACTIVE: 4, HELD: 5, HANGUP: 7, UNHELD: 8 };
const micros = (): number => Date.now() * 1000;

export interface RecordSurroundings {
  readonly basics: EventBasics;
  fire(event: FiredEvent): void;
}

/** What a channel's events tell of it: states, times, variables, its partner. It has no audio. */
export class ChannelRecord {
  readonly variables: Map<string, string>;
  readonly #origin: ChannelOrigin;
  readonly #around: RecordSurroundings;
  readonly #codec: () => string;
  readonly #socketUuid = randomUUID();
  readonly #answered = micros();
  #state = 'CS_EXECUTE';
  #stateNumber = 4;
  #callState = 'ACTIVE';
  #hangupCause: string | undefined;
  #callUuid: string;
  #socketDone = false;
  #profile: { readonly source: string; readonly at: number } | undefined;
  #other: OtherLeg | undefined;
  #hangup = 0;
  #bridged = 0;
  #lastHold = 0;
  #holdAccumulated = 0;
  #told = false;
  #acknowledged = false;

  constructor(origin: ChannelOrigin, variables: Map<string, string>, around: RecordSurroundings, codec: () => string) {
    this.#origin = origin;
    this.variables = variables;
    this.#around = around;
    this.#codec = codec;
    this.#callUuid = origin.uuid;
  }

  get state(): string {
    return this.#state;
  }

  get callState(): string {
    return this.#callState;
  }

  /** The `socket` application is over. */
  get socketDone(): boolean {
    return this.#socketDone;
  }

  get otherType(): OtherLeg['type'] | undefined {
    return this.#other?.type;
  }

  facts(): ChannelFacts {
    const { uuid, name, caller, createdMicros: created, late } = this.#origin;
    return {
      uuid,
      callUuid: this.#callUuid,
      name,
      caller,
      state: this.#state,
      stateNumber: this.#stateNumber,
      callState: this.#callState,
      hangupCause: this.#hangupCause,
      codec: this.#codec(),
      times: {
        profileIndex: this.#profile === undefined ? 1 : 2,
        profile: this.#profile?.at ?? created,
        created,
        answered: this.#answered,
        progressMedia: late ? 0 : this.#answered,
        hangup: this.#hangup,
        bridged: this.#bridged,
        lastHold: this.#lastHold,
        holdAccumulated: this.#holdAccumulated,
      },
      bridgeProfile: this.#profile,
      other: this.#other,
      variables: this.variables,
    };
  }

  /** The application has its CHANNEL_DATA. */
  told(): void {
    this.#told = true;
    if (this.#acknowledged) this.#fillDialog();
  }

  /** The ACK came: the dialog's variables move to the end, after CHANNEL_DATA (capture main, first CHANNEL_EXECUTE). */
  acknowledged(): void {
    this.#acknowledged = true;
    if (this.#told) this.#fillDialog();
  }

  enter(state: string, number: number): void {
    this.#state = state;
    this.#stateNumber = number;
  }

  hold(): void {
    this.#setCallState('HELD');
    this.#lastHold = micros();
  }

  unhold(): void {
    this.#setCallState('UNHELD');
    this.#holdAccumulated += micros() - this.#lastHold;
  }

  activate(): void {
    this.#setCallState('ACTIVE');
  }

  /** Its events say `hangup` from here on, while the state's name is still the old one (capture main, last events). */
  endsBy(cause: string): void {
    this.#hangupCause = cause;
    this.#stateNumber = 10;
  }

  /** The last event of a channel. */
  hungUp(): void {
    this.enter('CS_HANGUP', 10);
    this.#hangup = micros();
    this.#setCallState('HANGUP');
  }

  /** A bridge was asked for (capture bridge): a new caller profile, the other leg, and the variables of both. */
  joins(other: ChannelRecord, type: OtherLeg['type'], at: number): void {
    const { uuid, name, createdMicros } = other.#origin;
    this.#profile = { source: `${Math.floor(at / 1e6)}:${randomUUID()}:uuid_br:${uuid}`, at };
    this.#other = { type, uuid, name, profile: at, created: createdMicros, answered: other.#answered };
    if (type === 'originatee') this.variables.set('uuid_bridge', uuid);
    this.move({
      bridge_channel: name,
      bridge_uuid: uuid,
      signal_bond: uuid,
      original_destination_number: 'drachtio',
      original_caller_id_name: type === 'originatee' ? 'unknown' : 'Unknown',
      transfer_history: this.#profile.source,
      transfer_source: this.#profile.source,
    });
  }

  /** Between the two: each leg's state is reset, and its `socket` application completes. */
  resets(): void {
    this.#stateNumber = 8;
    this.completeSocket();
  }

  /** The bridge is up; afterwards the second leg goes under the first one's name. */
  joined(other: ChannelRecord): void {
    this.enter('CS_SOFT_EXECUTE', 3);
    this.variables.delete('uuid_bridge');
    this.fireFull('CHANNEL_EXECUTE', EXECUTE, [
      ['Application', 'uuid_bridge'],
      ['Application-Data', other.#origin.uuid],
    ]);
    this.#bridged = micros();
    if (this.#other?.type === 'originatee') return;
    this.enter('CS_EXCHANGE_MEDIA', 5);
    this.#callUuid = other.#origin.uuid;
  }

  /** `park` as an application of the inline dialplan. */
  parks(): void {
    this.enter('CS_EXECUTE', 4);
    this.fireFull('CHANNEL_EXECUTE', EXECUTE, [
      ['Application', 'park'],
      ['Application-UUID', randomUUID()],
    ]);
  }

  /** CHANNEL_EXECUTE. */
  begin(app: string, arg: string, uuid: string): void {
    this.variables.delete('current_application_response');
    this.move({ current_loop: '1', total_loops: '1', current_application: app, current_application_data: arg });
    if (arg === '') this.variables.delete('current_application_data');
    this.fireFull('CHANNEL_EXECUTE', EXECUTE, [
      ['Application', app],
      ...(arg === '' ? [] : [['Application-Data', arg] as const]),
      ['Application-UUID', uuid],
    ]);
    if (arg !== '') this.move({ current_application_data: arg, current_application: app });
  }

  /** CHANNEL_EXECUTE_COMPLETE. */
  complete(app: string, arg: string, uuid: string, response = '_none_'): void {
    this.fireFull('CHANNEL_EXECUTE_COMPLETE', COMPLETE, [
      ['Application', app],
      ...(arg === '' ? [] : [['Application-Data', arg] as const]),
      ['Application-Response', response],
      ['Application-UUID', uuid],
    ]);
    this.#unloop();
  }

  completeSocket(): void {
    if (this.#socketDone) return;
    this.#socketDone = true;
    this.#unloop();
    this.complete('socket', `${this.#origin.eslOutbound} async full`, this.#socketUuid);
  }

  /** Without variables: DTMF, CHANNEL_CALLSTATE. */
  fire(name: string, calling: Calling, more: Headers): void {
    this.#around.fire({
      headers: [...this.#around.basics.headers(name, calling), ...channelHeaders(this.facts()), ...more],
    });
  }

  fireFull(name: string, calling: Calling, more: Headers, subclass?: string, body?: string): void {
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

  /** Sets variables anew, at the end. */
  move(entries: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(entries)) {
      this.variables.delete(name);
      this.variables.set(name, value);
    }
  }

  #fillDialog(): void {
    if (!this.#origin.late) this.move(dialogVariables(this.#origin));
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

  #unloop(): void {
    this.variables.delete('current_loop');
    this.variables.delete('total_loops');
  }
}
