import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dialogsLeft } from '../../src/lib/dialog-ledger.ts';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { RtpPeer } from '../media/rtp-peer.ts';
import { UdpPeer } from '../sip-server/udp-peer.ts';
import { openCallee } from '../support/callee.ts';
import { call } from '../support/caller.ts';
import { DIALPLANS, eventually, startServer } from '../support/server-process.ts';

/* The server is killed while calls are up: the next start hangs up on who would sit in silence. */

/** A telephone that calls over TCP and listens there too, as its Contact says. */
async function callOverTcp(to: { readonly host: string; readonly port: number }) {
  const rtp = await RtpPeer.open('PCMU');
  const sockets: Socket[] = [];
  const said: string[] = [];
  const listening: Server = createServer((socket) => {
    sockets.push(socket);
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        said.push(bytes.toString());
        const parsed = parseSipMessage(bytes, 'datagram');
        if (parsed.ok === 'message' && parsed.message.kind === 'request')
          socket.write(formatSipMessage(responseTo(parsed.message, 200, undefined, '')));
      });
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect(to.port, to.host);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  const head = (method: string, tag: string, body: string): string =>
    [
      `${method} sip:bank@${to.host}:${to.port} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bK-${method}`,
      'From: "A Name" <sip:+15550177@127.0.0.1>;tag=tcp',
      `To: <sip:bank@127.0.0.1>${tag}`,
      'Call-ID: over-tcp',
      `CSeq: 1 ${method}`,
      `Contact: <sip:caller@127.0.0.1:${port};transport=tcp>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  socket.write(head('INVITE', '', rtp.sdp()));
  let text = '';
  while (!/^SIP\/2\.0 200 [\s\S]+m=audio/m.test(text)) {
    const [bytes]: Buffer[] = await once(socket, 'data');
    text += bytes?.toString() ?? '';
  }
  const [, tag = ''] = /^To: .*?(;tag=\S+)/m.exec(text.slice(text.indexOf('SIP/2.0 200'))) ?? [];
  socket.write(head('ACK', tag, ''));
  rtp.aim(text.slice(text.indexOf('v=0')));
  rtp.idle();
  return {
    said,
    async [Symbol.asyncDispose]() {
      for (const each of sockets) each.destroy();
      listening.close();
      await rtp[Symbol.asyncDispose]();
    },
  };
}

const CALL_UP_MS = 1_000;

test('kill -9: the next start hangs up on callers over UDP and TCP and on a person, and forgets them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-killed-'));
  const ledger = join(folder, 'dialogs');
  const lines = async (): Promise<string[]> =>
    (await readFile(ledger, 'utf8')).split('\n').filter((line) => line !== '');
  const personPort = await freePort();
  const set = {
    'dialplan.file': join(DIALPLANS, 'front-end.yaml'),
    'person.uri': `sip:person@127.0.0.1:${personPort}`,
  };
  try {
    const killed = await startServer({ folder, set });
    await using _killed = killed;
    await using person = await openCallee(killed.sip, personPort);
    await using caller = await call(killed.sip);
    await using over = await callOverTcp(killed.sip);
    await using gone = await call(killed.sip);
    await killed.until('prompt-started', ({ prompt }) => prompt.startsWith('main'));
    await gone.hangUp();
    await caller.rtp.press('0');
    await person.answer();
    await killed.until('transfer-answered');
    const left = async (): Promise<number> => dialogsLeft(await readFile(ledger, 'utf8')).size;
    expect(await eventually(left, (now) => now === 3)).toBe(3);
    expect((await stat(ledger)).mode & 0o777).toBe(0o600);
    killed.kill('SIGKILL');
    await killed.exited;

    await using again = await startServer({ folder, set: { ...set, 'sip.port': killed.sip.port } });
    for (const end of [caller, person]) await end.hungUpOn(CALL_UP_MS);
    expect(over.said).toMatchObject([expect.stringMatching(/^BYE sip:caller@127\.0\.0\.1:\d+;transport=tcp /)]);
    expect(gone.sip.unheard).not.toContain('BYE');
    expect(await eventually(lines, (now) => now.length === 0)).toEqual([]);
    expect(await again.metric('sip_calls_orphaned')).toBe(3);
    // and the line is as it was
    await using next = await call(again.sip);
    await next.hangUp();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function freePort(): Promise<number> {
  await using peer = await UdpPeer.open({ host: '127.0.0.1', port: 9 });
  return peer.port;
}
