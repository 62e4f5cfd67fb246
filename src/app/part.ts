import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/* What each part of the server brings to what operators see. The composition root sums the parts (`sum-parts.ts`). */

/** How a part is. Anybody may read it: no address, no cause, nothing of a call; those are in the log. */
export interface Check {
  /** As `/healthz` and `/readyz` show it, such as `journal` or `sip 1`. */
  readonly name: string;
  /** 'ok', or what is wrong. */
  readonly state: string;
  /**
   * What cannot go on while it is not 'ok': the process (`/healthz` fails, a restart may help), the line (`/readyz`
   * fails and new calls are refused, since none could be served), or nothing (others do its work).
   */
  readonly stops: 'process' | 'line' | 'nothing';
}

export interface PartGauges {
  /** The help text of each gauge by its name, without the prefix `tellerline_`. */
  readonly help: Readonly<Record<string, string>>;
  read(): Reading | Promise<Reading>;
}

/** The value of each gauge at this moment, or several of one by their `reason`. */
export type Reading = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

export interface Part {
  readonly name: string;
  checks?(): readonly Check[] | Promise<readonly Check[]>;
  readonly gauges?: PartGauges;
  /** Behind the token. */
  readonly routes?: readonly FastifyPluginAsyncTypebox[];
}

/** Gauges with their reading, so that none is described and not read, or read and not described. */
export const gaugesOf = <K extends string>(
  help: Readonly<Record<K, string>>,
  read: () => Readonly<Record<K, Reading[string]>> | Promise<Readonly<Record<K, Reading[string]>>>,
): PartGauges => ({ help, read });
