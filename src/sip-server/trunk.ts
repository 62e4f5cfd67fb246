import type { Account } from '../sip/digest/credentials.ts';
import type { TrunkLimitsOptions } from './trunk-limits.ts';

/** A provider, SBC or PBX that calls go to and come from. */
export interface Trunk {
  /** As logs, metrics and the configuration call it. */
  readonly name: string;
  /** Where its requests go, the preferred one first: SIP URIs. */
  readonly proxies: readonly string[];
  /** The host of its addresses: a call to `sip:…@domain` goes this way. */
  readonly domain: string;
  /** What answers its challenges. */
  readonly account: Account | undefined;
  /** How long we ask to be registered; undefined: not at all. */
  readonly registerSeconds: number | undefined;
  /** How often it is asked whether it is there (OPTIONS); undefined: never. */
  readonly probeSeconds: number | undefined;
  /** How often the way to it is kept open and looked at while we are registered (RFC 5626); undefined: not at all. */
  readonly keepAliveSeconds?: number | undefined;
  /** Where its calls come from. */
  readonly networks?: readonly string[];
  readonly limits?: TrunkLimitsOptions;
}

export interface TrunkState {
  readonly name: string;
  /** Undefined: it does not register. */
  readonly registered: boolean | undefined;
  /** Of its proxies: how many answer. */
  readonly proxiesUp: number;
  readonly proxies: number;
  /** Under way, in both directions. */
  readonly calls: number;
}
