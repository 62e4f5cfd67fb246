import { randomUUID } from 'node:crypto';
import { admitRequest, dialogOfServer, requestInDialog } from '../../../src/sip/dialog/dialog.ts';
import { parseCSeq } from '../../../src/sip/message/cseq.ts';
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.ts';
import { tagOfHeader } from '../../../src/sip/message/name-address.ts';
import { responseTo } from '../../../src/sip/message/response-to.ts';
import { openSipStack, type ServerTransaction, type SipStack } from '../../../src/sip/stack.ts';
import { lossyUdp } from '../../support/lossy-udp.ts';
import { originOf } from './call-origin.ts';
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
import type { LiveSipCall, SipSideOptions } from './sip-call.ts';
import type { Violations } from './violations.ts';

/** Message headers of captures drachtio-tcp-main and -bridge. */
const COMMON: readonly (readonly [string, string])[] = [
  ['User-Agent', 'fs media'],
  ['Accept', 'application/sdp'],
  ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, REGISTER, REFER, NOTIFY'],
  ['Supported', 'path, replaces'],
];

/** The sofia profile `drachtio_mrf`: calls from drachtio-fsmrf only. */
export class SipSide {
  readonly address = { host: '127.0.0.1', port: 0 };
  readonly #options: SipSideOptions;
  readonly #calls = new Map<string, LiveSipCall>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #sessions = 2;
  #stack: SipStack | undefined;

  constructor(options: SipSideOptions) {
    this.#options = options;
  }

