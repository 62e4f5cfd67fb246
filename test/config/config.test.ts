import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configKeys, environmentName, explainConfig } from '../../src/config/config-keys.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { parseServers } from '../../src/config/servers.ts';
import { FORMER_VOICES } from '../../src/speech/engines/neural-voice/voices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-'));
});
afterEach(() => rm(folder, { recursive: true }));
const file = async (text: string): Promise<string> => {
  const path = join(folder, 'tellerline.yaml');
  await writeFile(path, text);
  return path;
};

test('without file and environment every key has its default, and the defaults are valid', async () => {
  const config = await loadConfig({ environment: {} });
  expect(Value.Check(ConfigSchema, config)).toBe(true);
  for (const { path, default: value } of configKeys()) {
    const found = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], config);
    expect(found, path).toBe(value);
  }
});

test('file, then environment, then overrides', async () => {
  const path = await file('sip:\n  port: 5070\n  host: 127.0.0.2\nspeech:\n  recognizer: none\n');
  const config = await loadConfig({
    file: path,
    environment: { TELLERLINE_SIP_PORT: '5080', PATH: '/bin' },
    overrides: { 'http.port': 0 },
  });
  expect(config.sip).toMatchObject({ port: 5080, host: '127.0.0.2' });
  expect(config.speech.recognizer).toBe('none');
  expect(config.http.port).toBe(0);
});

test('every bad key is reported at once: where it is and what was expected, never its value', async () => {
  const path = await file('sip:\n  prt: 1\n  port: secret-value\nnonsense: 3\nspeech:\n  synthesizer: robot\n');
  const failure = loadConfig({ file: path, environment: { TELLERLINE_HTTP_PORT: '99999', TELLERLINE_NOPE: 'x' } });
  await expect(failure).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  const message = await failure.catch((error: Error) => error.message);
  expect(message).toContain(`${path}: there is no key sip.prt`);
  expect(message).toContain('sip.port expects a whole number from 0 to 65535');
  expect(message).toContain('there is no key nonsense');
  expect(message).toContain('speech.synthesizer expects one of neural-voice, espeak-ng');
  expect(message).toContain('environment TELLERLINE_HTTP_PORT: http.port expects');
  expect(message).toContain('environment TELLERLINE_NOPE');
  expect(message).not.toContain('secret-value');
});

test('a section without keys is empty; a section that is no section says so', async () => {
  expect((await loadConfig({ file: await file('sip:\n  # port: 1\n'), environment: {} })).sip.port).toBe(5060);
  await expect(loadConfig({ file: await file('http: 8080\n'), environment: {} })).rejects.toThrow(
    'http expects keys below it; did you mean http.host?',
  );
});

test.each([
  ['rtp: { port_min: 30000, port_max: 20000 }', 'rtp.port_max expects a number not below rtp.port_min'],
  [
    'rtp: { codecs: "PCMU, GSM" }',
    'rtp.codecs expects codecs out of PCMU, PCMA, G722, opus, with commas between several; not GSM',
  ],
  ['rtp: { codecs: "" }', 'rtp.codecs expects codecs out of PCMU'],
  ['rtp: { host: 0.0.0.0 }', 'set sip.advertise to that one'],
  ['person: { uri: bob }', 'person.uri expects a SIP address such as sip:'],
])('%s cannot work', async (text, expected) => {
  await expect(loadConfig({ file: await file(text), environment: {} })).rejects.toThrow(expected);
});

test.each([
  'rtp: { host: 0.0.0.0 }\nsip: { host: 0.0.0.0, advertise: 192.0.2.7 }',
  'rtp: { port_min: 0, port_max: 0 }',
  'person: { uri: "sip:[2001:db8::7]:5070;transport=tcp" }',
  'person: { uri: sip:agents@desk.example }',
])('%s can', async (text) => {
  await expect(loadConfig({ file: await file(text), environment: {} })).resolves.toBeDefined();
});

test.each([
  ['sip: [', 'is not YAML'],
  ['- a\n- b\n', 'expected sections'],
])('%j is refused', async (text, expected) => {
  await expect(loadConfig({ file: await file(text), environment: {} })).rejects.toThrow(expected);
});

test('what is no YAML is named by its place, without a word of the file', async () => {
  const refused = loadConfig({ file: await file('media:\n  secret: "hunter2\n\\q: [\n'), environment: {} });
  await expect(refused).rejects.toThrow(/is not YAML: [A-Z_]+ at line \d+, column \d+/);
  await expect(refused).rejects.not.toThrow(/hunter2|\\q/);
  const tab = loadConfig({ file: await file('media:\n\tsecret: hunter2\n'), environment: {} });
  await expect(tab).rejects.toThrow(/line 2, column 1: indent with spaces$/);
  const alias = loadConfig({ file: await file('media:\n  secret: *hunter2\n'), environment: {} });
  await expect(alias).rejects.toThrow(
    /is not YAML: BAD_ALIAS at line 2, column 11: a text that begins with \* or & needs quotes/,
  );
});

