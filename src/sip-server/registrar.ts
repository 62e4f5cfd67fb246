import { retryAfterGuessing } from '../domain/admission.ts';
import type { Milliseconds } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { SourceShares } from '../lib/source-shares.ts';
import { Authenticator, type UserSecrets } from '../sip/digest/authenticator.ts';
import type { DigestAlgorithm } from '../sip/digest/digest.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddress, sipUriOf } from '../sip/message/name-address.ts';
import { responseTo } from '../sip/message/response-to.ts';
import { parseSipUri, unescapeUser } from '../sip/message/uri.ts';
import { offeredAlgorithms } from './offered-algorithms.ts';
import { numberOf } from './send-again.ts';
import {
  type Binding,
  byPreference,
  formatBinding,
  liveBindings,
  type RegistrarLimits,
  type Registration,
  register,
} from '../sip/registrar/bindings.ts';
import type { Flow, ServerTransaction } from '../sip/stack.ts';
import { wayBack } from './way-back.ts';

export interface RegistrarOptions {
  /** The realm of the passwords, and the domain of the addresses. */
  readonly domain: string;
  readonly users: RegistrarUsers;
  readonly limits: RegistrarLimits;
}

/** By name. */
export type RegistrarUsers = Readonly<Record<string, UserSecrets>>;

export interface RegistrarStatistics {
  readonly bindings: number;
  /** REGISTERs that were refused, challenges apart, by reason. */
  readonly refused: Readonly<Record<RegistrarRefusal, number>>;
}

type RegistrarRefusal = 'wrong' | 'replayed' | 'guessing' | 'malformed' | 'not-own-address' | 'bindings';

type Way = Flow | undefined;

/** Where a registered telephone is reached: its Request-URI, the way that its REGISTER came by, proxies in between. */
export interface RegisteredTarget {
  readonly uri: string;
  readonly way: Way;
  readonly path: readonly string[];
}

/** Passwords that one address may get wrong: at once, and then one in ten seconds. */
const WRONG = { refillPerSecond: 0.1, burst: 10 };
/** The same for one name, whatever addresses they come from; an address where that name has registered is heard all the same. */
const WRONG_OF_NAME = { refillPerSecond: 0.1, burst: 40 };
const TOLD_EVERY_MS = 60_000;
/** RFC 5626 section 4.4.1: how often a telephone behind a NAT is to show that it lives. */
const FLOW_TIMER_SECONDS = '120';

