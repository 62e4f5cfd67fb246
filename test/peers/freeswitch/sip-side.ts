import { randomUUID } from 'node:crypto';
import { admitRequest, type Dialog, dialogOfServer, requestInDialog } from '../../../src/sip/dialog/dialog.ts';
import { parseCSeq } from '../../../src/sip/message/cseq.ts';
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.ts';
import { parseNameAddress, tagOfHeader } from '../../../src/sip/message/name-address.ts';
import { responseTo } from '../../../src/sip/message/response-to.ts';
import { type Flow, openSipStack, type ServerTransaction, type SipStack } from '../../../src/sip/stack.ts';
import { lossyUdp } from '../../support/lossy-udp.ts';
import type { ChannelOrigin } from './channel-variables.ts';
import type { RtpPort } from './rtp-port.ts';
import {
  answerTo,
  type FarDescription,
  type OwnDescription,
  readFar,
  variableSdp,
  wantsSrtp,
  wireSdp,
} from './sdp-text.ts';
import type { Violations } from './violations.ts';

export interface SipSideOptions {
  readonly violations: Violations;
  /** A process that is dead says nothing and hears nothing. */
  readonly dead: () => boolean;
  /** The status with which the next call is refused. */
  readonly refusal: () => number | undefined;
  /** The status with which the next re-INVITE is refused. */
  readonly modifyRefusal: () => number | undefined;
  /** FreeSWITCH took some 250 ms for its answer to a hold (captures main, H2). */
  readonly holdAnswerMs: number;
  openPort(uuid: string): Promise<RtpPort>;
  /** The channel is up and its application is to be told. */
  onChannel(call: SipCall, origin: ChannelOrigin, port: RtpPort): void;
}

/** One dialog of drachtio with us. */
export interface SipCall {
  readonly uuid: string;
  /** The channel's own doings. */
  channel:
    | {
        acknowledged(): void;
        hold(on: boolean): void;
        /** The far end's BYE. */
        hungUp(): void;
        readonly variables: Map<string, string>;
      }
    | undefined;
  bye(): void;
}

interface Live extends SipCall {
  dialog: Dialog;
  own: OwnDescription;
  port: RtpPort;
  readonly invite: ServerTransaction;
  unacknowledged: ServerTransaction | undefined;
  over: boolean;
  readonly origin: (far: FarDescription, remoteSdp: string, request: SipRequest) => ChannelOrigin;
}

export interface SipSide {
  readonly address: { readonly host: string; readonly port: number };
  /** Forgets every dialog: the process died. */
  forget(): void;
  close(): Promise<void>;
}

/** Message headers of captures drachtio-tcp-main and -bridge. */
const COMMON: readonly (readonly [string, string])[] = [
  ['User-Agent', 'fs media'],
  ['Accept', 'application/sdp'],
  ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY'],
  ['Supported', 'path, replaces'],
];

