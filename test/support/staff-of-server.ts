import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { codeOf, NEXT_PASSWORD, PASSWORD } from './staff.ts';

/* Members of staff of a server that runs as a process of its own. */

export interface StaffClient {
  /** As a browser sends it. */
  readonly cookie: string;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends it, expects 200 and gives the answer. */
  ok<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** At the command line, beside the server. */
export async function addStaff(folder: string, name: string, role: string): Promise<void> {
  const config = join(folder, 'tellerline.yaml');
  const child = spawn(process.execPath, ['dist/main.js', 'staff', 'add', name, '--roles', role, '--config', config], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(`${PASSWORD}\n`);
  const [status] = (await once(child, 'exit')) as [number];
  if (status !== 0) throw new Error(`staff add ${name} ended with ${status}`);
}

/** First sign-in: password, second factor, a password of one's own. */
export async function signIn(http: string, name: string): Promise<StaffClient> {
  let cookie = '';
  const send: StaffClient['send'] = async (method, path, body, headers = {}) => {
    const reply = await fetch(`${http}${path}`, {
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
    cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return reply;
  };
  const ok = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const reply = await send(method, path, body);
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return JSON.parse(text) as T;
  };
  await ok('POST', '/api/staff/sign-in', { name, password: PASSWORD });
  const { secret } = await ok<{ secret: string }>('POST', '/api/staff/enrolment');
  await ok('POST', '/api/staff/enrolment/confirm', { code: codeOf(secret, Date.now()) });
  const { step } = await ok<{ step: string }>('POST', '/api/staff/password', {
    current: PASSWORD,
    next: NEXT_PASSWORD,
  });
  if (step !== 'full') throw new Error(`${name} is at ${step}`);
  return {
    get cookie() {
      return cookie;
    },
    send,
    ok,
  };
}
