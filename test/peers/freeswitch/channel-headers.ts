/* Header names and their order are those of captures esl-outbound-main, -bridge and -H2. */

type Header = readonly [name: string, value: string];

/** What a channel's events say of it. */
export interface ChannelFacts {
  readonly uuid: string;
  /** The UUID of the leg that bridged us, once we were the second of a bridge. */
  readonly callUuid: string;
  readonly name: string;
  /** Who called, by From's user part. */
  readonly caller: { readonly user: string; readonly display: string | undefined } | undefined;
  readonly state: string;
  readonly stateNumber: number;
  readonly callState: string;
  readonly hangupCause: string | undefined;
  readonly codec: string;
  readonly times: ChannelTimes;
  readonly bridgeProfile: { readonly source: string } | undefined;
  readonly other: OtherLeg | undefined;
  readonly variables: ReadonlyMap<string, string>;
}

export interface ChannelTimes {
  readonly profileIndex: number;
  readonly profile: number;
  readonly created: number;
  readonly answered: number;
  readonly progressMedia: number;
  readonly hangup: number;
  readonly bridged: number;
  readonly lastHold: number;
  readonly holdAccumulated: number;
}

export interface OtherLeg {
  readonly type: 'originator' | 'originatee';
  readonly uuid: string;
  readonly name: string;
  readonly profile: number;
  readonly created: number;
  readonly answered: number;
}

/** Where in FreeSWITCH an event comes from: file, function, line. */
export type Calling = readonly [file: string, from: string, line: number];

const stamp = (wall: number): { readonly local: string; readonly gmt: string } => {
  const date = new Date(wall);
  return { local: date.toISOString().slice(0, 19).replace('T', ' '), gmt: date.toUTCString() };
};

/** What every event begins with. */
export class EventBasics {
  readonly coreUuid: string;
  #sequence = 500;

  constructor(coreUuid: string) {
    this.coreUuid = coreUuid;
  }

