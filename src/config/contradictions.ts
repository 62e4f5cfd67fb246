import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { SPOKEN_CODECS } from '../domain/codec.ts';
import { isSrtpSuite, SRTP_SUITE_NAMES } from '../domain/srtp.ts';
import { endpointProblem } from '../lib/endpoint.ts';
import { iceServer } from '../lib/ice-server.ts';
import { listedWords } from '../lib/listed-words.ts';
import { badNetworks } from '../lib/networks.ts';
import { parsePostgresqlUrl } from '../lib/postgresql-address.ts';
import { badNumberRules, badNumbers } from './number-rules.ts';
import { bankContradictions, secondFactorContradictions } from './bank-contradictions.ts';
import type { Config } from './schema.ts';
import { parseServers } from './servers.ts';

const SIP_ADDRESS = /^sips?:(?:[^\s@]+@)?(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:;\S*)?$/i;
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

/** What is wrong with keys that are each valid, of their kind or together: one sentence each. */
export function contradictionsIn({
  sip,
  registrar,
  rtp,
  person,
  routing,
  signalling,
  media,
  http,
  storage,
  archive,
  webrtc,
  queues,
  bank,
  second_factor,
}: Config): readonly string[] {
  const problems: string[] = [];
  problems.push(...networkProblems('sip.trusted', sip.trusted), ...networkProblems('sip.allow', sip.allow));
  problems.push(...sipTlsProblems(sip), ...registrarProblems(registrar), ...codecProblems(rtp.codecs));
  problems.push(...srtpProblems(rtp, media.kind));
  if (rtp.port_max < rtp.port_min) problems.push('rtp.port_max expects a number not below rtp.port_min');
  problems.push(...hostProblems('sip.host', sip.host), ...hostProblems('rtp.host', rtp.host));
  if (listedWords(rtp.host).some((host) => EVERY_ADDRESS.has(host)) && sip.advertise === '')
    problems.push(
      'rtp.host expects the address that callers send their audio to; to listen on every address set sip.advertise to that one',
    );
  problems.push(...webrtcProblems(webrtc));
  problems.push(...personProblems(person, routing), ...queueProblems(queues));
  problems.push(...httpProblems(http), ...bankContradictions(bank), ...secondFactorContradictions(second_factor));
  problems.push(...storageProblems(storage), ...archiveProblems(archive));
  if (signalling.kind === 'drachtio') problems.push(...drachtioProblems(signalling));
  if (media.kind === 'freeswitch') problems.push(...freeswitchProblems(media));
  if (media.kind === 'freeswitch' && rtp.nat === 'off')
    problems.push(
      'rtp.nat expects same-address (the default) or any with media.kind: freeswitch, which has a rule of its own: start FreeSWITCH with FREESWITCH_DISABLE_RTP_AUTO_ADJUST=true (disable_rtp_auto_adjust) for off',
    );
  if (media.kind === 'freeswitch' && signalling.kind === 'drachtio' && parseServers(signalling.servers).length === 0)
    problems.push('signalling.servers expects a drachtio-server that reaches FreeSWITCH');
  return problems;
}

const TELEPHONE_NUMBER = /^tel:\+?[\d-.()]{3,24}$/i;

function personProblems({ uri, method }: Config['person'], { file }: Config['routing']): string[] {
  if (uri === '' || SIP_ADDRESS.test(uri)) return [];
  if (!TELEPHONE_NUMBER.test(uri))
    return ['person.uri expects a SIP address such as sip:agents@10.0.0.5:5060, or a number such as tel:+861055550100'];
  if (method === 'refer') return ['person.method: refer expects a SIP address in person.uri'];
  return file === '' ? ['person.uri is a number: routing.file has to say by which route it is called'] : [];
}

function queueProblems({ file, webhook_url, webhook_secret_file }: Config['queues']): string[] {
  if (webhook_url === '') return [];
  const problems = file === '' ? ['queues.webhook_url expects queues.file'] : [];
  const wrong = endpointProblem(webhook_url);
  if (wrong !== undefined) problems.push(`queues.webhook_url ${wrong}`);
  if (webhook_secret_file === '')
    problems.push('queues.webhook_url expects queues.webhook_secret_file: its messages are signed');
  return problems;
}

function hostProblems(key: string, list: string): string[] {
  const hosts = listedWords(list);
  const bad = hosts.filter((host) => isIP(host) === 0);
  if (hosts.length > 0 && bad.length === 0 && new Set(hosts).size === hosts.length) return [];
  return [
    `${key} expects IP addresses of this machine, with commas between several${bad.length === 0 ? '' : `, not ${bad.join(', ')}`}`,
  ];
}

