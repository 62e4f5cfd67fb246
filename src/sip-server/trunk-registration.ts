import { randomInt, randomUUID } from 'node:crypto';
import { seconds } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import { type Deferred, deferred } from '../lib/deferred.ts';
import { credentialsFor, proofHeaders } from '../sip/digest/credentials.ts';
import { parseDigest } from '../sip/digest/digest.ts';
import { formatCSeq } from '../sip/message/cseq.ts';
import { SipHeaders } from '../sip/message/headers.ts';
import { NO_BODY, type SipRequest, type SipResponse } from '../sip/message/message.ts';
import { parseNameAddress, sipUriOf } from '../sip/message/name-address.ts';
import { newTag } from '../sip/message/tag.ts';
import { parseUint32 } from '../sip/message/token.ts';
import { parseSipUri } from '../sip/message/uri.ts';
import { isSameAddress } from '../sip/message/uri-equality.ts';
import {
  type Registration,
  type RegistrationEffect,
  type RegistrationEvent,
  startRegistration,
  stepRegistration,
} from '../sip/registration/registration.ts';
import type { Flow, SipStack } from '../sip/stack.ts';
import type { Trunk } from './trunk.ts';
import { TrunkKeepAlive } from './trunk-keep-alive.ts';

export interface TrunkRegistrationOptions {
  readonly trunk: Trunk;
  readonly stack: SipStack;
  readonly clock: Clock;
  /** SIP URIs, the one to try first before the others. */
  readonly proxies: () => readonly string[];
  readonly contactFor: (to: Flow, user: string) => string;
  /** `status` of the refusal; undefined when nothing answered. */
  readonly onChange: (up: boolean, status: number | undefined) => void;
}

/** Keeps us registered with a trunk, and takes it back at the end. Carries out what `stepRegistration` says. */
export class TrunkRegistration {
  readonly #options: TrunkRegistrationOptions;
  readonly #callId = randomUUID();
  readonly #tag = newTag();
  readonly #done: Deferred<void> = deferred();
  #now: Registration;
  #cseq = randomInt(1, 2 ** 20);
  /** Of the last challenge; used again with the next count until it is stale. */
  #challenges: readonly string[] = [];
  #header = proofHeaders(401);
  #count = 0;
  #up: boolean | undefined;
  #stopTimer: CancelTimer | undefined;
  readonly #keepAlive: TrunkKeepAlive | undefined;

