import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readText } from './deploy-files.ts';
import { elementsOf, parseXml, type XmlElement } from './parse-xml.ts';

/* The configuration of FreeSWITCH and drachtio-server: well-formed, and what the adapters expect of the real servers. */

const FOLDER = 'docker/freeswitch';
const names = readdirSync(join(ROOT, FOLDER)).toSorted();
const xml = (name: string): XmlElement => parseXml(readText(`${FOLDER}/${name}`));
const drachtio = parseXml(readText('docker/drachtio/drachtio.conf.xml'));

const params = (from: XmlElement): Readonly<Record<string, string>> =>
  Object.fromEntries(
    elementsOf(from, 'param').map(({ attributes }) => [attributes['name'] ?? '', attributes['value'] ?? '']),
  );
const only = (from: XmlElement, name: string): XmlElement => {
  const found = elementsOf(from, name);
  expect(found, name).toHaveLength(1);
  return found[0]!;
};

test('every file is XML', () => {
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(xml(name).name, name).toMatch(/^(document|configuration|include)$/);
});

test('nothing stumbles over how FreeSWITCH reads it: line by line, before it is XML', () => {
  for (const name of names) {
    const text = readText(`${FOLDER}/${name}`);
    for (const line of text.split('\n')) {
      // such a line is dropped whole
      if (/<\/?include>|<\?/.test(line)) expect(line.trim(), name).toMatch(/^(<\/?include>|<\?xml version="1\.0"\?>)$/);
      // one directive a line, quoted, with nothing beside it
      if (/x-pre-process/i.test(line))
        expect(line, name).toMatch(/^ *<X-PRE-PROCESS cmd="(set|env-set|include)" data="[^"]+"\/>$/);
    }
    // directives work inside comments, and a comment that begins with <!--# is cut out before
    for (const [comment] of text.matchAll(/<!--[^]*?-->/g)) expect(comment, name).not.toMatch(/x-pre-process|^<!--#/i);
  }
});

test('every variable that is used is set first, and each of the environment has a default but the secret', () => {
  const set = new Map<string, string>();
  const fromEnvironment = new Set<string>();
  for (const { attributes } of elementsOf(xml('vars.xml'), 'X-PRE-PROCESS')) {
    const [variable = '', value = ''] = (attributes['data'] ?? '').split('=');
    if (attributes['cmd'] === 'set') set.set(variable, value);
    else {
      expect(value).toMatch(/^\$FREESWITCH_[A-Z_]+$/);
      fromEnvironment.add(variable);
    }
  }
  const used = new Set(
    names.flatMap((name) =>
      [...readText(`${FOLDER}/${name}`).matchAll(/\$\$\{(\w+)\}/g)].map(([, variable]) => variable ?? ''),
    ),
  );
  expect([...used].toSorted()).toEqual([...fromEnvironment].toSorted());
  expect([...fromEnvironment].filter((variable) => !set.has(variable))).toEqual(['control_secret']);
});

/** Who an access list lets in; everybody else is refused. */
const allowedBy = (name: string | undefined) => {
  const list = elementsOf(xml('acl.conf.xml'), 'list').find(({ attributes }) => attributes['name'] === name);
  expect(list?.attributes).toMatchObject({ default: 'deny' });
  return list === undefined ? [] : elementsOf(list, 'node').map(({ attributes }) => attributes);
};

test('the event socket: a secret, and an access list that refuses everybody else', () => {
  const settings = params(xml('event_socket.conf.xml'));
  expect(settings['password']).toBe('$${control_secret}');
  expect(allowedBy(settings['apply-inbound-acl'])).toEqual([{ type: 'allow', cidr: '$${control_cidr}' }]);
  const vars = readText(`${FOLDER}/vars.xml`);
  for (const loopback of ['control_ip=127.0.0.1', 'control_cidr=127.0.0.0/8', 'sip_ip=127.0.0.1'])
    expect(vars).toContain(`data="${loopback}"`);
});

test('the SIP profile is the one that drachtio-fsmrf looks for, with the two codecs of the product', () => {
  const profile = only(xml('sofia.conf.xml'), 'profile');
  expect(profile.attributes['name']).toBe('drachtio_mrf');
  expect(params(profile)).toMatchObject({
    context: 'mrf',
    dialplan: 'XML',
    'codec-prefs': 'PCMU,PCMA',
    'enable-3pcc': 'true',
    'inbound-late-negotiation': 'true',
    'enable-timer': 'false',
    'rfc2833-pt': '101',
    'accept-blind-reg': 'false',
    'disable-register': 'true',
    'sip-trace': 'no',
  });
  expect(allowedBy(params(profile)['apply-inbound-acl'])).toEqual([{ type: 'allow', cidr: '$${sip_cidr}' }]);
  expect(readText(`${FOLDER}/vars.xml`)).toContain('data="sip_cidr=127.0.0.0/8"');
});

test('the dialplan answers drachtio-fsmrf alone, sets what its calls need first, and no timer', () => {
  const dialplan = xml('dialplan.xml');
  expect(only(dialplan, 'context').attributes['name']).toBe('mrf');
  expect(elementsOf(dialplan, 'condition').map(({ attributes }) => attributes)).toEqual([
    { field: '${sip_user_agent}', expression: '^drachtio-fsmrf:(.*)$' },
    // who is called back commands every call
    { field: '${sip_h_X-esl-outbound}', expression: '$${call_back}' },
  ]);
  const callBack = /data="call_back=([^"]+)"/.exec(readText(`${FOLDER}/vars.xml`))?.[1] ?? '';
  expect(
    ['127.0.0.1:8085', '127.0.0.10:8085', '10.0.0.1:8085'].map((place) => new RegExp(callBack).test(place)),
  ).toEqual([true, false, false]);
  const actions = elementsOf(dialplan, 'action').map(({ attributes }) => [
    attributes['application'],
    attributes['data'],
  ]);
  expect(actions).toEqual([
    ['set', 'hangup_after_bridge=false'],
    ['set', 'park_after_bridge=true'],
    ['set', 'send_silence_when_idle=-1'],
    ['set', 'disable_rtp_auto_adjust=$${disable_rtp_auto_adjust}'],
    ['answer', undefined],
    ['socket', '${sip_h_X-esl-outbound} async full'],
  ]);
});

