import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resampleTo8k } from '../../src/audio/resample.ts';
import { formatWav, parseWav } from '../../src/audio/wav.ts';
import { freePort } from './sipp.ts';

/* A baresip of the test's own: a telephone that is told what to do over its control connection. */

export interface BaresipEvent {
  /** CALL_INCOMING, CALL_ESTABLISHED, CALL_DTMF_START, CALL_CLOSED… */
  readonly type: string;
  readonly param?: string;
}

export interface Baresip extends AsyncDisposable {
  readonly port: number;
  readonly events: readonly BaresipEvent[];
  /** `dial sip:…`, `hangup`, `hold`, `resume`… @throws when it says that it did not work */
  command(command: string, params?: string): Promise<string>;
  /** Speaks (and is silent afterwards); to be heard from the next packet on. At its codec's rate: 8 or 16 kHz. */
  say(samples: Int16Array): Promise<void>;
  /** The next event of that type that has not been waited for yet. */
  next(type: string, deadlineMs?: number): Promise<BaresipEvent>;
  /** What it heard in the calls that have ended, at 8 kHz. */
  heard(): Promise<Int16Array>;
}

/** At the end of its file baresip hangs up. */
const SECONDS_AFTERWARDS = 120;
const READY = /baresip is ready/;

/**
 * @param options.answers - takes every call at once
 */
export async function openBaresip(
  options: {
    readonly transport?: 'udp' | 'tcp';
    readonly answers?: boolean;
    /** Default: G.711. */
    readonly codec?: 'g711' | 'g722';
  } = {},
): Promise<Baresip> {
  const { transport = 'udp', answers = false, codec = 'g711' } = options;
  const rate = codec === 'g722' ? 16_000 : 8_000;
  const folder = await mkdtemp(join(tmpdir(), 'baresip-'));
  const [port, control] = [await freePort(), await freePort()];
  const said = (n: number): string => join(folder, `said-${n}.wav`);
  await writeFile(said(0), formatWav(rate, [new Int16Array(SECONDS_AFTERWARDS * rate)]));
  await writeFile(
    join(folder, 'config'),
    [
      `sip_listen 127.0.0.1:${port}`,
      'net_interface 127.0.0.1',
      'module_path /usr/lib/baresip/modules',
      ...[codec, 'aufile', 'aubridge', 'sndfile'].map((name) => `module ${name}.so`),
      'module_tmp account.so',
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${control}`,
      `audio_source aufile,${said(0)}`,
      'audio_player aubridge,nobody',
      'audio_alert aubridge,nobody',
      `audio_path ${folder}`,
      `snd_path ${folder}`,
      'rtp_timeout 0',
      '',
    ].join('\n'),
  );
  await writeFile(
    join(folder, 'accounts'),
    `<sip:baresip@127.0.0.1:${port};transport=${transport}>;regint=0;answermode=${answers ? 'auto' : 'manual'}\n`,
  );
  await writeFile(join(folder, 'contacts'), '');

  const child = spawn('baresip', ['-f', folder], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const take = (text: Buffer): void => {
      log += text.toString();
      if (READY.test(log)) resolve();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`baresip ended: ${log}`)));
  }).catch(async (thrown: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  });
  const socket = connect(control, '127.0.0.1');
  await once(socket, 'connect');

  const events: BaresipEvent[] = [];
  const unseen: BaresipEvent[] = [];
  const answered = new Map<string, (response: { readonly ok: boolean; readonly data?: string }) => void>();
  const waiting = new Set<() => void>();
  readNetstrings(socket, (text) => {
    const message = JSON.parse(text) as BaresipEvent & { token?: string; ok?: boolean; data?: string };
    if (message.token !== undefined) {
      answered.get(message.token)?.({ ok: message.ok === true, data: message.data ?? '' });
      return;
    }
    events.push(message);
    unseen.push(message);
    for (const look of waiting) look();
  });
  let commands = 0;
  let files = 0;

  const baresip: Baresip = {
    port,
    events,
    async command(command, params = '') {
      const token = String(++commands);
      const response = new Promise<{ readonly ok: boolean; readonly data?: string }>((resolve) =>
        answered.set(token, resolve),
      );
      const text = JSON.stringify({ command, params, token });
      socket.write(`${Buffer.byteLength(text)}:${text},`);
      const { ok, data = '' } = await response;
      if (!ok) throw new Error(`baresip: ${command} ${params}: ${data}\n${log}`);
      return data;
    },
    async say(samples) {
      const file = said(++files);
      const whole = new Int16Array(samples.length + SECONDS_AFTERWARDS * rate);
      whole.set(samples);
      await writeFile(file, formatWav(rate, [whole]));
      await baresip.command('ausrc', `aufile,${file}`);
    },
    next(type, deadlineMs = 15_000) {
      return new Promise((resolve, reject) => {
        const look = (): boolean => {
          const at = unseen.findIndex((event) => event.type === type);
          const [found] = at < 0 ? [] : unseen.splice(at, 1);
          if (found === undefined) return false;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
          return true;
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`baresip: no ${type}, but ${events.map((event) => event.type).join(', ')}\n${log}`));
        }, deadlineMs);
        if (!look()) waiting.add(look);
      });
    },
    async heard() {
      const dumps = (await readdir(folder)).filter((name) => name.endsWith('dec.wav')).toSorted();
      const parts = await Promise.all(
        dumps.map(async (name) => {
          const { samples, rate: own } = parseWav(await readFile(join(folder, name)));
          return resampleTo8k(samples[0] ?? new Int16Array(0), own);
        }),
      );
      return Int16Array.from(parts.flatMap((part) => [...part]));
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(impatient);
      if (process.env['BARESIP_DEBUG'] !== undefined) console.log(log, events, await readdir(folder));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return baresip;
}

/** `5:hello,` each (https://cr.yp.to/proto/netstrings.txt). */
function readNetstrings(socket: Socket, take: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = colon < 0 ? Number.NaN : Number(rest.subarray(0, colon).toString());
      if (!(rest.length > colon + 1 + length)) return;
      take(rest.subarray(colon + 1, colon + 1 + length).toString());
      rest = rest.subarray(colon + 1 + length + 1);
    }
  });
  socket.on('error', () => undefined);
}