  constructor(options: TrunkRegistrationOptions) {
    this.#options = options;
    const { keepAliveSeconds: every } = options.trunk;
    if (every !== undefined)
      this.#keepAlive = new TrunkKeepAlive({
        ...options,
        every,
        onBroken: () => this.#step({ type: 'way-broken' }),
      });
    const [now, ...effects] = startRegistration(options.trunk.registerSeconds ?? 0);
    this.#now = now;
    this.#run(effects);
  }

  get up(): boolean {
    return this.#up === true;
  }

  /** Resolves when the trunk has answered, or will not. */
  leave(): Promise<void> {
    this.#keepAlive?.stop();
    this.#step({ type: 'leave-wanted' });
    return this.#done.promise;
  }

  #step(event: RegistrationEvent): void {
    const [now, ...effects] = stepRegistration(this.#now, event);
    this.#now = now;
    this.#run(effects);
  }

  #run(effects: readonly RegistrationEffect[]): void {
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: RegistrationEffect): void {
    switch (effect.do) {
      case 'register':
        return this.#register(effect.seconds);
      case 'start-timer': {
        const after = effect.atLeast + Math.random() * (effect.atMost - effect.atLeast);
        this.#stopTimer = this.#options.clock.after(seconds(after), () => this.#step({ type: 'timer-fired' }));
        return;
      }
      case 'stop-timer':
        this.#stopTimer?.();
        return;
      case 'report':
        if (this.#up !== effect.up) this.#options.onChange(effect.up, effect.up ? undefined : effect.status);
        this.#up = effect.up;
        return;
      case 'done':
        this.#up = false;
        this.#done.resolve();
        return;
    }
  }

  #register(expires: number): void {
    const { stack, proxies } = this.#options;
    const cseq = ++this.#cseq;
    const uris = proxies();
    void stack.locate(uris[this.#now.failures % uris.length] ?? '').then(([to]) => {
      if (cseq !== this.#cseq) return;
      if (to === undefined) this.#step({ type: 'unreachable' });
      else this.#send(to, cseq, expires);
    });
  }

  #send(to: Flow, cseq: number, expires: number): void {
    const request = this.#request(to, cseq, expires);
    // whatever comes for an older request is no answer to this one
    const isNewest = (): boolean => cseq === this.#cseq;
    this.#options.stack.sendRequest(request, to, {
      onResponse: (response, flow) => {
        if (!isNewest() || response.status < 200) return;
        if (response.status < 300 && expires > 0) this.#keepAlive?.watch({ ...to, ...connectionOf(flow) });
        else this.#keepAlive?.stop();
        this.#step(this.#eventOf(response, request.headers.get('Contact') ?? '', expires));
      },
      onTimeout: () => {
        if (isNewest()) this.#step({ type: 'unreachable' });
      },
      onTransportError: () => {
        if (isNewest()) this.#step({ type: 'unreachable' });
      },
    });
  }

  #request(to: Flow, cseq: number, expires: number): SipRequest {
    const { trunk, contactFor } = this.#options;
    const user = trunk.account?.user ?? '';
    const address = `sip:${user === '' ? '' : `${user}@`}${trunk.domain}`;
    const headers = new SipHeaders([
      ['From', `<${address}>;tag=${this.#tag}`],
      ['To', `<${address}>`],
      ['Call-ID', this.#callId],
      ['CSeq', formatCSeq({ number: cseq, method: 'REGISTER' })],
      ['Contact', contactFor(to, user)],
      ['Expires', String(expires)],
      ['Supported', 'path'],
    ]);
    const request: SipRequest = {
      kind: 'request',
      method: 'REGISTER',
      uri: `sip:${trunk.domain}`,
      headers,
      body: NO_BODY,
    };
    const credentials =
      this.#challenges.length === 0 || trunk.account === undefined
        ? undefined
        : credentialsFor(this.#challenges, request, trunk.account, ++this.#count);
    if (credentials !== undefined) headers.set(this.#header[1], credentials);
    return request;
  }

  #eventOf(response: SipResponse, contact: string, asked: number): RegistrationEvent {
    const { status, headers } = response;
    if (status < 300) return { type: 'accepted', seconds: secondsOf(response, contact, asked) };
    if (status === 423) {
      const minSeconds = parseUint32(headers.get('Min-Expires')?.trim() ?? '') ?? 0;
      return { type: 'too-brief', minSeconds };
    }
    if ((status === 401 || status === 407) && this.#options.trunk.account !== undefined) {
      this.#header = proofHeaders(status);
      this.#challenges = headers.all(this.#header[0]);
      this.#count = 0;
      const stale = this.#challenges.some((one) => parseDigest(one)?.get('stale')?.toLowerCase() === 'true');
      return { type: 'challenged', stale };
    }
    const retryAfter = parseUint32(/^\s*(\d+)/.exec(headers.get('Retry-After') ?? '')?.[1] ?? '');
    return { type: 'refused', status, retryAfter };
  }
}

const connectionOf = ({ connection }: Flow): Pick<Flow, 'connection'> =>
  connection === undefined ? {} : { connection };

/** Of what may be bound for others, the shortest time that is heeded. */
const SHORTEST_SECONDS = 30;

/**
 * How long our contact is bound: what the answer says of it among others (RFC 3261 section 10.2.4). SBCs and NATs on the way rewrite
 * contacts: when none is ours as we wrote it, the first to end of those that have our user, else of all, may be it.
 */
function secondsOf({ headers }: SipResponse, contact: string, asked: number): number {
  const own = sipUriOf(contact);
  const bound = headers.all('Contact').flatMap((one) => {
    const address = parseNameAddress(one);
    const uri = parseSipUri(address?.uri ?? '');
    const seconds = parseUint32(address?.parameters.get('expires') ?? headers.get('Expires')?.trim() ?? '');
    return uri === undefined || seconds === undefined || seconds === 0 ? [] : [{ uri, seconds }];
  });
  const exactly = bound.find(({ uri }) => own !== undefined && isSameAddress(own, uri));
  if (exactly !== undefined) return Math.min(exactly.seconds, asked);
  const ofUser = bound.filter(({ uri }) => uri.user === own?.user);
  const seconds = (ofUser.length > 0 ? ofUser : bound).map((each) => Math.max(SHORTEST_SECONDS, each.seconds));
  const general = parseUint32(headers.get('Expires')?.trim() ?? '') ?? 0;
  return Math.min(asked, ...seconds, ...(bound.length === 0 && general > 0 ? [general] : []));
}