/** A registrar (RFC 3261 section 10) with digest authentication, Path (RFC 3327) and outbound (RFC 5626). */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #clock: Clock;
  readonly #isOwnHost: (host: string) => boolean;
  readonly #wrong = new SourceShares(WRONG);
  readonly #wrongOfName = new SourceShares(WRONG_OF_NAME);
  /** Where each name has registered last. */
  readonly #provedAt = new Map<string, string>();
  readonly #onGuessing: (address: string) => void;
  #toldUntil = 0;
  readonly #bindings = new Map<string, readonly Binding<Way>[]>();
  readonly #authenticator: Authenticator;
  readonly #refused: Record<RegistrarRefusal, number> = {
    wrong: 0,
    replayed: 0,
    guessing: 0,
    malformed: 0,
    'not-own-address': 0,
    bindings: 0,
  };
  #users: ReadonlyMap<string, UserSecrets>;
  #offeredTo: (user: string) => readonly DigestAlgorithm[];

  /**
   * @param isOwnHost - whether an address stands for the domain
   * @param onGuessing - passwords are being guessed, from that address last; told once a minute
   */
  constructor(
    options: RegistrarOptions,
    clock: Clock,
    isOwnHost: (host: string) => boolean,
    onGuessing: (address: string) => void = () => undefined,
  ) {
    this.#onGuessing = onGuessing;
    this.#options = options;
    this.#clock = clock;
    this.#isOwnHost = isOwnHost;
    this.#users = new Map(Object.entries(options.users));
    this.#offeredTo = offeredAlgorithms(options.domain, this.#users);
    this.#authenticator = new Authenticator({
      realm: options.domain,
      secretsOf: (user) => this.#users.get(user),
      offeredTo: (user) => this.#offeredTo(user),
    });
  }

  /** From now on; who is not among them any more is no longer reached. */
  setUsers(users: RegistrarUsers): void {
    this.#users = new Map(Object.entries(users));
    this.#offeredTo = offeredAlgorithms(this.#options.domain, this.#users);
    for (const kept of [this.#bindings, this.#provedAt])
      for (const user of kept.keys()) if (!this.#users.has(user)) kept.delete(user);
  }

  statistics(): RegistrarStatistics {
    let bindings = 0;
    for (const user of this.#bindings.keys()) bindings += this.#live(user).length;
    return { bindings, refused: { ...this.#refused } };
  }

  /** The answer to a REGISTER. */
  answer({ request, flow, localTag }: Pick<ServerTransaction, 'request' | 'flow' | 'localTag'>): SipResponse {
    const answer = (status: number, headers: Headers = {}, reason?: string): SipResponse => {
      const response = responseTo(request, status, reason, localTag);
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      return response;
    };
    const refuse = (because: RegistrarRefusal, status: number, headers: Headers = {}, reason?: string): SipResponse => {
      this.#refused[because]++;
      return answer(status, headers, reason);
    };
    const now = this.#clock.now();
    const address = sipUriOf(request.headers.get('To'));
    const claimed = unescapeUser(address?.user ?? '');
    if (this.#isGuessed(claimed, flow.host, now)) {
      this.#tellGuessing(flow.host, now);
      return refuse('guessing', 503, retryAfterGuessing);
    }
    const who = this.#authenticator.check(request, now, claimed);
    if (who.outcome === 'malformed') return refuse('malformed', 400, {}, 'Bad Authorization');
    if (who.outcome === 'challenged') {
      if (who.because === 'wrong') {
        this.#wrong.take(flow.host, now);
        this.#wrongOfName.take(claimed, now);
      }
      if (who.because === 'wrong' || who.because === 'replayed') this.#refused[who.because]++;
      return answer(401, { 'WWW-Authenticate': who.challenges });
    }
    if (address === undefined || claimed !== who.user) return refuse('not-own-address', 403, {}, 'Not Your Address');
    if (!this.isOwn(address.host)) return refuse('not-own-address', 404);
    this.#provedAt.set(who.user, flow.host);
    return this.#register(who.user, request, flow, answer, (status, headers, reason) =>
      refuse('bindings', status, headers, reason),
    );
  }

  /** Its address, or everybody together, has got too many passwords wrong. */
  #isGuessed(name: string, address: string, now: Milliseconds): boolean {
    if (!this.#wrong.hasLeft(address, now)) return true;
    return !this.#wrongOfName.hasLeft(name, now) && this.#provedAt.get(name) !== address;
  }

  #tellGuessing(address: string, now: Milliseconds): void {
    if (now < this.#toldUntil) return;
    this.#toldUntil = now + TOLD_EVERY_MS;
    this.#onGuessing(address);
  }

  /** Whether the host of a URI is the registrar's domain. */
  isOwn(host: string): boolean {
    return host.toLowerCase() === this.#options.domain.toLowerCase() || this.#isOwnHost(host);
  }

  /**
   * Where an address of the domain is reached, in the order in which to try: of each group all at once. Undefined when the
   * URI is of another domain; empty when nobody is registered there.
   */
  targetsOf(uri: string): readonly (readonly RegisteredTarget[])[] | undefined {
    const address = parseSipUri(uri);
    const user = unescapeUser(address?.user ?? '');
    if (address === undefined || !this.isOwn(address.host) || !this.#users.has(user)) return undefined;
    return byPreference(this.#live(user)).map((group) =>
      group.map(({ contact, way, path }) => ({ uri: contact.uri, way, path })),
    );
  }

  #live(user: string): readonly Binding<Way>[] {
    const known = this.#bindings.get(user) ?? [];
    const live = liveBindings(known, this.#clock.now());
    if (live.length === 0) this.#bindings.delete(user);
    else if (live !== known) this.#bindings.set(user, live);
    return live;
  }

  #register(user: string, request: SipRequest, flow: Flow, answer: Answer, refuse: Answer): SipResponse {
    const registration = registrationOf(request, wayBack(request, flow));
    if (registration === undefined) return refuse(400, {}, 'Bad Contact');
    const { limits } = this.#options;
    const registered = register(this.#live(user), registration, limits, this.#clock.now());
    if (registered.outcome === 'refused')
      return refuse(
        registered.status,
        registered.status === 423 ? { 'Min-Expires': String(limits.minSeconds) } : {},
        registered.reason,
      );
    this.#bindings.set(user, registered.bindings);
    const outbound = registration.contacts.some(({ parameters }) => parameters.has('reg-id'));
    const { path } = registration;
    return answer(200, {
      Contact: this.#live(user).map((binding) => formatBinding(binding, this.#clock.now())),
      Date: new Date(this.#clock.wall()).toUTCString(),
      Supported: 'path, outbound',
      ...(path.length === 0 ? {} : { Path: path }),
      ...(outbound ? { Require: 'outbound', 'Flow-Timer': FLOW_TIMER_SECONDS } : {}),
    });
  }
}

type Headers = Readonly<Record<string, string | readonly string[]>>;
type Answer = (status: number, headers?: Headers, reason?: string) => SipResponse;

/** @returns undefined when a Contact cannot be read */
function registrationOf(request: SipRequest, way: Way): Registration<Way> | undefined {
  const { headers } = request;
  const given = headers.all('Contact').filter((contact) => contact !== '');
  const contacts = given.filter((contact) => contact !== '*').map(parseNameAddress);
  if (contacts.some((contact) => contact === undefined)) return undefined;
  return {
    contacts: contacts.filter((contact) => contact !== undefined),
    all: given.includes('*'),
    expires: headers.get('Expires'),
    callId: headers.get('Call-ID') ?? '',
    cseq: numberOf(request),
    path: headers.all('Path'),
    way,
  };
}