test('a named file that is not there is an error; an empty one is not', async () => {
  await expect(loadConfig({ file: join(folder, 'absent.yaml'), environment: {} })).rejects.toThrow(
    /cannot read .*absent\.yaml \(ENOENT\)/,
  );
  expect((await loadConfig({ file: await file(''), environment: {} })).sip.port).toBe(5060);
});

test('the explanation names every key with its environment variable and meaning', () => {
  const text = explainConfig();
  for (const key of configKeys()) {
    expect(key.description.length, key.path).toBeGreaterThan(5);
    expect(text).toContain(`${key.path}\n    ${key.description}`);
    expect(text).toContain(environmentName(key.path));
  }
});

test('a production front end wants its servers and one secret each', async () => {
  const problems = async (environment: Record<string, string>): Promise<string> =>
    loadConfig({ environment }).then(
      () => '',
      (error: Error) => error.message,
    );
  const drachtio = { TELLERLINE_SIGNALLING_KIND: 'drachtio' };
  expect(await problems(drachtio)).toContain('signalling.secret_file expects a file with the secret');
  expect(await problems({ ...drachtio, TELLERLINE_SIGNALLING_SECRET: 's' })).toBe('');
  expect(
    await problems({ ...drachtio, TELLERLINE_SIGNALLING_SECRET: 's', TELLERLINE_SIGNALLING_SERVERS: 'a' }),
  ).toContain('signalling.servers expects host:port');
  expect(
    await problems({ ...drachtio, TELLERLINE_SIGNALLING_SECRET: 's', TELLERLINE_SIGNALLING_SECRET_FILE: 'f' }),
  ).toContain('only one of them');
  const listening = { ...drachtio, TELLERLINE_SIGNALLING_SECRET: 's', TELLERLINE_SIGNALLING_LISTEN: '10.0.0.4:9023' };
  expect(await problems(listening)).toContain('signalling.listen_allow expects');
  expect(await problems({ ...listening, TELLERLINE_SIGNALLING_LISTEN_ALLOW: '10.0.0.5, ::1' })).toBe('');
  const freeswitch = { TELLERLINE_MEDIA_KIND: 'freeswitch', TELLERLINE_MEDIA_SECRET: 's' };
  expect(await problems(freeswitch)).toBe('');
  expect(await problems({ ...freeswitch, TELLERLINE_RTP_NAT: 'off' })).toContain(
    'FREESWITCH_DISABLE_RTP_AUTO_ADJUST=true',
  );
  expect(await problems({ TELLERLINE_RTP_NAT: 'off' })).toBe('');
  expect(await problems({ ...freeswitch, TELLERLINE_MEDIA_FORK_HOST: '0.0.0.0' })).toContain('media.advertise expects');
  expect(await problems({ ...freeswitch, TELLERLINE_MEDIA_FORK_PORT_MIN: '9' })).toContain('fork_port_max expects');
});

test('lists of servers: hosts, IPv6, ports and weights', () => {
  expect(parseServers('10.0.0.5:8021, [::1]:9022*3,media-2.bank.example:1')).toEqual([
    { host: '10.0.0.5', port: 8021, weight: 1 },
    { host: '::1', port: 9022, weight: 3 },
    { host: 'media-2.bank.example', port: 1, weight: 1 },
  ]);
  for (const wrong of ['', 'host', 'host:0', 'host:70000', 'a:1,,b:2', 'a:1*0', 'a b:1'])
    expect(parseServers(wrong), wrong).toEqual([]);
});

test('the synthesizer and the voices of version 0.1 are taken, each with a warning that names the new one', async () => {
  for (const [voice, now] of Object.entries(FORMER_VOICES)) {
    const warnings: string[] = [];
    const { speech } = await loadConfig({
      environment: { TELLERLINE_SPEECH_SYNTHESIZER: 'flite', TELLERLINE_SPEECH_VOICE: voice },
      warn: (message) => warnings.push(message),
    });
    expect(speech).toMatchObject({ synthesizer: 'neural-voice', voice: now });
    expect(warnings).toEqual([
      expect.stringContaining('speech.voice'),
      expect.stringContaining('speech.synthesizer flite is now called neural-voice'),
    ]);
  }
});
