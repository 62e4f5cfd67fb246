import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { callsOf, expectWhole } from '../support/calls.ts';
import { openKamailio } from '../support/kamailio.ts';
import { hasPeer } from '../support/peers.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { named, sipp, sippMissing } from '../support/sipp.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* Numbers lead to dialplans: SIPp calls. A proxy in front stays in the path: Kamailio. */

let folder: string;
let bank: TestApp;
const missing = sippMissing;

beforeAll(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), 'tellerline-routing-'));
  const file = join(folder, 'routing.yaml');
  await writeFile(
    file,
    `
hours:
  always: [{ days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '24:00' }]
  holidays-alone: [{ also: [holidays], from: '00:00', to: '24:00' }]
calendars: { holidays: ['1999-12-31'] }
inbound:
  - { numbers: ['95588'], hours: holidays-alone, reject: 480 }
  - { numbers: ['95588'], hours: always, dialplan: ${join(DIALPLANS, 'keypad.yaml')} }
  - { numbers: ['4008*'], reject: 404 }
`,
  );
  bank = await openTestApp({
    set: {
      'routing.file': file,
      'dialplan.file': join(DIALPLANS, 'short.yaml'),
      'dialplan.grammars': DIALPLANS,
    },
  });
}, 120_000);
afterAll(async () => {
  if (missing) return;
  await bank[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(missing)('a call', () => {
  test.each([
    ['95588', 'keypad'],
    ['bank', 'short'],
  ])(
    'of %s is answered by the dialplan %s',
    async (number, dialplan) => {
      const line = `127.0.0.1:${bank.app.sip.port}`;
      await using calling = sipp({ builtIn: 'uac' }, ['-s', number, '-d', '8000', ...named(dialplan), line], {
        timeout: 60,
        behaviours: 'all',
      });
      expect(await calling.done).toMatchObject({ status: 0 });
      await atRest(bank);
      const [events = []] = callsOf(bank, dialplan);
      expectWhole(events);
      expect(events.find(({ type }) => type === 'state-entered')).toMatchObject({ dialplan });
    },
    90_000,
  );

  test('of a number that there is not is refused, and the journal has it', async () => {
    const caller = await openCaller(bank.app.sip);
    await using _caller = caller;
    const invite = caller.sip.request('INVITE', {
      callId: 'wrong-number',
      to: '<sip:4008123@127.0.0.1>',
      body: caller.rtp.sdp(),
    });
    caller.sip.send(invite);
    expect((await caller.sip.hearFinal('INVITE', 30_000)).status).toBe(404);
    expect(await bank.until('call-rejected', ({ reason }) => reason === 'route')).toMatchObject({ status: 404 });
  });
});

test.skipIf(!hasPeer('kamailio') || !hasPeer('baresip'))(
  'a proxy in front that stays in the path (Kamailio, Record-Route): baresip calls through it, and what we send in the call goes through it',
  async () => {
    await using keypad = await openTestApp({
      set: { 'dialplan.file': join(DIALPLANS, 'keypad.yaml'), 'dialplan.grammars': DIALPLANS },
    });
    await using proxy = await openKamailio({
      domain: 'bank.example',
      user: 'nobody',
      password: 'none',
      person: 9,
      line: keypad.app.sip.port,
    });
    await using telephone = await openBaresip();
    await telephone.command('dial', `sip:line@127.0.0.1:${proxy.port}`);
    await telephone.next('CALL_ESTABLISHED');
    await keypad.until('notice-given', undefined, 30_000);
    for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
    await telephone.next('CALL_CLOSED');
    await atRest(keypad);
    expectWhole(keypad.events, 'bot-hung-up');
    expect(keypad.events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
    expect(proxy.log()).toMatch(/INSIDE ACK/);
    expect(proxy.log()).toMatch(new RegExp(`INSIDE BYE from 127\\.0\\.0\\.1:${keypad.app.sip.port}`));
  },
  120_000,
);
