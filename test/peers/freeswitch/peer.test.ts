import { expect, test } from 'vitest';
import { tone } from '../../../src/audio/tone.ts';
import { eventually, openStage } from './drive.ts';
import { fork, hears, pcm } from './peer-sounds.ts';
import { quietConsole } from './quiet-console.ts';

quietConsole();

const PROMPT = '/sounds/prompt.wav';
const sounds = { [PROMPT]: tone([700], 8000) };

const left = (audio: Buffer): Int16Array => channel(audio, 0);
const right = (audio: Buffer): Int16Array => channel(audio, 2);
const channel = (audio: Buffer, offset: number): Int16Array =>
  Int16Array.from({ length: audio.length / 4 }, (_, i) => audio.readInt16LE(i * 4 + offset));

test('a call: endpoint, variables, a fork with both channels, a prompt, keys, the end', async () => {
  await using stage = await openStage({ sounds });
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  phone.aim(endpoint.local.sdp);
  expect(endpoint.local.sdp).toMatch(/^o=fs \d+ \d+ IN IP4 127\.0\.0\.1\r$/m);
  expect(endpoint.local.sdp).toMatch(/a=ptime:20\r\na=sendrecv\r\n$/);
  expect(peer.legs.map(({ state, callState }) => [state, callState])).toEqual([['CS_EXECUTE', 'ACTIVE']]);

  await endpoint.execute('set', 'RECORD_STEREO=true');
  expect(peer.legs[0]?.variables.get('RECORD_STEREO')).toBe('true');

  let connects = 0;
  endpoint.addCustomEventListener('mod_audio_fork::connect', () => connects++);
  await fork(stage, endpoint);
  await peer.until(() => connects === 1, 'the fork’s connection');
  const [heard] = stage.forks;
  expect(heard?.url).toBe('/fork?call=1');
  expect(heard?.headers['sec-websocket-protocol']).toBe('audio.drachtio.org');
  expect(heard?.headers['host']).toBe('127.0.0.1');
  await eventually(() => heard?.texts[0] === '{"callId":"abc"}', 'the metadata');

  const speaking = phone.speak(tone([300], 8000));
  const played = await endpoint.play(PROMPT);
  await speaking;
  expect(played).toMatchObject({ playbackMilliseconds: '1000' });
  await expect(endpoint.play('/nonexistent.wav')).rejects.toThrow('File Not Found');
  const audio = Buffer.concat(heard?.audio ?? []);
  expect(hears(left(audio), 300)).toBe(true);
  expect(hears(left(audio), 700)).toBe(false);
  expect(hears(right(audio), 700)).toBe(true);
  expect(hears(phone.heard(), 700)).toBe(true);
  expect(heard?.sizes.every((size) => size % 640 === 0)).toBe(true);

  const digits: Record<string, string>[] = [];
  endpoint.on('dtmf', (digit) => digits.push(digit));
  await phone.press('7', { samples: 2240 });
  await peer.until(() => digits.length === 1, 'a digit');
  expect(digits).toEqual([{ dtmf: '7', duration: '2240', source: 'RTP' }]);

  await endpoint.forkAudioSendText('bot', { type: 'dtmf' });
  await endpoint.forkAudioStop('bot', { bye: 1 });
  await eventually(() => heard?.closed === 1000, 'the fork’s end');
  expect(heard?.texts.slice(1)).toEqual(['{"type":"dtmf"}', '{"bye":1}']);

  await endpoint.destroy();
  await peer.until(() => peer.legs.length === 0, 'the channel’s end');
  expect(peer.violations).toEqual([]);
});

test('bot audio is heard, waits for 160 ms at first and for 80 ms later, and is cut by killAudio', async () => {
  await using stage = await openStage({ sounds });
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  phone.aim(endpoint.local.sdp);
  await fork(stage, endpoint);
  await eventually(() => stage.forks[0]?.texts.length === 1, 'the fork');
  const socket = stage.forks[0]?.socket;
  const waiting = (): number => peer.legs[0]?.forks[0]?.samplesWaiting ?? -1;

  socket?.send(pcm(tone([1000], 1279)));
  await peer.until(() => waiting() === 1279, 'audio that waits');
  const before = phone.received.length;
  await phone.until((packets) => packets.length > before + 5, 'some silence');
  expect(waiting()).toBe(1279);
  socket?.send(pcm(tone([1000], 1)));
  await peer.until(() => waiting() === 0, 'all of it played');
  await phone.until((packets) => packets.length > before + 25, 'the audio');
  expect(hears(phone.heard(before), 1000)).toBe(true);
  // never in the right channel of its own fork
  expect(hears(right(Buffer.concat(stage.forks[0]?.audio ?? [])), 1000)).toBe(false);

  socket?.send(pcm(tone([1000], 639)));
  await peer.until(() => waiting() === 639, 'a tail');
  socket?.send(pcm(tone([1000], 40_000)));
  await peer.until(() => waiting() > 30_000 && waiting() < 39_000, 'a stream under way');
  let killed = 0;
  endpoint.addCustomEventListener('mod_audio_fork::kill_audio', () => killed++);
  await eventually(() => peer.commands.some(({ command }) => command.includes('kill_audio')), 'the subscription');
  socket?.send('{"type":"killAudio"}');
  await peer.until(() => killed === 1 && waiting() === 0, 'the kill');
  await endpoint.destroy();
});