/** The sofia profile `drachtio_mrf`: calls from drachtio-fsmrf only. */
export async function openSipSide(options: SipSideOptions): Promise<SipSide> {
  const { violations } = options;
  const calls = new Map<string, Live>();
  let sessions = 2;
  let stack: SipStack;
  const address = { host: '127.0.0.1', port: 0 };
  const timers = new Set<NodeJS.Timeout>();

  const answer = (
    transaction: ServerTransaction,
    own: OwnDescription,
    more: readonly (readonly [string, string])[],
  ): SipResponse => {
    const response = responseTo(transaction.request, 200, undefined, transaction.localTag);
    response.headers.set('Contact', `<sip:drachtio@${address.host}:${address.port};transport=udp>`);
    for (const [name, value] of [...COMMON, ...more]) response.headers.set(name, value);
    response.headers.set('Content-Type', 'application/sdp');
    response.headers.set('Content-Disposition', 'session');
    return { ...response, body: Buffer.from(wireSdp(own)) };
  };
  const refuse = (transaction: ServerTransaction, status: number): void => {
    transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));
  };

  async function takeCall(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const callId = request.headers.get('Call-ID') ?? '';
    const refusal = options.refusal();
    if (refusal !== undefined) return refuse(transaction, refusal);
    const eslOutbound = request.headers.get('X-esl-outbound') ?? '';
    const userAgent = request.headers.get('User-Agent') ?? '';
    if (!request.uri.startsWith('sip:drachtio@')) violations.add(`an INVITE for ${request.uri}: no such extension`);
    if (!/^drachtio-fsmrf:./.test(userAgent)) violations.add('an INVITE that is not from drachtio-fsmrf');
    if (!/^[^:]+:\d+$/.test(eslOutbound)) violations.add('an INVITE without X-esl-outbound');
    const offer = Buffer.from(request.body).toString();
    const far = offer === '' ? undefined : readFar(offer);
    if (wantsSrtp(offer)) violations.noCapture('SRTP');
    if (offer !== '' && far === undefined) {
      // mod_sofia: INCOMPATIBLE_DESTINATION
      return refuse(transaction, 488);
    }
    const uuid = randomUUID();
    const created = Date.now() * 1000;
    const port = await options.openPort(uuid);
    const session = Math.floor(Date.now() / 1000) + Math.floor(Math.random() * 1000);
    const own: OwnDescription = {
      session,
      version: session + 1,
      port: port.port,
      codec: far?.codec,
      telephoneEvent: far === undefined ? 101 : far.telephoneEvent,
      comfortNoise: far === undefined,
      direction: far === undefined ? 'sendrecv' : answerTo(far.direction),
    };
    const response = answer(transaction, own, [
      ['Allow-Events', 'talk, hold, conference, refer'],
      ...(far === undefined
        ? []
        : [
            [
              'Remote-Party-ID',
              `"drachtio" <sip:drachtio@${address.host}>;party=calling;privacy=off;screen=no`,
            ] as const,
          ]),
    ]);
    const dialog = dialogOfServer(request, response, 123_000_000);
    if (dialog === undefined || transaction.state === 'completed' || options.dead()) {
      port.close();
      return refuse(transaction, 487);
    }
    const sessionId = ++sessions;
    const caller = callerOf(request);
    const extraHeaders = new Map([...request.headers.entries()].filter(([name]) => /^x-(?!esl-outbound$)/i.test(name)));
    const from = { host: transaction.flow.host, port: transaction.flow.port };
    const call: Live = {
      uuid,
      channel: undefined,
      dialog,
      own,
      port,
      invite: transaction,
      unacknowledged: transaction,
      over: false,
      origin: (description, remoteSdp, latest) => ({
        uuid,
        sessionId,
        name: `sofia/drachtio_mrf/${caller?.user ?? 'nobody'}@${from.host}:${from.port}`,
        caller,
        callId,
        fromUser: /sips?:([^@>;]+)@/.exec(request.headers.get('From') ?? '')?.[1] ?? '',
        fromTag: tagOfHeader(request.headers.get('From')) ?? '',
        toTag: transaction.localTag,
        cseq: String(parseCSeq(latest.headers.get('CSeq') ?? '')?.number ?? 0),
        via: latest.headers.get('Via') ?? '',
        userAgent,
        eslOutbound,
        extraHeaders,
        from,
        sip: address,
        createdMicros: created,
        codec: description.codec,
        telephoneEvent: description.telephoneEvent,
        localSdp: variableSdp(own),
        remoteSdp,
        remoteDirection: description.direction,
        localPort: port.port,
        remote: { host: description.host, port: description.port },
        ssrc: port.ssrc,
        late: far === undefined,
      }),
      bye: () => bye(call),
    };
    if (!transaction.respond(response)) {
      port.close();
      return;
    }
    calls.set(callId, call);
    if (far === undefined) return;
    take(port, far);
    options.onChannel(call, call.origin(far, offer, request), port);
    call.channel?.hold(far.direction === 'sendonly' || far.direction === 'inactive');
  }

  function takeAgain(call: Live, transaction: ServerTransaction): void {
    const refusal = options.modifyRefusal();
    if (refusal !== undefined) return refuse(transaction, refusal);
    const offer = Buffer.from(transaction.request.body).toString();
    const far = offer === '' ? undefined : readFar(offer);
    if (far === undefined) {
      if (offer === '') violations.noCapture('a re-INVITE without an offer');
      return refuse(transaction, 488);
    }
    const wasHeld = call.own.direction === 'recvonly' || call.own.direction === 'inactive';
    const held = far.direction === 'sendonly' || far.direction === 'inactive';
    call.own = {
      ...call.own,
      version: call.own.version + 1,
      codec: far.codec,
      telephoneEvent: far.telephoneEvent,
      direction: answerTo(far.direction),
    };
    take(call.port, far);
    const variables = call.channel?.variables;
    const put = (name: string, value: string): void => {
      variables?.delete(name);
      variables?.set(name, value);
    };
    put('switch_r_sdp', offer);
    put('remote_audio_media_flow', far.direction);
    put('audio_media_flow', call.own.direction === 'inactive' ? 'inactive' : call.own.direction);
    put('remote_media_ip', far.host);
    put('remote_media_port', String(far.port));
    put('rtp_local_sdp_str', variableSdp(call.own));
    put('sip_cseq', String(parseCSeq(transaction.request.headers.get('CSeq') ?? '')?.number ?? 0));
    put('sip_full_via', transaction.request.headers.get('Via') ?? '');
    // capture H2: HELD comes at once and the answer later; the end of a hold is told after its answer
    if (held) call.channel?.hold(true);
    const respond = (): void => {
      call.unacknowledged = transaction;
      transaction.respond(answer(transaction, call.own, []));
      if (!held) call.channel?.hold(false);
    };
    if (!held || wasHeld) return respond();
    const timer = setTimeout(() => {
      timers.delete(timer);
      respond();
    }, options.holdAnswerMs);
    timers.add(timer);
  }

  function bye(call: Live): void {
    if (call.over) return;
    call.over = true;
    calls.delete(call.dialog.callId);
    const { dialog, request } = requestInDialog(call.dialog, 'BYE', {
      headers: [
        ['User-Agent', 'fs media'],
        ['Reason', 'Q.850;cause=16;text="NORMAL_CLEARING"'],
      ],
    });
    call.dialog = dialog;
    stack.sendRequest(request, call.invite.flow, {
      onResponse: ({ status }) => {
        if (status >= 300 && status !== 481) violations.add(`a BYE was answered ${status}`);
      },
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    });
  }

  stack = await openSipStack(
    {
      host: '127.0.0.1',
      port: 0,
      tcp: false,
      openUdp: lossyUdp(options.dead),
      onError: (error) => violations.add(`the peer's SIP: ${error.message}`),
    },
    {
      onRequest(transaction) {
        const { request } = transaction;
        const call = calls.get(request.headers.get('Call-ID') ?? '');
        if (tagOfHeader(request.headers.get('To')) === undefined) {
          if (request.method === 'INVITE') {
            void takeCall(transaction).catch((thrown: unknown) => violations.add(`the peer's SIP: ${String(thrown)}`));
            return;
          }
          violations.noCapture(`SIP ${request.method} outside a dialog`);
          return refuse(transaction, 405);
        }
        if (call === undefined) return refuse(transaction, 481);
        const admission = admitRequest(call.dialog, request);
        if (!admission.admitted) return refuse(transaction, admission.status);
        call.dialog = admission.dialog;
        if (request.method === 'BYE') {
          transaction.respond(responseTo(request, 200, undefined, transaction.localTag));
          call.over = true;
          calls.delete(call.dialog.callId);
          if (call.channel === undefined) call.port.close();
          return call.channel?.hungUp();
        }
        if (request.method === 'INVITE') return takeAgain(call, transaction);
        violations.noCapture(`SIP ${request.method} in a dialog`);
        refuse(transaction, 405);
      },
      onAck(request: SipRequest, _flow: Flow) {
        const call = calls.get(request.headers.get('Call-ID') ?? '');
        if (call === undefined) return;
        const first = call.unacknowledged === call.invite;
        call.unacknowledged?.acknowledge();
        call.unacknowledged = undefined;
        if (!first) return;
        if (call.channel !== undefined) return call.channel.acknowledged();
        const text = Buffer.from(request.body).toString();
        const far = text === '' ? undefined : readFar(text);
        if (far === undefined) return violations.noCapture('the ACK of an INVITE without SDP had none either');
        take(call.port, far);
        // capture bridge: the offer's codecs stay in our description until the re-INVITE
        options.onChannel(call, call.origin(far, text, request), call.port);
      },
      onCancel(invite) {
        refuse(invite, 487);
      },
      onNoAck(transaction) {
        const call = [...calls.values()].find((each) => each.unacknowledged === transaction);
        if (call === undefined) return;
        violations.add('no ACK came');
        call.channel?.hungUp();
        bye(call);
      },
      onTransactionEnd: () => undefined,
    },
  );
  address.port = stack.addresses[0]?.port ?? 0;
  const forget = (): void => {
    for (const call of calls.values()) if (call.channel === undefined) call.port.close();
    calls.clear();
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  };
  return {
    address,
    forget,
    async close() {
      forget();
      await stack.close();
    },
  };
}

/** Who calls, as mod_sofia takes it from From. */
function callerOf(request: SipRequest): ChannelOrigin['caller'] {
  const from = parseNameAddress(request.headers.get('From') ?? '');
  const user = /^sips?:([^@;?]+)@/.exec(from?.uri ?? '')?.[1];
  const display = from?.displayName;
  return user === undefined ? undefined : { user, display: display === '' ? undefined : display };
}

function take(port: RtpPort, far: FarDescription): void {
  port.codec = far.codec;
  port.telephoneEvent = far.telephoneEvent;
  port.aim({ host: far.host, port: far.port });
}
