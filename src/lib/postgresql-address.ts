import { isIP } from 'node:net';

/** Where a PostgreSQL database is and how it is spoken to. */
export interface PostgresqlAddress {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** By TLS, with the server's certificate and name verified. */
  readonly tls: boolean;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')) || host.startsWith('/');

/**
 * `postgres://user:password@host:port/database`, with `?sslmode=verify-full` or `disable`, or `?host=/run/postgresql` for a
 * Unix socket. TLS is verified, and left out on the loopback and a Unix socket alone.
 *
 * @returns the address, or what is wrong with it: no part of it is repeated, since it may hold a password
 */
export function parsePostgresqlUrl(url: string): PostgresqlAddress | { readonly problem: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return { problem: 'expects a URL such as postgres://tellerline@db.example:5432/tellerline' };
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:')
    return { problem: 'expects a URL that begins with postgres:// (or nothing: SQLite)' };
  for (const name of parsed.searchParams.keys())
    if (name !== 'sslmode' && name !== 'host')
      return { problem: `does not know the parameter ${name}; there are sslmode and host` };
  const host = parsed.searchParams.get('host') ?? parsed.hostname.replace(/^\[|\]$/g, '');
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (host === '' || database === '') return { problem: 'expects a host and, after it, /database' };
  const mode = parsed.searchParams.get('sslmode');
  if (mode !== null && mode !== 'verify-full' && mode !== 'disable')
    return {
      problem: 'expects sslmode=verify-full or sslmode=disable: a certificate that nobody verifies protects nothing',
    };
  if (mode === 'disable' && !isLoopback(host))
    return { problem: 'expects TLS to another machine: sslmode=disable is for the loopback and Unix sockets' };
  return {
    host,
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    database,
    user: parsed.username === '' ? 'tellerline' : decodeURIComponent(parsed.username),
    password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
    tls: mode === 'verify-full' || !isLoopback(host),
  };
}
