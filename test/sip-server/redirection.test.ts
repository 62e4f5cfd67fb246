import { describe, expect, test } from 'vitest';
import { answer, at, bankWith, carrier, closeCarriers } from './carrier.ts';
import { PEER_SDP } from './udp-peer.ts';

closeCarriers();

describe('a call that is redirected (RFC 3261 section 8.1.3.4)', () => {
  const INVITE = `sip|||\r\nINVITE sip:+8610@carrier.example SIP/2.0\r\nFrom: <sip:bank@localhost>\r\n\r\n${PEER_SDP}`;

  test('goes on at the Contacts, the most wanted first, and its answer is the answer', async () => {
    const [first, second] = [await carrier(), await carrier()];
    const bench = await bankWith({ proxies: [at(first)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const asked = await first.hearRequest('INVITE');
    const contacts = `<${at(second)}>;q=0.5, <${at(first).replace('sip:', 'sip:busy@')}>;q=0.9`;
    answer(first, bench, asked, 302, { Contact: contacts });
    const busy = await first.hear((one) => one.kind === 'request' && one.uri.startsWith('sip:busy@'));
    if (busy.kind === 'request') answer(first, bench, busy, 486);
    const last = await second.hearRequest('INVITE');
    expect([last.uri, last.headers.get('To')]).toEqual([at(second), asked.headers.get('To')]);
    second.aim(bench.server.sipAddresses[0]!);
    second.respond(last, 200, { body: PEER_SDP });
    const answered = await app.hearSip('SIP/2.0');
    expect(answered.message).toMatch(/^SIP\/2\.0 200/);
    await app.ask(`sip||${answered.fields[8]}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
    await second.hearRequest('ACK');
  });

  test.each([
    ['to another host', '<sip:+882@elsewhere.example>', 'SIP/2.0 302'],
    ['to a number that the trunk does not take', '<sip:+882@carrier.example>', 'SIP/2.0 302'],
    ['to a number that the trunk does not take, at its own server', '<sip:+882@SERVER>', 'SIP/2.0 302'],
    ['in a circle', '<sip:+8610@carrier.example>', 'SIP/2.0 302'],
    ['to no SIP address', '<tel:+8610>', 'SIP/2.0 302'],
  ])('is not followed %s', async (_where, contact, expected) => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)], limits: { destinations: [{ number: '+8610*' }] } });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    answer(peer, bench, await peer.hearRequest('INVITE'), 302, {
      Contact: contact.replace('SERVER', at(peer).slice('sip:'.length)),
    });
    expect((await app.hearSip('SIP/2.0')).message).toMatch(expected);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, outgoing: 0, trunks: [{ calls: 0 }] });
  });

  test('to the server of its trunk counts as a call of the trunk', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)], limits: { destinations: [{ number: '+8610*' }] } });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const there = at(peer).replace('sip:', 'sip:+86105555@');
    answer(peer, bench, await peer.hearRequest('INVITE'), 302, { Contact: `<${there}>` });
    const next = await peer.hear((one) => one.kind === 'request' && one.uri === there);
    expect(bench.server.statistics().trunks).toMatchObject([{ calls: 2 }]);
    if (next.kind === 'request') answer(peer, bench, next, 486);
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 486/);
    expect(bench.server.statistics().trunks).toMatchObject([{ calls: 0 }]);
  });

  test('again and again ends after five addresses', async () => {
    const peer = await carrier();
    const bench = await bankWith({ proxies: [at(peer)] });
    const app = await bench.application('invite');
    await app.ask(INVITE);
    const seen: string[] = [];
    for (let n = 0; n < 6; n++) {
      const invite = await peer.hear(
        (one) => one.kind === 'request' && one.method === 'INVITE' && !seen.includes(one.uri),
      );
      if (invite.kind !== 'request') continue;
      seen.push(invite.uri);
      answer(peer, bench, invite, 302, { Contact: `<sip:next-${n}@carrier.example>` });
    }
    expect((await app.hearSip('SIP/2.0')).message).toMatch(/^SIP\/2\.0 302/);
    expect(seen).toHaveLength(6);
  });
});