function webrtcProblems({ host, ice_servers }: Config['webrtc']): string[] {
  const problems: string[] = [];
  if (host !== '' && isIP(host) === 0) problems.push('webrtc.host expects one IP address of this machine, or nothing');
  // by its place: it has a password
  const bad = listedWords(ice_servers).flatMap((each, n) => (iceServer(each) === undefined ? [n + 1] : []));
  if (bad.length > 0)
    problems.push(
      `webrtc.ice_servers expects stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT, with commas between several; number ${bad.join(' and ')} is neither`,
    );
  return problems;
}

function sipTlsProblems({ port, tls }: Config['sip']): string[] {
  const problems: string[] = [];
  if ((tls.certificate === '') !== (tls.key === ''))
    problems.push('sip.tls.certificate and sip.tls.key: both of them, or neither');
  if (tls.certificate !== '' && tls.port !== 0 && tls.port === port)
    problems.push('sip.tls.port expects another port than sip.port');
  if (tls.verify_clients && (tls.certificate === '' || tls.authorities === ''))
    problems.push(
      'sip.tls.verify_clients expects sip.tls.certificate, and sip.tls.authorities: those whose certificates are accepted',
    );
  return problems;
}

function registrarProblems({ users_file, domain, min_seconds, max_seconds }: Config['registrar']): string[] {
  if (users_file === '') return [];
  const problems: string[] = [];
  if (!/^[\w.-]+$/.test(domain))
    problems.push('registrar.domain expects the SIP domain of your telephones, such as bank.example');
  if (max_seconds < min_seconds)
    problems.push('registrar.max_seconds expects a number not below registrar.min_seconds');
  return problems;
}

function codecProblems(codecs: string): string[] {
  const names = listedWords(codecs);
  const there = `expects codecs out of ${SPOKEN_CODECS.join(', ')}, with commas between several`;
  const unknown = names.filter((name) => !SPOKEN_CODECS.some((codec) => codec === name));
  if (names.length === 0) return [`rtp.codecs ${there}`];
  return unknown.map((name) => `rtp.codecs ${there}; not ${name}`);
}

function srtpProblems({ srtp, srtp_suites }: Config['rtp'], media: Config['media']['kind']): string[] {
  const names = listedWords(srtp_suites);
  const there = `rtp.srtp_suites expects crypto-suites out of ${SRTP_SUITE_NAMES.join(', ')}, with commas between several`;
  const unknown = names.filter((name) => !isSrtpSuite(name));
  const problems = names.length === 0 ? [there] : unknown.map((name) => `${there}; not ${name}`);
  if (srtp === 'required' && media === 'freeswitch')
    problems.push('rtp.srtp expects off or optional with media.kind: freeswitch, whose calls have plain RTP');
  return problems;
}

function archiveProblems(archive: Config['archive']): string[] {
  const problems: string[] = [];
  if (archive.blobs === 's3') problems.push(...s3Problems('archive', archive));
  problems.push(...copyProblems(archive));
  if (!['', 'shipped'].includes(archive.recognition.model) && archive.recognition.name === '')
    problems.push('archive.recognition.name expects the name and version of the model in archive.recognition.model');
  if (!/^[^\s+]+$/.test(archive.origin)) problems.push('archive.origin expects a name without spaces and +');
  if (!/^[1-9]\d{0,2}$/.test(archive.country_code))
    problems.push('archive.country_code expects one to three digits without a plus, such as 86');
  if ((archive.witness_url === '') !== (archive.witness_key === ''))
    problems.push('archive.witness_url and archive.witness_key: both or neither');
  const url = archive.witness_url === '' ? undefined : endpointProblem(archive.witness_url);
  if (url !== undefined) problems.push(`archive.witness_url ${url}`);
  problems.push(
    ...badNumberRules(archive.late_intent_by_number, ['refuse', 'alarm', 'continue']).map(
      (bad) => `archive.late_intent_by_number expects number=refuse, number=alarm or number=continue; not ${bad}`,
    ),
    ...badNumbers(archive.exempt_numbers).map(
      (bad) => `archive.exempt_numbers expects numbers such as 95588 or 4008*, with commas between several; not ${bad}`,
    ),
  );
  if (archive.tsa_url !== '' && archive.tsa_ca_file === '')
    problems.push('archive.tsa_ca_file expects the certificates that the authority’s tokens lead to');
  return problems;
}

type S3Keys = Pick<Config['archive'], 's3_endpoint' | 's3_bucket' | 's3_prefix' | 's3_access_key' | 's3_secret_file'>;

