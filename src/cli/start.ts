import { parseArgs } from 'node:util';
import { takesBrowsers } from '../app/takes-browsers.ts';
import { loadConfig } from '../config/load-config.ts';
import { IvrError } from '../domain/error.ts';
import { ms } from '../domain/units.ts';
import { refuseCoreDumps } from '../lib/refuse-core-dumps.ts';
import type { Command } from './command.ts';
import { expectVoice } from './expect-voice.ts';
import { plural } from './plural.ts';

/** `tellerline start`: the server, until it is told to stop. */
export const start: Command = {
  summary: 'takes calls until SIGTERM or SIGINT; then says goodbye to callers and seals their recordings',
  usage: 'tellerline start [--config FILE]',
  help: `  --config FILE  YAML; without it tellerline.yaml of the current folder, if it is there. \`tellerline config\` explains
                 the keys; environment variables such as TELLERLINE_SIP_PORT override the file.

The first start also synthesises the prompts, which takes some seconds; they are kept in speech.cache.
SIGTERM or SIGINT (Ctrl+C): new calls are refused, callers hear a goodbye, recordings are sealed; a second one stops at once.
The next start recovers what a crash left behind.`,
  async run({ arguments: args, environment, print, signal, openLogger }) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
    const warnings: string[] = [];
    const config = await loadConfig({
      environment,
      warn: (message) => warnings.push(message),
      ...(values.config === undefined ? {} : { file: values.config }),
    });
    expectVoice(config.speech);
    const logger = openLogger(config.log.level);
    for (const warning of warnings) logger.warn({}, warning);
    const dumps = refuseCoreDumps();
    if (dumps !== undefined)
      logger.warn(
        {},
        `core dumps are enabled and would contain keyed digits: start the server with LimitCORE=0 or ulimit -c 0 (${dumps})`,
      );
    const { openApp } = await import('../app/open-app.ts'); // it takes a second, which a wrong configuration need not wait for
    await using app = await openApp(config, logger, (done, total) => print(`preparing prompts: ${done} of ${total}`));
    const { host, port } = app.sip;
    const embedded = config.signalling.kind === 'embedded';
    const tls = embedded && config.sip.tls.certificate !== '' ? `, TLS at port ${app.sip.tlsPort}` : '';
    print(
      `Tellerline answers at   sip:bank@${host}:${port}   (UDP${!embedded || config.sip.tcp ? ' and TCP' : ''}${tls})`,
    );
    print(
      `Signalling              ${embedded ? 'our own SIP server' : `drachtio-server at ${config.signalling.servers}`}`,
    );
    print(
      `Media                   ${config.media.kind === 'embedded' ? 'our own RTP' : `FreeSWITCH at ${config.media.servers}`}`,
    );
    print(`Web and API at          ${app.http}   (description: ${app.http}/docs, token: ${config.http.token_file})`);
    if (config.webrtc.newcomer && takesBrowsers(config))
      print(`Talk to it              open ${app.http}/ in a browser on this machine`);
    if (app.probes !== undefined) print(`Probes at               ${app.probes}   (/healthz, /readyz)`);
    print(`Dialplan                ${config.dialplan.file}: ${app.dialplan}`);
    print(
      `Recognition             ${config.speech.recognizer === 'none' ? 'off: callers use the keys' : `${config.speech.recognizer}, English and Mandarin, ${config.speech.recognizers} at a time`}`,
    );
    print(
      `Synthesis               ${config.speech.synthesizer}, voice ${config.speech.voice}; spoken here: ${app.spoken.join(', ')}`,
    );
    print(
      `Recordings              ${config.recordings.directory}, kept ${config.recordings.retention_years} years (${config.recordings.retention_policy} v${config.recordings.retention_policy_version})`,
    );
    print(`A person                ${config.person.uri === '' ? 'none: set person.uri' : config.person.uri}`);
    if (app.recovered > 0) print(`Recovered               ${plural(app.recovered, 'recording')} of an earlier run`);
    if (embedded && host === '127.0.0.1')
      print('Only this machine can call: set sip.host and rtp.host (tellerline config explains)');
    const told = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const failure = await Promise.race([told, app.failed]);
    print(`stopping: ${plural(app.liveCalls, 'call')} under way`);
    await app.drain(ms(config.limits.drain_ms));
    print('stopped');
    if (failure === undefined) return 0;
    throw new IvrError(
      'INTERNAL',
      'the SIP worker died, and every call with it; recordings are sealed, start again',
      {},
      failure,
    );
  },
};
