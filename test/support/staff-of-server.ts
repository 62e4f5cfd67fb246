import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { codeOf, NEXT_PASSWORD, PASSWORD } from './staff.ts';
import { expectingOk, sendAs, type StaffClient } from './staff-client.ts';

/* Members of staff of a server that runs as a process of its own. */

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
  const send: StaffClient['send'] = async (...request) => {
    const reply = await sendAs(http, cookie, ...request);
    cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return reply;
  };
  const ok = expectingOk(send);
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
