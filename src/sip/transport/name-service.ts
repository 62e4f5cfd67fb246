import { lookup, resolveNaptr, resolveSrv } from 'node:dns/promises';
import { systemCode } from '../../domain/error.ts';

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  /** `SIP+D2U`, `SIPS+D2T`… */
  readonly service: string;
  /** The name whose SRV records are meant. */
  readonly replacement: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly name: string;
}

/** What the domain name system says: a name of which nothing is known has no records. Rejects when it cannot be asked. */
export interface NameService {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4 and IPv6, in the order in which to try them. */
  addresses(name: string): Promise<readonly string[]>;
}

/** The name has no such records, or is none; everything else is trouble on the way. */
const NOTHING_KNOWN: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

const noneIfUnknown = (thrown: unknown): [] => {
  if (NOTHING_KNOWN.has(systemCode(thrown))) return [];
  throw thrown;
};

export const systemNames: NameService = {
  naptr: (name) => resolveNaptr(name).catch(noneIfUnknown),
  srv: (name) => resolveSrv(name).catch(noneIfUnknown),
  addresses: (name) =>
    lookup(name, { all: true, verbatim: false }).then((found) => found.map(({ address }) => address), noneIfUnknown),
};
