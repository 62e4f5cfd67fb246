import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load-config.ts';
import type { CallEvent } from '../domain/call-event.ts';
import { asError } from '../domain/error.ts';
import { seconds, type SharedMs } from '../domain/units.ts';
import { narrate } from '../lab/demo/narrate.ts';
import { summarise } from '../lab/demo/summarise.ts';
import { runPhone } from '../lab/phone/run-phone.ts';
import { parseScript, type Script } from '../lab/phone/script.ts';
import { sharedNow } from '../lib/clock.ts';
import { within } from '../lib/deadline.ts';
import { Scope } from '../lib/scope.ts';
import { gapsTold } from '../recording/gaps-told.ts';
import { MANIFEST_NAME, parseManifest } from '../recording/manifest.ts';
import { verifyRecording } from '../recording/verify-recording.ts';
import { PRODUCT_FOLDER } from '../version.ts';
import type { Command } from './command.ts';

const FOLDER = 'var/demo';
const WHOLE_CALL = seconds(240);
const SEALING = seconds(30);

/**
 * `tellerline demo`: a real call over UDP on the loopback, end to end, with nothing but what `npm ci` installed: the
 * server, a scripted caller, and a scripted person at the bank.
 */
export const demo: Command = {
  summary: 'starts the server, calls it with a scripted telephone, shows the conversation and verifies the recording',
  usage: 'tellerline demo',
  help: `Each line begins with the seconds since the call came in. Its data, including the recording, is in ${FOLDER}, which is recreated each time.
It takes about a minute. TELLERLINE_LOG_LEVEL=debug logs more.`,
  async run({ arguments: args, print, signal, openLogger, environment }) {
    parseArgs({ args: [...args], options: {} });
    const scope = new Scope();
    const logger = openLogger(environment['TELLERLINE_LOG_LEVEL'] === 'debug' ? 'debug' : 'warn');
    const problems: string[] = [];
    const events: CallEvent[] = [];
    try {
      await rm(FOLDER, { recursive: true, force: true });
      print('Starting the server, a caller and a person at the bank…');
      const { openApp } = await import('../app/open-app.ts'); // help does not wait for them
      const { openPhoneApp } = await import('../app/open-phone-app.ts');
      const person = scope.use(await openPhoneApp({ host: '127.0.0.1', port: 0, speech: 'voice' }, logger));
      const config = await loadConfig({
        file: shipped('dialplans/demo/tellerline.yaml'),
        environment: {},
        overrides: {
          'dialplan.file': shipped('dialplans/bank-hotline.yaml'),
          'dialplan.grammars': shipped('grammars'),
          'person.uri': `sip:person@${person.sip.host}:${person.sip.port}`,
        },
      });
      const app = scope.use(await openApp(config, logger));
      const caller = scope.use(await openPhoneApp({ host: '127.0.0.1', port: 0, speech: 'both' }, logger));
      print(`The server answers at sip:bank@${app.sip.host}:${app.sip.port} with ${app.dialplan}; the caller dials.\n`);

      let began = 0;
      const ended = new Promise<void>((resolve) => {
        const unsubscribe = app.subscribe((event) => {
          if (event.type === 'call-offered') began = sharedNow();
          events.push(event);
          const line = narrate(event);
          if (line !== undefined) print(line);
          if (event.type === 'call-ended') resolve();
        });
        scope.defer(unsubscribe);
      });
      const tell = (who: string) => (at: SharedMs, text: string) =>
        print(`${(Math.max(0, at - began) / 1000).toFixed(2).padStart(7)}  ${who.padEnd(10)}${text}`);
      const [asCaller, asPerson] = [tell('caller'), tell('agent')];

      const agent = runPhone(
        {
          target: undefined,
          script: await script('person'),
          print: ({ what, at, text }) => (what === 'said' ? asPerson(at, `says "${text}"`) : undefined),
        },
        person,
        scope.signal,
      ).catch((thrown: unknown) => void problems.push(`the person at the bank: ${asError(thrown).message}`));
      const calling = runPhone(
        {
          target: `sip:bank@${app.sip.host}:${app.sip.port}`,
          from: '+15550104567',
          script: await script('caller'),
          print(line) {
            if (line.what === 'said') asCaller(line.at, `says "${line.text}"`);
            else if (line.what === 'pressed') asCaller(line.at, `presses ${line.text}`);
            else if (line.what === 'interrupted') asCaller(line.at, 'interrupts');
            else if (line.what === 'heard') asCaller(line.at, `heard "${line.text}"`);
            else if (line.what === 'hung-up') asCaller(line.at, 'hangs up');
          },
        },
        caller,
        signal,
      );
      await within(calling, WHOLE_CALL, 'the call', signal).catch(
        (thrown: unknown) => void problems.push(`the caller: ${asError(thrown).message}`),
      );
      await within(ended, SEALING, 'the end of the call and the seal of its recording').catch(
        (thrown: unknown) => void problems.push(asError(thrown).message),
      );
      await within(agent, seconds(10), 'the person at the bank').catch(
        (thrown: unknown) => void problems.push(asError(thrown).message),
      );
    } catch (thrown) {
      problems.push(asError(thrown).message);
    } finally {
      await scope
        .close()
        .catch((thrown: unknown) => void problems.push(`not everything closed: ${asError(thrown).message}`));
    }

    const { lines, missing, recordingPath } = summarise(events);
    let gaps: string | undefined;
    if (recordingPath !== undefined) {
      const folder = dirname(recordingPath);
      const { ok, problems: damage } = await verifyRecording(folder);
      const manifest = parseManifest(await readFile(join(folder, MANIFEST_NAME), 'utf8'));
      gaps = 'problem' in manifest ? undefined : gapsTold(manifest.gaps);
      if (!ok) problems.push(`the recording does not verify: ${damage.join('; ')}`);
    }
    print('');
    for (const line of lines) print(line);
    if (gaps !== undefined) print(`missing          ${gaps}`);
    for (const problem of [...problems, ...missing]) print(`WRONG: ${problem}.`);
    print(problems.length + missing.length === 0 ? '\nThe line answers.' : '\nThe demo failed.');
    return problems.length + missing.length === 0 ? 0 : 1;
  },
};

const shipped = (path: string): string => fileURLToPath(new URL(path, PRODUCT_FOLDER));

async function script(name: string): Promise<Script> {
  const file = shipped(`dialplans/demo/${name}.yaml`);
  return parseScript(await readFile(file, 'utf8'), file);
}
