import { expect, test } from 'vitest';
import { ms } from '../../../src/domain/units.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { openSignallingServer, type SignallingServer } from '../../../src/sip-server/signalling-server.ts';
import { type FreeswitchPeer, openFreeswitchPeer } from '../../peers/freeswitch/peer.ts';
import { atRest } from '../../support/at-rest.ts';
import { openCallee } from '../../support/callee.ts';
import { type Caller, call, openCaller, speaks } from '../../support/caller.ts';
import { callOf, expectWhole, typesIn } from '../../support/calls.ts';
import { recordingOf } from '../../support/recording-of.ts';
import { eventually } from '../../support/server-process.ts';
import { drachtioAt, type FrontEnd, freeswitchAt, openChannel } from './front-ends.ts';

/* Servers of the production front end die under live calls: a drachtio-server, and FreeSWITCH with another one beside it. */

const SECRET = 'a secret of the test';

interface Servers {
  readonly front: FrontEnd;
  readonly freeswitch: readonly FreeswitchPeer[];
  /** The SIP server goes without a word, and is back on its ports. */
  readonly stopSip: () => Promise<void>;
  readonly startSip: () => Promise<void>;
}

async function withServers(count: number, run: (servers: Servers) => Promise<void>): Promise<void> {
  const ports = { sip: 0, control: 0 };
  let sip: SignallingServer | undefined;
  const startSip = async (): Promise<void> => {
    sip = await openSignallingServer({
      host: '127.0.0.1',
      port: ports.sip,
      tcp: false,
      control: { host: '127.0.0.1', port: ports.control, secret: SECRET },
      clock: systemClock,
      setupsPerSecond: 100,
      burst: 100,
      eventLoopLag: ms(60_000),
      maxCalls: 100,
      sessionSeconds: 1_800,
    });
    ports.control = sip.controlPort;
    ports.sip = sip.sipAddresses[0]?.port ?? 0;
  };
  await startSip();
  const freeswitch = await Promise.all(Array.from({ length: count }, () => openFreeswitchPeer()));
  const servers = freeswitch.map(({ eventSocket: { host, port } }) => `${host}:${port}`).join(', ');
  const [first] = freeswitch;
  if (first === undefined) throw new Error('no media server');
  await using front = await openChannel(
    {
      ...drachtioAt({ host: '127.0.0.1', port: ports.control, secret: SECRET }),
      ...freeswitchAt(first.eventSocket),
      'media.servers': servers,
      'speech.recognizer': 'none',
      'speech.voice_activity_detection': false,
    },
    () => freeswitch.flatMap(({ violations }) => [...violations]),
    async () => {
      await sip?.close();
      await Promise.all(freeswitch.map((peer) => peer[Symbol.asyncDispose]()));
    },
  );
  await run({ front, freeswitch, startSip, stopSip: async () => await sip?.close() });
  await atRest(front.bank);
  expect(front.violations()).toEqual([]);
}

const contactOf = async (front: FrontEnd, { callId }: Caller): Promise<string> =>
  (await front.bank.until('call-offered', (event) => event.sip_call_id === callId)).contact;

async function inCall(front: FrontEnd): Promise<{ readonly caller: Caller; readonly contact: string }> {
  const caller = await call(front.sip);
  const contact = await contactOf(front, caller);
  await front.bank.until('prompt-started', (event) => event.contact === contact && event.prompt.startsWith('main'));
  await speaks(caller);
  return { caller, contact };
}

/** Takes our re-INVITE: the media is somewhere else now. */
async function takeOffer({ sip, rtp }: Pick<Caller, 'sip' | 'rtp'>, tag: string): Promise<void> {
  const offer = await sip.hearRequest('INVITE', 20_000);
  rtp.aim(Buffer.from(offer.body).toString());
  sip.respond(offer, 200, { body: rtp.sdp({ version: 2 }), tag });
  await sip.hearRequest('ACK', 20_000);
}

async function expectAnswer(front: FrontEnd, caller: Caller, contact: string): Promise<void> {
  const hours = () =>
    front.bank.events.filter(
      (event) => event.type === 'state-entered' && event.contact === contact && event.state === 'hours',
    ).length;
  const [before, heard] = [hours(), caller.rtp.received.length];
  await caller.rtp.press('1');
  await eventually(
    () => Promise.resolve(hours()),
    (now) => now > before,
  );
  await speaks(caller, heard);
}

const serving = (peers: readonly FreeswitchPeer[]): FreeswitchPeer => {
  const found = peers.find(({ legs }) => legs.length > 0);
  if (found === undefined) throw new Error('no server has a leg');
  return found;
};