test('two legs are bridged; the agent leaves first and the caller is parked and can be played to', async () => {
  await using stage = await openStage({ sounds });
  const { peer, media } = stage;
  const caller = await stage.phone();
  const agent = await stage.phone();
  const first = await media.createEndpoint({ remoteSdp: caller.sdp() });
  caller.aim(first.local.sdp);
  const second = await media.createEndpoint();
  expect(second.local.sdp).toMatch(/m=audio \d+ RTP\/AVP 0 8 101 13/);
  await second.modify(agent.sdp());
  agent.aim(second.local.sdp);
  await first.bridge(second);
  await peer.until(() => peer.legs[0]?.bridgedTo === second.uuid, 'the bridge');
  await Promise.all([caller.speak(tone([300], 6400)), agent.speak(tone([1500], 6400))]);
  await caller.until(() => hears(caller.heard(), 1500), 'the agent');
  await agent.until(() => hears(agent.heard(), 300), 'the caller');
  await second.destroy();
  await peer.until(() => peer.legs[0]?.state === 'CS_PARK', 'parking');
  await first.play(PROMPT);
  expect(hears(caller.heard(), 700)).toBe(true);
  await first.destroy();
});

test('hold by re-INVITE: HELD, no frames, then UNHELD and ACTIVE and frames again', async () => {
  await using stage = await openStage();
  const { peer } = stage;
  const phone = await stage.phone();
  const endpoint = await stage.media.createEndpoint({ remoteSdp: phone.sdp() });
  phone.aim(endpoint.local.sdp);
  const states: string[] = [];
  endpoint.on('channelCallState', ({ state }) => states.push(state ?? ''));
  await fork(stage, endpoint);
  await eventually(() => (stage.forks[0]?.sizes.length ?? 0) > 3, 'frames');
  const other = await stage.phone();
  const notHeld = await stage.media.createEndpoint({ remoteSdp: other.sdp() });
  other.aim(notHeld.local.sdp);
  await fork(stage, notHeld);
  await endpoint.modify(phone.sdp({ direction: 'sendonly', version: 2 }));
  expect(endpoint.local.sdp).toMatch(/a=recvonly\r\n$/);
  expect(peer.legs[0]?.held).toBe(true);
  const held = peer.legs[0]?.forks[0]?.framesSent ?? 0;
  const beside = stage.forks[1]?.sizes.length ?? 0;
  await eventually(() => (stage.forks[1]?.sizes.length ?? 0) >= beside + 10, 'frames of the call beside it');
  expect((peer.legs[0]?.forks[0]?.framesSent ?? 0) - held).toBeLessThanOrEqual(3);
  await endpoint.modify(phone.sdp({ version: 3 }));
  expect(endpoint.local.sdp).toMatch(/a=sendrecv\r\n$/);
  await eventually(() => states.length === 3, 'the states');
  expect(states).toEqual(['HELD', 'UNHELD', 'ACTIVE']);
  const resumed = stage.forks[0]?.sizes.length ?? 0;
  await eventually(() => (stage.forks[0]?.sizes.length ?? 0) > resumed + 3, 'frames again');
  await notHeld.destroy();
  await endpoint.destroy();
});

test('unbridge parks both; a later fork hears the bot and its own channel does not', async () => {
  await using stage = await openStage({ sounds });
  const { peer, media } = stage;
  const caller = await stage.phone();
  const agent = await stage.phone();
  const first = await media.createEndpoint({ remoteSdp: caller.sdp() });
  const second = await media.createEndpoint({ remoteSdp: agent.sdp() });
  caller.aim(first.local.sdp);
  agent.aim(second.local.sdp);
  await fork(stage, first);
  await eventually(() => stage.forks.length === 1, 'the bot’s fork');
  await fork(stage, first, { bugname: 'monitor', bidirectionalAudio: undefined });
  await eventually(() => stage.forks.length === 2, 'the monitor');
  await first.bridge(second);
  await peer.until(() => peer.legs[0]?.bridgedTo === second.uuid, 'the bridge');
  stage.forks[0]?.socket.send(pcm(tone([1000], 4000)));
  await agent.speak(tone([1500], 6400));
  await caller.until(() => hears(caller.heard(), 1500) && hears(caller.heard(), 1000), 'agent and bot');
  await eventually(() => hears(right(Buffer.concat(stage.forks[1]?.audio ?? [])), 1000), 'the bot at the monitor');
  const own = right(Buffer.concat(stage.forks[0]?.audio ?? []));
  expect(hears(own, 1500)).toBe(true);
  expect(hears(own, 1000)).toBe(false);
  expect(hears(agent.heard(), 1000)).toBe(false);
  await first.unbridge();
  await peer.until(() => peer.legs.every(({ bridgedTo }) => bridgedTo === undefined), 'the parting');
  await first.play(PROMPT);
  expect(hears(caller.heard(), 700)).toBe(true);
  await Promise.all([first.destroy(), second.destroy()]);
});