  static async open(options: SipSideOptions): Promise<SipSide> {
    const side = new SipSide(options);
    const udp = { host: '127.0.0.1', port: 0, tcp: false, openUdp: lossyUdp(options.dead) };
    side.#stack = await openSipStack(
      { ...udp, onError: (error) => options.violations.add(`the peer's SIP: ${error.message}`) },
      {
        onRequest: (transaction) => side.#onRequest(transaction),
        onAck: (request) => side.#onAck(request),
        onCancel: (invite) => side.#refuse(invite, 487),
        onNoAck: (transaction) => side.#onNoAck(transaction),
        onTransactionEnd: () => undefined,
      },
    );
    side.address.port = side.#stack.addresses[0]?.port ?? 0;
    return side;
  }

  /** Forgets every dialog: the process died. */
  forget(): void {
    for (const call of this.#calls.values()) if (call.channel === undefined) call.port.close();
    this.#calls.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async close(): Promise<void> {
    this.forget();
    await this.#stack?.close();
  }

  #onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const call = this.#calls.get(request.headers.get('Call-ID') ?? '');
    if (tagOfHeader(request.headers.get('To')) === undefined) {
      if (request.method === 'INVITE') {
        void this.#takeCall(transaction).catch((thrown: unknown) =>
          this.#options.violations.add(`the peer's SIP: ${String(thrown)}`),
        );
        return;
      }
      this.#options.violations.noCapture(`SIP ${request.method} outside a dialog`);
      return this.#refuse(transaction, 405);
    }
    if (call === undefined) return this.#refuse(transaction, 481);
    const admission = admitRequest(call.dialog, request);
    if (!admission.admitted) return this.#refuse(transaction, admission.status);
    call.dialog = admission.dialog;
    if (request.method === 'BYE') {
      transaction.respond(responseTo(request, 200, undefined, transaction.localTag));
      call.over = true;
      this.#calls.delete(call.dialog.callId);
      if (call.channel === undefined) call.port.close();
      return call.channel?.hungUp();
    }
    if (request.method === 'INVITE') return this.#takeAgain(call, transaction);
    this.#options.violations.noCapture(`SIP ${request.method} in a dialog`);
    this.#refuse(transaction, 405);
  }

  #onAck(request: SipRequest): void {
    const call = this.#calls.get(request.headers.get('Call-ID') ?? '');
    if (call === undefined) return;
    const first = call.unacknowledged === call.invite;
    call.unacknowledged?.acknowledge();
    call.unacknowledged = undefined;
    if (!first) return;
    if (call.channel !== undefined) return call.channel.acknowledged();
    const text = Buffer.from(request.body).toString();
    const far = text === '' ? undefined : readFar(text);
    if (far === undefined)
      return this.#options.violations.noCapture('the ACK of an INVITE without SDP had none either');
    take(call.port, far);
    // capture bridge: the offer's codecs stay in our description until the re-INVITE
    this.#options.onChannel(call, call.origin(far, text, request), call.port);
  }

  #onNoAck(transaction: ServerTransaction): void {
    const call = [...this.#calls.values()].find((each) => each.unacknowledged === transaction);
    if (call === undefined) return;
    this.#options.violations.add('no ACK came');
    call.channel?.hungUp();
    this.#bye(call);
  }

  #answer(
    transaction: ServerTransaction,
    own: OwnDescription,
    more: readonly (readonly [string, string])[],
  ): SipResponse {
    const response = responseTo(transaction.request, 200, undefined, transaction.localTag);
    response.headers.set('Contact', `<sip:drachtio@${this.address.host}:${this.address.port};transport=udp>`);
    for (const [name, value] of [...COMMON, ...more]) response.headers.set(name, value);
    response.headers.set('Content-Type', 'application/sdp');
    response.headers.set('Content-Disposition', 'session');
    return { ...response, body: Buffer.from(wireSdp(own)) };
  }

  #refuse(transaction: ServerTransaction, status: number): void {
    transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));
  }

  async #takeCall(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const callId = request.headers.get('Call-ID') ?? '';
    const refusal = this.#options.refusal();
    if (refusal !== undefined) return this.#refuse(transaction, refusal);
    demandFsmrf(request, this.#options.violations);
    const offer = Buffer.from(request.body).toString();
    const far = offer === '' ? undefined : readFar(offer);
    if (wantsSrtp(offer)) this.#options.violations.noCapture('SRTP');
    if (offer !== '' && far === undefined) {
      // mod_sofia: INCOMPATIBLE_DESTINATION
      return this.#refuse(transaction, 488);
    }
    const uuid = randomUUID();
    const created = Date.now() * 1000;
    const port = await this.#options.openPort(uuid);
    const own = ownDescription(port.port, far);
    const response = this.#answer(transaction, own, [
      ['Allow-Events', 'talk, hold, conference, refer'],
      ...(far === undefined
        ? []
        : [
            [
              'Remote-Party-ID',
              `"drachtio" <sip:drachtio@${this.address.host}>;party=calling;privacy=off;screen=no`,
            ] as const,
          ]),
    ]);
    const dialog = dialogOfServer(request, response, 123_000_000);
    if (dialog === undefined || transaction.state === 'completed' || this.#options.dead()) {
      port.close();
      return this.#refuse(transaction, 487);
    }
    const sessionId = ++this.#sessions;
    const call: LiveSipCall = {
      uuid,
      channel: undefined,
      dialog,
      own,
      port,
      invite: transaction,
      unacknowledged: transaction,
      over: false,
      origin: (description, remoteSdp, latest) =>
        originOf(
          { uuid, sessionId, created, request, transaction, own, port, sip: this.address, late: far === undefined },
          description,
          remoteSdp,
          latest,
        ),
      bye: () => this.#bye(call),
    };
    if (!transaction.respond(response)) {
      port.close();
      return;
    }
    this.#calls.set(callId, call);
    if (far === undefined) return;
    take(port, far);
    this.#options.onChannel(call, call.origin(far, offer, request), port);
    call.channel?.hold(far.direction === 'sendonly' || far.direction === 'inactive');
  }

  #takeAgain(call: LiveSipCall, transaction: ServerTransaction): void {
    const refusal = this.#options.modifyRefusal();
    if (refusal !== undefined) return this.#refuse(transaction, refusal);
    const offer = Buffer.from(transaction.request.body).toString();
    const far = offer === '' ? undefined : readFar(offer);
    if (far === undefined) {
      if (offer === '') this.#options.violations.noCapture('a re-INVITE without an offer');
      return this.#refuse(transaction, 488);
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
      transaction.respond(this.#answer(transaction, call.own, []));
      if (!held) call.channel?.hold(false);
    };
    if (!held || wasHeld) return respond();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      respond();
    }, this.#options.holdAnswerMs);
    this.#timers.add(timer);
  }

  #bye(call: LiveSipCall): void {
    if (call.over) return;
    call.over = true;
    this.#calls.delete(call.dialog.callId);
    const { dialog, request } = requestInDialog(call.dialog, 'BYE', {
      headers: [
        ['User-Agent', 'fs media'],
        ['Reason', 'Q.850;cause=16;text="NORMAL_CLEARING"'],
      ],
    });
    call.dialog = dialog;
    this.#stack?.sendRequest(request, call.invite.flow, {
      onResponse: ({ status }) => {
        if (status >= 300 && status !== 481) this.#options.violations.add(`a BYE was answered ${status}`);
      },
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    });
  }
}

function demandFsmrf({ uri, headers }: SipRequest, violations: Violations): void {
  if (!uri.startsWith('sip:drachtio@')) violations.add(`an INVITE for ${uri}: no such extension`);
  if (!/^drachtio-fsmrf:./.test(headers.get('User-Agent') ?? ''))
    violations.add('an INVITE that is not from drachtio-fsmrf');
  if (!/^[^:]+:\d+$/.test(headers.get('X-esl-outbound') ?? '')) violations.add('an INVITE without X-esl-outbound');
}

function ownDescription(port: number, far: FarDescription | undefined): OwnDescription {
  const session = Math.floor(Date.now() / 1000) + Math.floor(Math.random() * 1000);
  return {
    session,
    version: session + 1,
    port,
    codec: far?.codec,
    telephoneEvent: far === undefined ? 101 : far.telephoneEvent,
    comfortNoise: far === undefined,
    direction: far === undefined ? 'sendrecv' : answerTo(far.direction),
  };
}

function take(port: RtpPort, far: FarDescription): void {
  port.codec = far.codec;
  port.telephoneEvent = far.telephoneEvent;
  port.aim({ host: far.host, port: far.port });
}