test('a FreeSWITCH dies: its caller is moved to the other one, hears an apology, and the call goes on', async () => {
  await withServers(2, async ({ front, freeswitch }) => {
    const { caller, contact } = await inCall(front);
    await using _caller = caller;
    const dying = serving(freeswitch);
    await dying.kill();
    await takeOffer(caller, 'caller');
    const heard = caller.rtp.received.length;
    const moved = await front.bank.until('media-moved', (event) => event.contact === contact);
    expect(moved).toMatchObject({ because: 'MEDIA_SERVER_LOST' });
    await speaks(caller, heard);
    expect(
      front.bank.events.find(
        (event) => event.type === 'prompt-started' && event.contact === contact && event.seq > moved.seq,
      ),
    ).toMatchObject({ prompt: 'trouble/disturbed' });
    await expectAnswer(front, caller, contact);
    await caller.hangUp();
    await front.bank.until('call-ended', (event) => event.contact === contact);
    const events = callOf(front.bank, caller.callId);
    expectWhole(events);
    const { manifest } = await recordingOf(events);
    expect(manifest.gaps.some(({ track }) => track === 'customer')).toBe(true);
    // back again, it takes calls like the other
    await dying.restart();
    const seen = dying.everyLeg.length;
    await eventually(
      async () => {
        await using next = await call(front.sip);
        await speaks(next);
        await next.hangUp();
        return dying.everyLeg.length;
      },
      (legs) => legs > seen,
    );
  });
});

test('a FreeSWITCH dies under a caller and a person: both are moved, and hear each other again', async () => {
  await withServers(2, async ({ front, freeswitch }) => {
    await using person = await openCallee(front.sip, front.personPort);
    const { caller, contact } = await inCall(front);
    await using _caller = caller;
    await caller.rtp.press('0');
    await person.answer();
    await front.bank.until('transfer-answered', (event) => event.contact === contact);
    await serving(freeswitch).kill();
    await Promise.all([takeOffer(caller, 'caller'), takeOffer(person, 'callee')]);
    await front.bank.until('media-moved', (event) => event.contact === contact);
    const bridged = () => freeswitch.some(({ legs }) => legs.some(({ bridgedTo }) => bridgedTo !== undefined));
    await eventually(
      () => Promise.resolve(bridged()),
      (is) => is,
    );
    await person.hangUp();
    await front.bank.until('transfer-ended', (event) => event.contact === contact && event.outcome === 'completed');
    await caller.hangUp();
    await front.bank.until('call-ended', (event) => event.contact === contact);
    expectWhole(callOf(front.bank, caller.callId));
  });
});

test('the only FreeSWITCH dies: the call is hung up and recorded up to then; there are calls again when it is back', async () => {
  await withServers(1, async ({ front, freeswitch }) => {
    const { caller, contact } = await inCall(front);
    await using _caller = caller;
    await freeswitch[0]?.kill();
    await caller.hungUpOn(30_000);
    await front.bank.until('call-ended', (event) => event.contact === contact, 30_000);
    const events = callOf(front.bank, caller.callId);
    expect(events.at(-1)).toMatchObject({ because: 'failed', error: 'MEDIA_SERVER_LOST' });
    expect(typesIn(events, 'recording-sealed', 'recording-verified')).toHaveLength(2);
    await using refused = await openCaller(front.sip);
    refused.invite();
    expect((await refused.refused(503)).headers.get('retry-after')).toBeDefined();
    await freeswitch[0]?.restart();
    const next = await eventually(
      () => call(front.sip).catch(() => undefined),
      (answered) => answered !== undefined,
    );
    if (next === undefined) throw new Error('no call was taken any more');
    await using again = next;
    await speaks(again);
    await again.hangUp();
  });
});

test('the SIP server dies under a call and comes back: the call ends here, its media is free, and the next one is served', async () => {
  await withServers(1, async ({ front, freeswitch, stopSip, startSip }) => {
    const { caller, contact } = await inCall(front);
    await using _caller = caller;
    await stopSip();
    await front.bank.until('call-ended', (event) => event.contact === contact, 30_000);
    const events = callOf(front.bank, caller.callId);
    expect(events.at(-1)).toMatchObject({ because: 'failed', error: 'dialog lost' });
    expect(typesIn(events, 'recording-sealed', 'recording-verified')).toHaveLength(2);
    // nobody can tell FreeSWITCH by SIP: its event socket does
    await freeswitch[0]?.until(() => freeswitch[0]?.legs.length === 0, 'its channel to be gone', 20_000);
    await startSip();
    const next = await eventually(
      () => call(front.sip).catch(() => undefined),
      (answered) => answered !== undefined,
      20_000,
    );
    if (next === undefined) throw new Error('no call was taken any more');
    await using again = next;
    await speaks(again);
    await again.hangUp();
  });
});