  headers(name: string, [file, from, line]: Calling, subclass?: string): Header[] {
    const wall = Date.now();
    const { local, gmt } = stamp(wall);
    return [
      ...(subclass === undefined ? [] : [['Event-Subclass', subclass] as const]),
      ['Event-Name', name],
      ['Core-UUID', this.coreUuid],
      ['FreeSWITCH-Hostname', 'vm'],
      ['FreeSWITCH-Switchname', 'fs-loop'],
      ['FreeSWITCH-IPv4', '192.0.2.2'],
      ['FreeSWITCH-IPv6', 'fd00::2'],
      ['Event-Date-Local', local],
      ['Event-Date-GMT', gmt],
      ['Event-Date-Timestamp', String(wall * 1000)],
      ['Event-Calling-File', file],
      ['Event-Calling-Function', from],
      ['Event-Calling-Line-Number', String(line)],
      ['Event-Sequence', String(this.#sequence++)],
    ];
  }
}

/** The caller profile, under `Caller-` in events and under `Channel-` too in the first answer. */
export function profileHeaders(prefix: string, facts: ChannelFacts): Header[] {
  const { times, bridgeProfile, caller } = facts;
  const callerName = caller?.display ?? caller?.user ?? 'unknown';
  const named = (name: string, value: string | number): Header => [`${prefix}-${name}`, String(value)];
  return [
    named('Direction', 'inbound'),
    named('Logical-Direction', 'inbound'),
    // with a user in From: switch_caller.c switch_caller_profile_event_set_data; no capture
    ...(caller === undefined ? [] : [named('Username', caller.user)]),
    named('Dialplan', 'XML'),
    named('Caller-ID-Name', callerName),
    ...(caller === undefined ? [] : [named('Caller-ID-Number', caller.user)]),
    named('Orig-Caller-ID-Name', callerName),
    ...(caller === undefined ? [] : [named('Orig-Caller-ID-Number', caller.user)]),
    ...(bridgeProfile === undefined ? [] : [named('Callee-ID-Name', 'unknown')]),
    named('Network-Addr', '127.0.0.1'),
    ...(caller === undefined ? [] : [named('ANI', caller.user)]),
    named('Destination-Number', 'drachtio'),
    named('Unique-ID', facts.uuid),
    named('Source', 'mod_sofia'),
    ...(bridgeProfile === undefined ? [] : [named('Transfer-Source', bridgeProfile.source)]),
    named('Context', 'mrf'),
    named('Channel-Name', facts.name),
    named('Profile-Index', times.profileIndex),
    named('Profile-Created-Time', times.profile),
    named('Channel-Created-Time', times.created),
    named('Channel-Answered-Time', times.answered),
    named('Channel-Progress-Time', 0),
    named('Channel-Progress-Media-Time', times.progressMedia),
    named('Channel-Hangup-Time', times.hangup),
    named('Channel-Transfer-Time', 0),
    named('Channel-Resurrect-Time', 0),
    named('Channel-Bridged-Time', times.bridged),
    named('Channel-Last-Hold', times.lastHold),
    named('Channel-Hold-Accum', times.holdAccumulated),
    named('Screen-Bit', 'true'),
    named('Privacy-Hide-Name', 'false'),
    named('Privacy-Hide-Number', 'false'),
  ];
}

/** State, codecs, caller profile, the other leg: all of a DTMF or CHANNEL_CALLSTATE event but its own headers. */
export function channelHeaders(facts: ChannelFacts): Header[] {
  return [
    ['Channel-State', facts.state],
    ['Channel-Call-State', facts.callState],
    ['Channel-State-Number', String(facts.stateNumber)],
    ['Channel-Name', facts.name],
    ['Unique-ID', facts.uuid],
    ['Call-Direction', 'inbound'],
    ['Presence-Call-Direction', 'inbound'],
    ['Channel-HIT-Dialplan', 'true'],
    ['Channel-Call-UUID', facts.callUuid],
    ['Answer-State', facts.hangupCause === undefined ? 'answered' : 'hangup'],
    ...(facts.hangupCause === undefined ? [] : [['Hangup-Cause', facts.hangupCause] as const]),
    ...(['Read', 'Write'] as const).flatMap((side): Header[] => [
      [`Channel-${side}-Codec-Name`, facts.codec],
      [`Channel-${side}-Codec-Rate`, '8000'],
      [`Channel-${side}-Codec-Bit-Rate`, '64000'],
    ]),
    ...profileHeaders('Caller', facts),
    ...(facts.other === undefined ? [] : otherHeaders(facts.other)),
  ];
}

/** And the variables: CHANNEL_EXECUTE, PLAYBACK_…, CUSTOM events have them. */
export const variableHeaders = (facts: ChannelFacts): Header[] =>
  [...facts.variables].map(([name, value]) => [`variable_${name}`, value] as const);

function otherHeaders(other: OtherLeg): Header[] {
  // capture bridge: the second leg came without caller, the first one names it 'Unknown'
  const originatee = other.type === 'originatee';
  const named = (name: string, value: string | number): Header => [`Other-Leg-${name}`, String(value)];
  return [
    ['Other-Type', other.type],
    named('Direction', 'inbound'),
    named('Logical-Direction', 'inbound'),
    named('Dialplan', 'XML'),
    named('Caller-ID-Name', originatee ? 'Unknown' : 'unknown'),
    ...(originatee ? [named('Caller-ID-Number', 'Unknown')] : []),
    named('Orig-Caller-ID-Name', 'unknown'),
    ...(originatee ? [named('Callee-ID-Name', 'unknown')] : []),
    named('Network-Addr', '127.0.0.1'),
    named('Destination-Number', 'drachtio'),
    named('Unique-ID', other.uuid),
    named('Source', 'mod_sofia'),
    named('Context', 'mrf'),
    named('Channel-Name', other.name),
    named('Profile-Created-Time', originatee ? other.profile : 0),
    named('Channel-Created-Time', originatee ? other.created : 0),
    named('Channel-Answered-Time', originatee ? other.answered : 0),
    ...['Progress-Time', 'Progress-Media-Time', 'Hangup-Time', 'Transfer-Time', 'Resurrect-Time', 'Bridged-Time'].map(
      (name) => named(`Channel-${name}`, 0),
    ),
    named('Channel-Last-Hold', 0),
    named('Channel-Hold-Accum', 0),
    named('Screen-Bit', 'true'),
    named('Privacy-Hide-Name', 'false'),
    named('Privacy-Hide-Number', 'false'),
  ];
}
