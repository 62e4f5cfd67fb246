import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatWav } from '../../src/audio/wav.ts';
import type { TlsFiles } from '../../src/lib/tls-files.ts';
import { ended, orEnded } from './ended.ts';
import { freePort } from './sipp.ts';

export interface BaresipOptions {
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** Its certificate, and the authority of those that it accepts; with it, it listens on TLS too. */
  readonly tls?: Required<TlsFiles>;
  /** Registers as `name` at the server that listens there. */
  readonly registers?: BaresipAccount;
  /** Takes every call at once. */
  readonly answers?: boolean;
  /** Default: G.711. */
  readonly codec?: 'g711' | 'g722' | 'opus';
  /** No call without SRTP, with keys in the SDP. */
  readonly srtp?: boolean;
}

export interface BaresipAccount {
  readonly name: string;
  readonly domain: string;
  readonly password: string;
  readonly at: string;
}

export interface BaresipProcess extends AsyncDisposable {
  readonly port: number;
  /** Of its files. */
  readonly folder: string;
  /** Of what it plays, Hz. */
  readonly rate: number;
  readonly channels: number;
  readonly control: Socket;
  /** What it printed up to now. */
  readonly log: string;
}

/** What it reads from its file, by codec. */
const SOUND_OF = {
  g711: { rate: 8_000, channels: 1 },
  g722: { rate: 16_000, channels: 1 },
  opus: { rate: 48_000, channels: 2 },
} as const;
/** At the end of its file baresip hangs up. */
const SECONDS_AFTERWARDS = 120;
const READY = /baresip is ready/;

/** The n-th file that it speaks. */
export const saidFile = (folder: string, n: number): string => join(folder, `said-${n}.wav`);

/** Silent to its end: at the end of its file baresip hangs up. */
export function speech(rate: number, samples: Int16Array, channels = 1): Uint8Array {
  const whole = new Int16Array(samples.length + SECONDS_AFTERWARDS * rate);
  whole.set(samples);
  return formatWav(
    rate,
    Array.from({ length: channels }, () => whole),
  );
}

/** Ports that were free may be somebody else's by the time it takes them. */
const ATTEMPTS = 3;

/** A baresip that is ready, and a connection to its control. */
export async function startBaresip(options: BaresipOptions): Promise<BaresipProcess> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (thrown) {
      if (attempt === ATTEMPTS) throw thrown;
    }
  }
}

async function start({
  transport = 'udp',
  answers = false,
  codec = 'g711',
  srtp = false,
  tls,
  registers,
}: BaresipOptions): Promise<BaresipProcess> {
  const { rate, channels } = SOUND_OF[codec];
  const folder = await mkdtemp(join(tmpdir(), 'baresip-'));
  const [port, controlPort] = [await freePort(), await freePort()];
  await writeFile(saidFile(folder, 0), speech(rate, new Int16Array(0), channels));
  await writeFile(join(folder, 'config'), configOf(port, controlPort, folder, srtp ? [codec, 'srtp'] : [codec], tls));
  const account =
    registers === undefined
      ? `<sip:baresip@127.0.0.1:${port};transport=${transport}>;regint=0`
      : accountAt(registers, transport);
  await writeFile(
    join(folder, 'accounts'),
    `${account};answermode=${answers ? 'auto' : 'manual'}${srtp ? ';mediaenc=srtp-mand' : ''}\n`,
  );
  await writeFile(join(folder, 'contacts'), '');
  if (tls !== undefined)
    await writeFile(pemOf(folder), Buffer.concat([await readFile(tls.certificate), await readFile(tls.key)]));

  const child = spawn('baresip', ['-f', folder], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let log = '';
  const ready = async (): Promise<Socket> => {
    await new Promise<void>((resolve, reject) => {
      const take = (text: Buffer): void => {
        log += text.toString();
        if (READY.test(log)) resolve();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`baresip ended: ${log}`)));
    });
    const control = connect(controlPort, '127.0.0.1');
    await once(control, 'connect');
    return control;
  };
  const socket = await orEnded(child, exited, ready).catch(async (thrown: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  });
  return {
    port,
    folder,
    rate,
    channels,
    control: socket,
    get log() {
      return log;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await ended(child, exited);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const pemOf = (folder: string): string => join(folder, 'tls.pem');

const accountAt = ({ name, domain, password, at }: BaresipAccount, transport: string): string =>
  `<sip:${name}@${domain};transport=${transport}>;outbound="sip:${at};transport=${transport}";auth_pass=${password};regint=60`;

const configOf = (
  port: number,
  control: number,
  folder: string,
  modules: readonly string[],
  tls: BaresipOptions['tls'],
): string =>
  [
    `sip_listen 127.0.0.1:${port}`,
    ...(tls === undefined ? [] : [`sip_certificate ${pemOf(folder)}`, `sip_cafile ${tls.authorities}`]),
    'net_interface 127.0.0.1',
    'module_path /usr/lib/baresip/modules',
    ...[...modules, 'aufile', 'aubridge', 'sndfile'].map((name) => `module ${name}.so`),
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    `ctrl_tcp_listen 127.0.0.1:${control}`,
    `audio_source aufile,${saidFile(folder, 0)}`,
    'audio_player aubridge,nobody',
    'audio_alert aubridge,nobody',
    `audio_path ${folder}`,
    `snd_path ${folder}`,
    'rtp_timeout 0',
    '',
  ].join('\n');
