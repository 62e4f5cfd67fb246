import { expect, test } from 'vitest';
import { tone } from '../../../src/audio/tone.ts';
import { eventually, openStage } from './drive.ts';
import { fork, hears, pcm } from './peer-sounds.ts';
import { quietConsole } from './quiet-console.ts';

quietConsole();

test('it dies and comes back: sockets break at once, WebSocket 1006, the client connects again', async () => {
  await using stage = await openStage();
  const { peer, media } = stage;
  const phone = await stage.phone();
  const endpoint = await media.createEndpoint({ remoteSdp: phone.sdp() });
  await fork(stage, endpoint);
  await eventually(() => stage.forks.length === 1, 'the fork');
  let destroyed = false;
  endpoint.on('destroy', () => {
    destroyed = true;
  });
  await peer.kill();
  await eventually(() => destroyed && stage.forks[0]?.closed === 1006, 'the end of everything');
  expect(peer.legs).toEqual([]);
  await peer.restart();
  await peer.until(() => peer.inboundConnections === 1, 'the new connection');
  await eventually(() => media.connected(), 'fsmrf to be connected');
  const again = await media.createEndpoint({ remoteSdp: phone.sdp() });
  await again.destroy();
});

test('a fork that cannot connect: its name is taken until it is stopped; one that breaks says disconnect', async () => {
  await using stage = await openStage();
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  const events: string[] = [];
  for (const name of ['connect', 'connect_failed', 'disconnect'])
    endpoint.addCustomEventListener(`mod_audio_fork::${name}`, () => events.push(name));
  peer.failNextFork();
  await fork(stage, endpoint);
  await peer.until(() => events.length === 1, 'the failure');
  await expect(fork(stage, endpoint)).rejects.toThrow('-ERR Operation Failed');
  expect(peer.takeViolations()).toHaveLength(1);
  await endpoint.forkAudioStop('bot');
  await fork(stage, endpoint);
  await eventually(() => stage.forks.length === 1 && events.length === 2, 'the connection');
  peer.dropFork(endpoint.uuid);
  await peer.until(() => events.length === 3, 'the break');
  expect(events).toEqual(['connect_failed', 'connect', 'disconnect']);
  await eventually(() => stage.forks[0]?.closed === 1006, '1006');
  await endpoint.forkAudioStop('bot');
  await endpoint.destroy();
});

test('bot audio sent on hold is lost, and its mark says playout', async () => {
  await using stage = await openStage();
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  phone.aim(endpoint.local.sdp);
  await fork(stage, endpoint);
  await eventually(() => stage.forks[0]?.texts.length === 1, 'the fork');
  await endpoint.modify(phone.sdp({ direction: 'inactive', version: 2 }));
  expect(endpoint.local.sdp).toMatch(/a=inactive\r\n$/);
  stage.forks[0]?.socket.send(pcm(tone([1500], 1600)));
  stage.forks[0]?.socket.send('{"type":"mark","data":{"name":"in-hold"}}');
  await eventually(() => stage.forks[0]?.texts.length === 2, 'the mark');
  expect(stage.forks[0]?.texts[1]).toBe('{"type": "mark", "data": {"name":"in-hold", "event": "playout"}}');
  await peer.until(() => peer.legs[0]?.forks[0]?.samplesWaiting === 0, 'it played into nothing');
  expect(hears(phone.heard(), 1500)).toBe(false);
  await endpoint.destroy();
});

test('what a sweep of orphans needs, answers to order, basic authentication, keys to the far end', async () => {
  await using stage = await openStage();
  const { peer, media } = stage;
  const phone = await stage.phone();
  const endpoint = await media.createEndpoint({
    remoteSdp: phone.sdp(),
    headers: { From: '<sip:node-1@localhost>', 'X-Node': 'one' },
  });
  phone.aim(endpoint.local.sdp);
  const { uuid } = endpoint;
  expect(peer.legs[0]?.variables.get('sip_h_X-Node')).toBe('one');
  expect(await media.api(`uuid_exists ${uuid}`)).toBe('true');
  expect(await media.api('show channels')).toContain(`\n${uuid},inbound,`);
  expect(JSON.parse(await media.api('show channels as json'))).toMatchObject({
    row_count: 1,
    rows: [{ uuid, cid_num: 'node-1' }],
  });
  for (const [name, value] of [
    ['USERNAME', 'tellerline'],
    ['PASSWORD', 'one-time'],
  ])
    expect(await media.api(`uuid_setvar ${uuid} MOD_AUDIO_BASIC_AUTH_${name} ${value}`)).toBe('+OK\n');
  peer.refuse(/^uuid_audio_fork/);
  await expect(fork(stage, endpoint)).rejects.toThrow('-ERR Operation Failed');
  await fork(stage, endpoint);
  await eventually(() => stage.forks.length === 1, 'the fork');
  expect(stage.forks[0]?.headers['authorization']).toBe(
    `Basic ${Buffer.from('tellerline:one-time').toString('base64')}`,
  );
  await endpoint.execute('send_dtmf', '5@100');
  await phone.until((packets) => packets.some(({ payloadType }) => payloadType === 101), 'the key');

  await media.api(`uuid_set_media_stats ${uuid}`);
  expect(await media.api(`uuid_dump ${uuid}`)).toMatch(/^variable_rtp_audio_in_packet_count: 0$/m);

  const g729 = phone.sdp({ formats: '18' });
  await expect(media.createEndpoint({ remoteSdp: g729 })).rejects.toMatchObject({ status: 488 });
  peer.refuseCalls(503);
  await expect(media.createEndpoint({ remoteSdp: phone.sdp() })).rejects.toMatchObject({ status: 503 });
  let beats = 0;
  const { conn } = media as unknown as { conn: { on(event: string, listener: () => void): void } };
  conn.on('esl::event::HEARTBEAT::*', () => beats++);
  peer.heartbeat();
  await eventually(() => beats === 1, 'a heartbeat');

  const gone = new Promise<Record<string, string>>((resolve) => endpoint.once('destroy', resolve));
  expect(await media.api(`uuid_kill ${uuid}`)).toBe('+OK\n');
  expect(await gone).toEqual({ reason: 'NORMAL_CLEARING' });
  expect(await media.api(`uuid_exists ${uuid}`)).toBe('false');
  // it lived once: whoever comes too late has done nothing wrong
  expect(await media.api(`uuid_kill ${uuid}`)).toBe('-ERR No such channel!\n');
  expect(await media.api('show channels')).toBe('\n0 total.\n');
  await eventually(() => stage.forks[0]?.closed === 1000, 'the fork’s end');
});

test('the application goes: its channel ends', async () => {
  await using stage = await openStage();
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  const { socket } = endpoint.conn as unknown as { socket: { destroy(): void } };
  socket.destroy();
  await peer.until(() => peer.legs.length === 0, 'the channel’s end');
});

test('what the captures do not show is a violation, and fails the test that left it behind', async () => {
  const stage = await openStage();
  const { peer, media } = stage;
  await media.api('reloadxml');
  expect(peer.violations).toEqual(['no capture: api reloadxml']);
  await expect(stage[Symbol.asyncDispose]()).rejects.toThrow('no capture: api reloadxml');
});