test('SRTP is forbidden as a global: a channel variable would be too late for offers of FreeSWITCH', () => {
  const set = elementsOf(xml('vars.xml'), 'X-PRE-PROCESS').map(({ attributes }) => attributes['data']);
  expect(set).toContain('rtp_secure_media=forbidden');
});

test('the modules that the adapter needs are loaded, the fork among them, and no timer module is missed', () => {
  const modules = elementsOf(xml('modules.conf.xml'), 'load').map(({ attributes }) => attributes['module']);
  expect(modules).toEqual(
    expect.arrayContaining([
      'mod_commands',
      'mod_dptools',
      'mod_dialplan_xml',
      'mod_event_socket',
      'mod_sofia',
      'mod_sndfile',
      'mod_native_file',
      'mod_tone_stream',
      'mod_console',
      'mod_audio_fork',
    ]),
  );
  expect(new Set(modules).size).toBe(modules.length);
  // every configuration file that a loaded module wants is here, and no other
  const configured = names.flatMap((name) => /^(\w+)\.conf\.xml$/.exec(name)?.[1] ?? []);
  const core = new Set(['acl', 'modules', 'switch', 'timezones']);
  const unloaded = configured.filter((name) => !core.has(name) && !modules.includes(`mod_${name}`));
  expect(unloaded).toEqual([]);
});

test('no log of FreeSWITCH holds a key or a number: warnings and worse only, everywhere', () => {
  expect(params(xml('switch.conf.xml'))['loglevel']).toBe('warning');
  expect(params(xml('console.conf.xml'))['loglevel']).toBe('warning');
  for (const name of ['console.conf.xml', 'logfile.conf.xml'])
    expect(elementsOf(xml(name), 'map').map(({ attributes }) => attributes['value'])).toEqual([
      'warning,err,crit,alert',
    ]);
  expect(params(xml('sofia.conf.xml'))['log-level']).toBe('0');
});

test('drachtio-server: control on the loopback, a secret that never fits, no message in its log, no outbound routing', () => {
  const admin = only(drachtio, 'admin');
  expect(admin.text).toBe('127.0.0.1');
  expect(admin.attributes['tcp-keepalive']).toMatch(/^[1-9]\d*$/);
  // what an application sends as its secret cannot hold a space
  expect(admin.attributes['secret']).toContain(' ');
  expect(elementsOf(drachtio, 'contact').map(({ text }) => text)).toEqual(['sip:127.0.0.1:5060;transport=udp,tcp']);
  expect(only(drachtio, 'loglevel').text).toBe('warning');
  expect(Number(only(drachtio, 'sofia-loglevel').text)).toBeLessThanOrEqual(1);
  expect(only(drachtio, 'prometheus').text).toBe('127.0.0.1');
  expect(elementsOf(drachtio, 'request-handlers')).toEqual([]);
});
