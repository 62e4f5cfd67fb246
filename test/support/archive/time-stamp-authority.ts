import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestAuthority extends AsyncDisposable {
  readonly url: string;
  /** Of its root, DER. */
  readonly certificate: Uint8Array;
  /** From now on it answers with a token of an earlier query. */
  replay: boolean;
}

const CONFIG = `
[tsa]
default_tsa = tsa1
[tsa1]
serial = FOLDER/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[v3_tsa]
basicConstraints = CA:false
extendedKeyUsage = critical,timeStamping
`;

/** `openssl ts` behind an HTTP server, with a root and a signing certificate of its own. @param keys - of both */
export async function openTimeStampAuthority(keys: 'rsa:2048' | 'P-256' = 'P-256'): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-tsa-'));
  const file = (name: string): string => join(folder, name);
  /** A command line; `@name` stands for a file of the folder. */
  const openssl = (line: string): void => {
    const args = line.split(' ').map((word) => (word.startsWith('@') ? file(word.slice(1)) : word));
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  await writeFile(file('config'), CONFIG.replace('FOLDER', folder));
  await writeFile(file('serial'), '01\n');
  const key = keys === 'P-256' ? 'ec -pkeyopt ec_paramgen_curve:P-256' : keys;
  await writeFile(
    file('req'),
    '[req]\ndistinguished_name = name\n[name]\n[v3_ca]\nbasicConstraints = critical,CA:true\n',
  );
  const root = '-subj /CN=Root -config @req -extensions v3_ca -keyout @ca.key -out @ca.pem';
  openssl(`req -x509 -newkey ${key} -nodes -days 30 ${root}`);
  openssl(`req -newkey ${key} -nodes -subj /CN=TSA -config @req -keyout @tsa.key -out @tsa.csr`);
  const signed = '-CA @ca.pem -CAkey @ca.key -set_serial 2 -days 30 -extfile @config -extensions v3_tsa';
  openssl(`x509 -req -in @tsa.csr ${signed} -out @tsa.pem`);
  openssl('x509 -in @ca.pem -outform DER -out @ca.der');
  let earlier: Buffer | undefined;
  const self = { replay: false };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    await writeFile(file('query'), Buffer.concat(pieces));
    openssl('ts -reply -config @config -queryfile @query -signer @tsa.pem -inkey @tsa.key -out @reply');
    const reply = await readFile(file('reply'));
    response.setHeader('content-type', 'application/timestamp-reply');
    response.end(self.replay && earlier !== undefined ? earlier : reply);
    earlier ??= reply;
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(self, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    certificate: new Uint8Array(await readFile(file('ca.der'))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  });
}
