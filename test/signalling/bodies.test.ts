import { describe, expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { PEER_SDP } from '../sip-server/udp-peer.ts';
import { OUR_SDP } from './line.ts';
import { openTalk } from './talk.ts';

/* Session descriptions among other parts (RFC 5621), and refusals that say why. */

const multipart = (other: string, sdp = PEER_SDP): string =>
  `--b\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--b\r\n${other}\r\n--b--\r\n`;
const ISUP = 'Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00I';
const REQUIRED = ISUP.replace('optional', 'required');
const MULTIPART = { 'Content-Type': 'multipart/mixed;boundary=b', 'MIME-Version': '1.0' };

describe('multipart bodies', () => {
  test('a re-INVITE of the caller', async () => {
    await using talk = await openTalk('in');
    const offers: string[] = [];
    talk.dialog.onOffer((offer) => {
      offers.push(offer);
      return Promise.resolve(OUR_SDP);
    });
    talk.ask('INVITE', 2, { body: multipart(ISUP), headers: MULTIPART });
    await talk.peer.hearFinal('2 INVITE');
    talk.ask('ACK', 2);
    expect(offers).toEqual([PEER_SDP]);
    expect(talk.dialog.remoteSdp).toBe(PEER_SDP);
    talk.ask('INVITE', 3, { body: multipart(REQUIRED), headers: MULTIPART });
    const refused = await talk.peer.hearFinal('3 INVITE');
    expect(refused.status).toBe(415);
    expect(refused.headers.all('Accept')).toContain('multipart/mixed');
    talk.ask('ACK', 3);
  });

  test('the answer of a person’s telephone, and its answer to a re-INVITE of ours', async () => {
    await using talk = await openTalk('out');
    const reoffering = talk.dialog.reoffer(OUR_SDP);
    const invite = await talk.peer.hearRequest('INVITE');
    talk.peer.respond(invite, 200, { body: multipart(ISUP), type: 'multipart/mixed;boundary=b' });
    expect(await reoffering).toBe(PEER_SDP);
    await talk.peer.hearRequest('ACK');
  });

  test('the answer in the ACK of a re-INVITE without an offer, which offered all that we can', async () => {
    await using talk = await openTalk('in');
    const answers = new Promise<string>((resolve) =>
      talk.dialog.onOffer((offer) => {
        resolve(offer);
        return Promise.resolve(OUR_SDP);
      }),
    );
    talk.ask('INVITE', 2);
    const ok = await talk.peer.hearFinal('2 INVITE');
    expect(Buffer.from(ok.body).toString()).toMatch(/^m=audio 20000 RTP\/AVP 0 8 101\r$/m);
    talk.ask('ACK', 2, { body: multipart(ISUP), headers: MULTIPART });
    expect(await answers).toBe(PEER_SDP);
  });
});

test('a 488 within a call says why', async () => {
  await using talk = await openTalk('in');
  talk.dialog.onOffer(() =>
    Promise.reject(
      new IvrError('NO_COMMON_CODEC', 'no stream: neither PCMU nor PCMA', { because: 'neither PCMU nor PCMA' }),
    ),
  );
  talk.ask('INVITE', 2, { body: PEER_SDP });
  const refused = await talk.peer.hearFinal('2 INVITE');
  expect([refused.status, refused.headers.get('Warning')]).toEqual([
    488,
    '305 tellerline "no stream: neither PCMU nor PCMA"',
  ]);
  talk.ask('ACK', 2);
});