function s3Problems(section: string, keys: S3Keys): string[] {
  const problem = endpointProblem(keys.s3_endpoint);
  return [
    ...(problem === undefined ? [] : [`${section}.s3_endpoint ${problem}`]),
    ...(['s3_bucket', 's3_access_key', 's3_secret_file'] as const)
      .filter((key) => keys[key] === '')
      .map((key) => `${section}.${key} expects a value: ${section}.blobs is s3`),
  ];
}

function copyProblems({ copy, keys, ...archive }: Config['archive']): string[] {
  const problems = copy.blobs === 's3' ? s3Problems('archive.copy', copy) : [];
  if (copy.blobs === 'files' && copy.directory === '')
    problems.push('archive.copy.directory expects a folder: archive.copy.blobs is files');
  const placeOf = ({ s3_endpoint, s3_bucket, s3_prefix }: S3Keys): string =>
    [s3_endpoint, s3_bucket, s3_prefix].join(' ');
  if (copy.blobs === 's3' && archive.blobs === 's3' && placeOf(copy) === placeOf(archive))
    problems.push('archive.copy.s3_bucket expects another bucket, or another store: a copy in the same place is none');
  if (copy.keys_directory !== '' && keys.directory !== '' && resolve(copy.keys_directory) === resolve(keys.directory))
    problems.push('archive.copy.keys_directory expects another folder than archive.keys.directory');
  return problems;
}

function storageProblems({ url, password_file, ca_file }: Config['storage']): string[] {
  if (url === '')
    return password_file === '' && ca_file === ''
      ? []
      : ['storage.password_file and storage.ca_file expect storage.url: SQLite has neither'];
  const address = parsePostgresqlUrl(url);
  if ('problem' in address) return [`storage.url ${address.problem}`];
  if (address.password !== undefined && password_file !== '')
    return ['storage.url and storage.password_file: the password in only one of them'];
  return [];
}

function httpProblems(http: Config['http']): string[] {
  const problems = (['trusted', 'trust_proxy'] as const).flatMap((key) =>
    badNetworks(listedWords(http[key])).map(
      (bad) =>
        `http.${key} expects IP addresses or networks such as 10.0.0.0/8, with commas between several; not ${bad}`,
    ),
  );
  if ((http.tls.certificate === '') !== (http.tls.key === ''))
    problems.push('http.tls.certificate and http.tls.key: both of them, or neither');
  if (http.probe_port !== 0 && http.probe_port === http.port)
    problems.push('http.probe_port expects another port than http.port');
  return problems;
}

function drachtioProblems({ servers, secret, secret_file, listen, listen_allow }: Config['signalling']): string[] {
  const problems: string[] = [];
  if (parseServers(servers).length === 0 && listen === '')
    problems.push('signalling.servers expects host:port of the drachtio-servers, with commas between several');
  if (listen !== '' && parseServers(listen).length !== 1)
    problems.push('signalling.listen expects one host:port, or nothing');
  if (listen !== '' && !listen_allow.split(',').every((one) => isIP(one.trim()) !== 0))
    problems.push('signalling.listen_allow expects the IP addresses of the drachtio-servers that may connect');
  problems.push(...secretProblems('signalling', secret, secret_file));
  return problems;
}

function freeswitchProblems(media: Config['media']): string[] {
  const problems: string[] = [];
  if (parseServers(media.servers).length === 0)
    problems.push('media.servers expects host:port of the FreeSWITCH event sockets, with commas between several');
  problems.push(...secretProblems('media', media.secret, media.secret_file));
  if (media.fork_port_max < media.fork_port_min)
    problems.push('media.fork_port_max expects a number not below media.fork_port_min');
  if ((EVERY_ADDRESS.has(media.fork_host) || EVERY_ADDRESS.has(media.listen_host)) && media.advertise === '')
    problems.push('media.advertise expects the address that FreeSWITCH reaches us at when we listen on every address');
  return problems;
}

function networkProblems(key: string, list: string): string[] {
  const bad = badNetworks(listedWords(list));
  if (bad.length === 0) return [];
  return [
    `${key} expects IP addresses and networks such as 10.0.0.0/8, with commas between several, not ${bad.join(', ')}`,
  ];
}

function secretProblems(section: string, secret: string, file: string): string[] {
  if (secret === '' && file === '') return [`${section}.secret_file expects a file with the secret`];
  if (secret !== '' && file !== '') return [`${section}.secret and ${section}.secret_file: only one of them`];
  return [];
}
