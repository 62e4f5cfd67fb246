import { lookup, resolveNaptr, resolveSrv } from 'node:dns/promises';

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

/** What the domain name system says. None rejects: a name of which nothing is known has no records. */
export interface NameService {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4 and IPv6, in the order in which to try them. */
  addresses(name: string): Promise<readonly string[]>;
}

const none = (): [] => [];

export const systemNames: NameService = {
  naptr: (name) => resolveNaptr(name).catch(none),
  srv: (name) => resolveSrv(name).catch(none),
  addresses: (name) =>
    lookup(name, { all: true, verbatim: false }).then((found) => found.map(({ address }) => address), none),
};
