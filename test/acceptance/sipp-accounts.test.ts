import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretsFor, userLines } from '../../src/app/telephone-users.ts';
import { openKeypadLine } from '../support/calls.ts';
import { sipp, sippMissing, steps } from '../support/sipp.ts';
import type { TestApp } from '../support/test-app.ts';

/* SIPp registers with digest authentication. */

const DOMAIN = 'bank.example';
const PASSWORD = 'of-the-telephones';

let folder: string;
let bank: TestApp;
let line: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-accounts-'));
  const users = join(folder, 'telephones');
  // SIPp knows MD5 alone
  const { MD5 } = secretsFor('agents', DOMAIN, PASSWORD);
  await writeFile(users, userLines('agents', DOMAIN, { MD5 }), { mode: 0o600 });
  bank = await openKeypadLine({ 'registrar.users_file': users, 'registrar.domain': DOMAIN, 'registrar.contacts': 100 });
  line = `127.0.0.1:${bank.app.sip.port}`;
});
afterAll(async () => {
  await bank[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const register = (cseq: number, expires: number, proof = ''): string => `<send retrans="500"><![CDATA[
REGISTER sip:${DOMAIN} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:agents@${DOMAIN}>;tag=[pid]R[call_number]
To: <sip:agents@${DOMAIN}>
Call-ID: [call_id]
CSeq: ${cseq} REGISTER
Contact: <sip:agents@[local_ip]:[local_port];line=[call_number]>
Expires: ${expires}
Max-Forwards: 70
${proof}Content-Length: 0

]]></send>`;
const proof = (password: string): string => `[authentication username=agents password=${password}]\n`;

describe.skipIf(sippMissing)('SIPp', () => {
  test.each(['u1', 't1'])(
    'registers twenty telephones over %s with digest, and takes them back',
    async (transport) => {
      const scenario = steps(
        register(1, 600),
        '<recv response="401" auth="true"/>',
        register(2, 600, proof(PASSWORD)),
        '<recv response="200"/>',
        register(3, 0),
        '<recv response="401" auth="true"/>',
        register(4, 0, proof(PASSWORD)),
        '<recv response="200"/>',
      );
      await using registering = sipp(scenario, ['-t', transport, '-r', '20', line], { calls: 20, timeout: 60 });
      const { status, messages } = await registering.done;
      expect(status).toBe(0);
      expect(messages).toMatch(/Contact: <sip:agents@127\.0\.0\.1:\d+;line=\d+>;expires=600/);
    },
    90_000,
  );

  test('with a wrong password does not', async () => {
    const scenario = steps(
      register(1, 600),
      '<recv response="401" auth="true"/>',
      register(2, 600, proof('wrong')),
      '<recv response="401" auth="true"/>',
    );
    await using guessing = sipp(scenario, [line], { timeout: 60 });
    expect((await guessing.done).status).toBe(0);
  });
});
