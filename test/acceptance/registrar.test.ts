import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretsFor, userLines, writeUser } from '../../src/app/telephone-users.ts';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* Telephones that are not ours register with the line, and are called as its persons: baresip. */

const missing = !hasPeer('baresip');
const DOMAIN = 'bank.example';
const PASSWORD = 'a-password-of-the-test';
const SECOND = 8_000;

/** This baresip gives up when SHA-256 is among what it is offered. */
const secretsOf = (password: string) => ({ MD5: secretsFor('agents', DOMAIN, password).MD5 });

let folder: string;
let users: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-users-'));
  users = join(folder, 'telephones');
  await writeFile(users, userLines('agents', DOMAIN, secretsOf(PASSWORD)), { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const openBank = (): Promise<TestApp> =>
  openTestApp({
    set: {
      'registrar.users_file': users,
      'registrar.domain': DOMAIN,
      'dialplan.file': join(DIALPLANS, 'short.yaml'),
      'dialplan.grammars': DIALPLANS,
      'person.uri': `sip:agents@${DOMAIN}`,
    },
  });
const telephone = ({ app }: TestApp, transport: 'udp' | 'tcp', password = PASSWORD) =>
  openBaresip({
    transport,
    answers: true,
    registers: { name: 'agents', domain: DOMAIN, password, at: `127.0.0.1:${app.sip.port}` },
  });

/** Its events may have gone by before anybody listens to a baresip: the server is asked. */
const metricOf = ({ app }: TestApp, name: string, atLeast: number): Promise<void> =>
  expect
    .poll(
      async () => {
        const reply = await fetch(`${app.http}/metrics`, { headers: { authorization: `Bearer ${app.token}` } });
        const line = (await reply.text()).split('\n').find((each) => each.startsWith(`tellerline_${name} `));
        return Number(line?.split(' ')[1] ?? 0);
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBeGreaterThanOrEqual(atLeast);

test.skipIf(missing)(
  'two telephones register, by UDP and by TCP; both ring for the caller who asks for a person, and one has the call',
  async () => {
    await using bank = await openBank();
    await using desk = await telephone(bank, 'udp');
    await using mobile = await telephone(bank, 'tcp');
    await metricOf(bank, 'sip_registered_contacts', 2);
    await using customer = await openCaller(bank.app.sip);
    customer.invite();
    await customer.answered();
    await bank.until('notice-given');
    await customer.rtp.press('0');
    await bank.until('transfer-answered', undefined, 30_000);
    const talking = [desk, mobile].find(({ events }) => events.some(({ type }) => type === 'CALL_ESTABLISHED')) ?? desk;
    const before = customer.rtp.received.length;
    await talking.say(tone([1_000], SECOND));
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(before), 1_000) > 500, 'the person');
    await talking.command('hangup');
    await customer.hungUpOn(30_000);
    await atRest(bank);
    expectWhole(bank.events, 'bot-hung-up');
    for (const { events } of [desk, mobile])
      expect(events.map(({ type }) => type)).toContainEqual(expect.stringMatching(/^CALL_/));
  },
  120_000,
);

test.skipIf(missing)(
  'a wrong password registers nothing; who is added to the file while the server runs can register',
  async () => {
    await using bank = await openBank();
    await using stranger = await telephone(bank, 'udp', 'another-password');
    await metricOf(bank, 'sip_registrations_refused{reason="wrong"}', 1);
    expect(stranger.events.map(({ type }) => type)).not.toContain('REGISTER_OK');
    await writeUser(users, 'agents', DOMAIN, secretsOf('another-password'));
    await using _known = await telephone(bank, 'udp', 'another-password');
    // it tries again by itself until the file has been read
    await metricOf(bank, 'sip_registered_contacts', 1);
  },
  120_000,
);

test('a file that everybody can read is refused at the start, and so is a line that cannot be read', async () => {
  await chmod(users, 0o644);
  await expect(openBank()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('chmod 600'),
  });
  await writeFile(users, `agents:${DOMAIN}:no-hash\n`);
  await chmod(users, 0o600);
  await expect(openBank()).rejects.toThrow(/telephones, line 1: expected name:realm:hash/);
});
