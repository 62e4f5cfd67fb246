import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ended } from './ended.ts';
import { freePort } from './sipp.ts';

/* A Kamailio of the test's own, as a carrier has one: it challenges, registers, and stays in the path by Record-Route. */

export interface Kamailio extends AsyncDisposable {
  readonly port: number;
  /** What it logged: `REGISTERED user`, `CALL`, and its own messages. */
  readonly log: () => string;
}

const MODULES = '/usr/lib/x86_64-linux-gnu/kamailio/modules/';

/** @param options.person - port of the telephone that calls to the carrier's numbers ring at */
export async function openKamailio(options: {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly person: number;
  /** Port of the line that calls to `sip:line@…` go to, whoever calls. */
  readonly line?: number;
}): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), 'kamailio-'));
  const port = await freePort();
  const file = join(folder, 'kamailio.cfg');
  await writeFile(file, configuration({ ...options, port }));
  const child = spawn(
    'kamailio',
    ['-f', file, '-DD', '-E', '-w', folder, '-P', join(folder, 'pid'), '-Y', folder, '-m', '32', '-M', '4'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = once(child, 'exit');
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (log += text.toString()));
  const give = AbortSignal.timeout(30_000);
  // it says nothing when it is ready: the first OPTIONS that it answers does
  while (!(await answers(port))) {
    if (child.exitCode !== null || give.aborted) {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      throw new Error(`Kamailio did not start: ${log}`);
    }
    await delay(100);
  }
  return {
    port,
    log: () => log,
    async [Symbol.asyncDispose]() {
      await ended(child, exited);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port: own } = socket.address();
    const heard = once(socket, 'message', { signal: AbortSignal.timeout(500) });
    socket.on('error', () => undefined);
    const request = [
      `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${own}`,
      'From: <sip:test@127.0.0.1>;tag=1',
      `To: <sip:127.0.0.1:${port}>`,
      `Call-ID: ${own}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    socket.send(`${request.join('\r\n')}\r\n\r\n`, port, '127.0.0.1');
    await heard;
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

/** A carrier's proxy: takes registrations and calls of one user who proves to be it, and records its route. */
function configuration({
  domain,
  user,
  password,
  person,
  line,
  port,
}: {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly person: number;
  readonly line?: number;
  readonly port: number;
}): string {
  return `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
alias="${domain}"
mpath="${MODULES}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 120)
modparam("auth", "nonce_expire", 60)
modparam("auth", "qop", "auth")

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS") && uri == myself) { sl_send_reply("200", "OK"); exit; }
  if (has_totag()) {
    if (loose_route()) { xlog("L_ERR", "INSIDE $rm from $si:$sp\\n"); t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${domain}", "${password}", "0")) { www_challenge("${domain}", "1"); exit; }
    consume_credentials();
    xlog("L_ERR", "REGISTERED $au for $hdr(Expires)\\n");
    save("location");
    exit;
  }
  if (is_method("INVITE") && $rU == "line") {
    record_route();
    $ru = "sip:line@127.0.0.1:${line ?? 9}";
    t_relay();
    exit;
  }
  if (is_method("INVITE")) {
    if (!pv_proxy_authenticate("${domain}", "${password}", "0")) { proxy_challenge("${domain}", "1"); exit; }
    if ($au != "${user}") { sl_send_reply("403", "Forbidden"); exit; }
    consume_credentials();
    record_route();
    xlog("L_ERR", "CALL of $au\\n");
    $ru = "sip:baresip@127.0.0.1:${person}";
    t_relay();
    exit;
  }
  sl_send_reply("405", "Method Not Allowed");
}
`;
}
