/** A member of staff at a console. */
export interface StaffClient {
  /** As a browser sends it. */
  readonly cookie: string;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends it, expects 200 and gives the answer. */
  ok<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** As the console's pages send it. */
export const sendAs = (
  address: string,
  cookie: string,
  ...[method, path, body, headers = {}]: Parameters<StaffClient['send']>
): Promise<Response> =>
  fetch(`${address}${path}`, {
    method,
    headers: {
      connection: 'close',
      cookie,
      'x-tellerline-console': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

export const expectingOk =
  (send: StaffClient['send']): StaffClient['ok'] =>
  async <T>(method: string, path: string, body?: unknown) => {
    const reply = await send(method, path, body);
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as T;
  };
