import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { openKamailio } from '../support/kamailio.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* A trunk that is not ours: Kamailio challenges our registration and our calls, and stays in their path. */

const DOMAIN = 'carrier.example';
const SECOND = 8_000;
const missing = !hasPeer('kamailio') || !hasPeer('baresip');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-trunk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.skipIf(missing).each(['udp', 'tcp'])(
  'over %s: we are registered, are asked for credentials, call a person through it, and take the registration back',
  async (transport) => {
    await using person = await openBaresip({ answers: true });
    await using carrier = await openKamailio({
      domain: DOMAIN,
      user: '4008001234',
      password: 'of-the-trunk',
      person: person.port,
    });
    const trunks = join(folder, 'trunks.yaml');
    await writeFile(join(folder, 'carrier.password'), 'of-the-trunk\n');
    await writeFile(
      trunks,
      `carrier:
  proxies: ['sip:127.0.0.1:${carrier.port};transport=${transport}']
  domain: ${DOMAIN}
  user: '4008001234'
  password_file: carrier.password
  register_seconds: 600
  probe_seconds: 5
`,
    );
    {
      await using bank = await openTestApp({
        set: {
          'trunks.file': trunks,
          'dialplan.file': join(DIALPLANS, 'short.yaml'),
          'dialplan.grammars': DIALPLANS,
          'person.uri': `sip:+861055550100@${DOMAIN}`,
        },
      });
      await expect.poll(() => carrier.log(), { timeout: 30_000 }).toContain('REGISTERED 4008001234 for 600');
      await using customer = await openCaller(bank.app.sip);
      customer.invite();
      await customer.answered();
      await bank.until('notice-given');
      await customer.rtp.press('0');
      await bank.until('transfer-answered', undefined, 20_000);
      expect(carrier.log()).toContain('CALL of 4008001234');
      const before = customer.rtp.received.length;
      await person.say(tone([1_000], SECOND));
      await customer.rtp.until(() => msOfTone(customer.rtp.heard(before), 1_000) > 500, 'the person');
      await person.command('hangup');
      await customer.hungUpOn(30_000);
      await atRest(bank);
      expectWhole(bank.events, 'bot-hung-up');
      expect(bank.events.find(({ type }) => type === 'transfer-ended')).toMatchObject({ outcome: 'completed' });
    }
    await expect.poll(() => carrier.log(), { timeout: 30_000 }).toContain('REGISTERED 4008001234 for 0');
  },
  120_000,
);

test.each([
  ['carrier: {}', /trunks\.yaml, line 1: .*proxies/],
  ["carrier: { proxies: ['sip:a@b'], domain: x }", /trunks\.yaml, line 1: carrier\.proxies\.0/],
  ["carrier: { proxies: ['sip:b'], domain: x, user: y }", /trunk carrier: user and password_file: both, or neither/],
  ["carrier: { proxies: ['sip:b'], domain: x, networks: [y] }", /networks expects IP addresses/],
  ["a: { proxies: ['sip:b'], domain: x }\nb: { proxies: ['sip:b'], domain: X }", /two trunks have the domain x/],
  ['carrier: [', /trunks\.yaml, line 1/],
])(
  'the file %j is refused at the start',
  async (text, message) => {
    const trunks = join(folder, 'trunks.yaml');
    await writeFile(trunks, text);
    await expect(openTestApp({ set: { 'trunks.file': trunks } })).rejects.toThrow(message);
  },
  60_000,
);
