import { retryAfterGuessing } from '../domain/admission.ts';
import { isBrowserUser } from '../domain/browser-user.ts';
import type { Clock } from '../lib/clock.ts';
import { Authenticator, type UserSecrets } from '../sip/digest/authenticator.ts';
import type { DigestAlgorithm } from '../sip/digest/digest.ts';
import { readAuthorizationUser, shortLivedSecret } from '../sip/digest/short-lived.ts';
import type { SipResponse } from '../sip/message/message.ts';
import { isWebSocket } from '../sip/message/protocol.ts';
import { parseSipUri, unescapeUser } from '../sip/message/uri.ts';
import { offeredAlgorithms } from './offered-algorithms.ts';
import {
  addressIn,
  answerTo,
  type Asking,
  type Claim,
  type Headers,
  registrationOf,
  shortenedTo,
} from './register-request.ts';
import {
  type Binding,
  byPreference,
  formatBinding,
  liveBindings,
  type RegistrarLimits,
  register,
} from '../sip/registrar/bindings.ts';
import type { Flow } from '../sip/stack.ts';
import { wayBack } from './way-back.ts';
import { WrongPasswords } from './wrong-passwords.ts';

export interface RegistrarOptions {
  /** The realm of the passwords, and the domain of the addresses. */
  readonly domain: string;
  /** Undefined: browsers alone may register. */
  readonly users: RegistrarUsers | undefined;
  /** What the credentials of browsers are made with; undefined: none may register. */
  readonly browserKey?: Uint8Array;
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

/** JsSIP knows no other, and gives up when another one is offered first. */
const OF_BROWSERS: readonly DigestAlgorithm[] = ['MD5'];
/** RFC 5626 section 4.4.1: how often a telephone behind a NAT is to show that it lives. */
const FLOW_TIMER_SECONDS = '120';

/** A registrar (RFC 3261 section 10) with digest authentication, Path (RFC 3327) and outbound (RFC 5626). */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #clock: Clock;
  readonly #isOwnHost: (host: string) => boolean;
  readonly #passwords: WrongPasswords;
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
    this.#passwords = new WrongPasswords(options.limits.contacts, onGuessing);
    this.#options = options;
    this.#clock = clock;
    this.#isOwnHost = isOwnHost;
    this.#users = new Map(Object.entries(options.users ?? {}));
    this.#offeredTo = offeredAlgorithms(options.domain, this.#users);
    this.#authenticator = new Authenticator({
      realm: options.domain,
      secretsOf: (user) => this.#users.get(user) ?? this.#secretOfBrowser(user),
      offeredTo: (user) => (isBrowserUser(user) ? OF_BROWSERS : this.#offeredTo(user)),
    });
  }

  /** From now on; who is not among them any more is no longer reached. */
  setUsers(users: RegistrarUsers): void {
    this.#users = new Map(Object.entries(users));
    this.#offeredTo = offeredAlgorithms(this.#options.domain, this.#users);
    const isGone = (user: string): boolean => !this.#users.has(user) && !isBrowserUser(user);
    for (const user of this.#bindings.keys()) if (isGone(user)) this.#bindings.delete(user);
    this.#passwords.forget(isGone);
  }

  statistics(): RegistrarStatistics {
    let bindings = 0;
    for (const user of this.#bindings.keys()) bindings += this.#live(user).length;
    return { bindings, refused: { ...this.#refused } };
  }

  /** Whether REGISTER is answered over that flow. */
  serves({ protocol }: Flow): boolean {
    return this.#options.users !== undefined || isWebSocket(protocol);
  }

  /** The answer to a REGISTER. */
  answer(transaction: Asking): SipResponse {
    const { request } = transaction;
    const claim = addressIn(request, 'To');
    const who = this.#authenticate(transaction, claim);
    if (who.outcome === 'refused') return who.response;
    if (claim.address === undefined || claim.user !== who.user)
      return this.#refuse(transaction, 'not-own-address', 403, {}, 'Not Your Address');
    if (!this.isOwn(claim.address.host)) return this.#refuse(transaction, 'not-own-address', 404);
    // browsers have a name of their own each, and credentials that nobody guesses
    if (who.forSeconds === undefined) this.#passwords.right(who.user, transaction.flow.host);
    return this.#register(who, transaction);
  }

  /**
   * Over a WebSocket, whoever calls has to show who it is, and to call as that: pages of others open such connections too.
   *
   * @returns the refusal or the challenge; undefined when it is right
   */
  refusalOf(transaction: Asking): SipResponse | undefined {
    const claim = addressIn(transaction.request, 'From');
    const who = this.#authenticate(transaction, claim);
    if (who.outcome === 'refused') return who.response;
    if (claim.address === undefined || claim.user !== who.user || !this.isOwn(claim.address.host))
      return this.#refuse(transaction, 'not-own-address', 403, {}, 'Not Your Address');
    return undefined;
  }

  /** The newest way to a telephone whose Contact is that: a browser comes back over another connection, with the same Contact. */
  wayTo(uri: string): Flow | undefined {
    for (const user of this.#bindings.keys())
      for (const { contact, way } of this.#live(user)) if (contact.uri === uri) return way;
    return undefined;
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
    if (address === undefined || !this.isOwn(address.host)) return undefined;
    if (!this.#users.has(user) && !isBrowserUser(user)) return undefined;
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

  #secretOfBrowser(user: string): UserSecrets | undefined {
    const { browserKey, domain } = this.#options;
    return browserKey === undefined
      ? undefined
      : shortLivedSecret(browserKey, domain, user, this.#clock.wall() / 1_000);
  }

  #authenticate({ request, flow, localTag }: Asking, claim: Claim): Identified | Refused {
    const refused = (response: SipResponse): Refused => ({ outcome: 'refused', response });
    const now = this.#clock.now();
    const shown = this.#authenticator.userOf(request);
    // whose password is tried, whatever address the request is for
    const name = shown === undefined ? claim.user : (readAuthorizationUser(shown)?.user ?? shown);
    if (this.#passwords.isGuessed(name, flow.host, now))
      return refused(this.#refuse({ request, localTag }, 'guessing', 503, retryAfterGuessing));
    const who = this.#authenticator.check(request, now, claim.user);
    if (who.outcome === 'malformed')
      return refused(this.#refuse({ request, localTag }, 'malformed', 400, {}, 'Bad Authorization'));
    if (who.outcome === 'challenged') {
      if (who.because === 'wrong') this.#passwords.wrong(name, flow.host, now);
      if (who.because === 'wrong' || who.because === 'replayed') this.#refused[who.because]++;
      return refused(answerTo({ request, localTag }, 401, { 'WWW-Authenticate': who.challenges }));
    }
    const browser = readAuthorizationUser(who.user);
    if (browser === undefined) return { outcome: 'right', user: who.user, forSeconds: undefined };
    const forSeconds = Math.max(1, Math.floor(browser.expires - this.#clock.wall() / 1_000));
    return { outcome: 'right', user: browser.user, forSeconds };
  }

  #register({ user, forSeconds }: Identified, { request, flow, localTag }: Asking): SipResponse {
    const to = { request, localTag };
    const registration = registrationOf(request, wayBack(request, flow));
    if (registration === undefined) return this.#refuse(to, 'bindings', 400, {}, 'Bad Contact');
    const limits = shortenedTo(forSeconds, this.#options.limits);
    const registered = register(this.#live(user), registration, limits, this.#clock.now());
    if (registered.outcome === 'refused')
      return this.#refuse(
        to,
        'bindings',
        registered.status,
        registered.status === 423 ? { 'Min-Expires': String(limits.minSeconds) } : {},
        registered.reason,
      );
    this.#bindings.set(user, registered.bindings);
    const outbound = registration.contacts.some(({ parameters }) => parameters.has('reg-id'));
    const { path } = registration;
    return answerTo(to, 200, {
      Contact: this.#live(user).map((binding) => formatBinding(binding, this.#clock.now())),
      Date: new Date(this.#clock.wall()).toUTCString(),
      Supported: 'path, outbound',
      ...(path.length === 0 ? {} : { Path: path }),
      ...(outbound ? { Require: 'outbound', 'Flow-Timer': FLOW_TIMER_SECONDS } : {}),
    });
  }

  #refuse(
    to: Pick<Asking, 'request' | 'localTag'>,
    because: RegistrarRefusal,
    status: number,
    headers: Headers = {},
    reason?: string,
  ): SipResponse {
    this.#refused[because]++;
    return answerTo(to, status, headers, reason);
  }
}

interface Identified {
  readonly outcome: 'right';
  /** Of its address. */
  readonly user: string;
  /** How long the credentials still hold; undefined: for good. */
  readonly forSeconds: number | undefined;
}
interface Refused {
  readonly outcome: 'refused';
  readonly response: SipResponse;
}
