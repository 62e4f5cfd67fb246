import { type Milliseconds, ms } from '../../domain/units.ts';
import { formatNameAddress, type NameAddress } from '../message/name-address.ts';
import { parseUint32 } from '../message/token.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import { isSameAddress } from '../message/uri-equality.ts';

/**
 * Where an address of record is reached (RFC 3261 section 10).
 *
 * @typeParam W - the way that its REGISTER came by, as the transports know it
 */
export interface Binding<W> {
  /** Its URI, and the parameters that are given back. */
  readonly contact: NameAddress;
  /** 0…1, the higher the sooner it is tried. */
  readonly q: number;
  readonly expiresAt: Milliseconds;
  readonly callId: string;
  readonly cseq: number;
  /** Proxies on the way, the first to go through first (RFC 3327). */
  readonly path: readonly string[];
  readonly way: W;
}

export interface RegistrarLimits {
  /** Of each address of record. */
  readonly contacts: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

/** What of a REGISTER concerns the bindings. */
export interface Registration<W> {
  readonly contacts: readonly NameAddress[];
  /** Contact was `*`. */
  readonly all: boolean;
  /** The Expires header. */
  readonly expires: string | undefined;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  readonly way: W;
}

type Refused = {
  readonly outcome: 'refused';
  readonly status: 400 | 403 | 423 | 500;
  readonly reason?: string;
};
export type Registered<W> = { readonly outcome: 'done'; readonly bindings: readonly Binding<W>[] } | Refused;

/** Where no time is named (RFC 3261 section 10.2). */
const USUAL_SECONDS = 3_600;

/** Those that are not over. */
export const liveBindings = <W>(bindings: readonly Binding<W>[], now: Milliseconds): readonly Binding<W>[] =>
  bindings.every(({ expiresAt }) => expiresAt > now) ? bindings : bindings.filter(({ expiresAt }) => expiresAt > now);

/**
 * The bindings of an address of record after a REGISTER (RFC 3261 section 10.3, steps 6 to 8): all of its contacts are
 * taken, or none. Where there are more than may be, those that were refreshed longest ago make room.
 */
export function register<W>(
  before: readonly Binding<W>[],
  { contacts, all, expires, callId, cseq, path, way }: Registration<W>,
  limits: RegistrarLimits,
  now: Milliseconds,
): Registered<W> {
  let bindings = liveBindings(before, now);
  const isOld = (binding: Binding<W>): boolean => binding.callId === callId && binding.cseq >= cseq;
  if (all) {
    if (expires?.trim() !== '0' || contacts.length > 0)
      return { outcome: 'refused', status: 400, reason: 'Contact * Without Expires 0' };
    return bindings.some(isOld) ? OUT_OF_ORDER : { outcome: 'done', bindings: [] };
  }
  for (const contact of contacts) {
    const uri = parseSipUri(contact.uri);
    if (uri === undefined) return { outcome: 'refused', status: 400, reason: 'Contact Is No SIP URI' };
    const seconds = secondsOf(contact, expires);
    if (seconds > 0 && seconds < limits.minSeconds) return { outcome: 'refused', status: 423 };
    const found = bindings.find((binding) => isSameFarEnd(binding, contact, uri));
    if (found !== undefined && isOld(found)) return OUT_OF_ORDER;
    bindings = bindings.filter((binding) => binding !== found);
    if (seconds === 0) continue;
    const expiresAt = ms(now + Math.min(seconds, limits.maxSeconds) * 1_000);
    bindings = [...bindings, { contact, q: qualityOf(contact), expiresAt, callId, cseq, path, way }];
  }
  const named = bindings.filter((binding) => binding.callId === callId && binding.cseq === cseq).length;
  if (named > limits.contacts) return { outcome: 'refused', status: 403, reason: 'Too Many Contacts' };
  // a telephone that came back with another address is not kept out by what it was before: the one that was refreshed longest ago goes
  return { outcome: 'done', bindings: bindings.slice(-limits.contacts) };
}

const OUT_OF_ORDER: Refused = { outcome: 'refused', status: 500, reason: 'CSeq Out Of Order' };

/** The same URI; or the same device by the same of its ways (RFC 5626 section 6), whose address may have changed. */
function isSameFarEnd(binding: Binding<unknown>, contact: NameAddress, uri: SipUri): boolean {
  const other = parseSipUri(binding.contact.uri);
  const device = deviceOf(contact);
  if (device !== undefined) return device === deviceOf(binding.contact);
  return other !== undefined && isSameAddress(other, uri);
}

function deviceOf({ parameters }: NameAddress): string | undefined {
  const [instance, way] = [parameters.get('+sip.instance'), parameters.get('reg-id')];
  return instance === undefined || way === undefined ? undefined : `${instance} ${way}`;
}

/** What cannot be read counts as what is usual (section 10.2.1.1). */
function secondsOf({ parameters }: NameAddress, header: string | undefined): number {
  const named = parameters.get('expires') ?? header?.trim();
  return named === undefined ? USUAL_SECONDS : (parseUint32(named) ?? USUAL_SECONDS);
}

function qualityOf({ parameters }: NameAddress): number {
  const q = Number(parameters.get('q') ?? '1');
  return q >= 0 && q <= 1 ? q : 1;
}

/** As a 200 lists it: how long it is still to last (section 10.3, step 8). */
export function formatBinding({ contact, expiresAt }: Binding<unknown>, now: Milliseconds): string {
  const parameters = new Map(contact.parameters);
  parameters.set('expires', String(Math.max(0, Math.ceil((expiresAt - now) / 1_000))));
  return formatNameAddress({ ...contact, parameters });
}

/** In the order in which they are tried: of the same q all at once. */
export function byPreference<T extends Pick<Binding<unknown>, 'q'>>(bindings: readonly T[]): readonly (readonly T[])[] {
  const grades = [...new Set(bindings.map(({ q }) => q))].toSorted((a, b) => b - a);
  return grades.map((grade) => bindings.filter(({ q }) => q === grade));
}
