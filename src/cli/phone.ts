import { access, constants, type FileHandle, open, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type CodecName, SPOKEN_CODECS } from '../domain/codec.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import type { PhoneLine } from '../lab/phone/phone-call.ts';
import { runPhone } from '../lab/phone/run-phone.ts';
import { parseScript, type Script, STEP_FORMS } from '../lab/phone/script.ts';
import { listedWords } from '../lib/listed-words.ts';
import { currentVoice, isNeuralVoice, NEURAL_VOICES } from '../speech/engines/neural-voice/voices.ts';
import type { Command } from './command.ts';

/** `tellerline phone`: a telephone that follows a script, against any SIP server. */
export const phone: Command = {
  summary:
    'a scripted telephone: calls a SIP address (or waits to be called), speaks, presses keys, prints what it hears',
  usage:
    'tellerline phone [sip:USER@HOST[:PORT]] --script FILE [--listen PORT] [--host ADDRESS] [--from NUMBER] [--codecs LIST] [--wav FILE] [--deaf]',
  help: `  sip:USER@HOST[:PORT]  whom to call; without it the telephone waits to be called at --listen PORT (0: any free one)
  --script FILE         what it does, step by step (YAML, below)
  --host ADDRESS        the address of this telephone that the far end reaches (127.0.0.1)
  --from NUMBER         the number that the far end sees
  --codecs LIST         the codecs that it offers, the preferred one first (PCMU,PCMA); available are ${SPOKEN_CODECS.join(', ')}
  --wav FILE            writes the call as stereo WAV: left what it said, right what it heard
  --deaf                does not recognise words (saves processor time): speech and silence are detected by the level
                        of the sound, waits for text fail
  --debug               logs more

A script has \`steps:\`, and may have \`voice:\` (${NEURAL_VOICES.join(', ')}):
  voice: hibari-low
  steps:
${Object.values(STEP_FORMS)
  .map((form) => `    - ${form}`)
  .join('\n')}

\`wer\` is the share of words that may be wrong. A step that does not come true in time ends the call with status 1.
Each line of output begins with the seconds since the first one; \`heard\` gives how sure it is (0…1) and when it was said.`,
  async run({ arguments: args, print, signal, openLogger }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        script: { type: 'string' },
        listen: { type: 'string' },
        host: { type: 'string' },
        from: { type: 'string' },
        codecs: { type: 'string' },
        wav: { type: 'string' },
        deaf: { type: 'boolean' },
        debug: { type: 'boolean' },
      },
    });
    const [target, another] = positionals;
    if (another !== undefined) throw new IvrError('USAGE', `expected one address to call, found another: ${another}`);
    if ((target === undefined) === (values.listen === undefined))
      throw new IvrError('USAGE', 'name either a SIP address to call, or --listen PORT to wait to be called');
    if (target !== undefined && !SIP_ADDRESS.test(target))
      throw new IvrError('USAGE', `${target} is not a SIP address such as sip:bank@127.0.0.1:5060`);
    if (values.script === undefined) throw new IvrError('USAGE', 'name a script with --script FILE');
    const port = Number(values.listen ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new IvrError('USAGE', '--listen expects a port, 0 to 65535');
    const codecs = codecsIn(values.codecs ?? 'PCMU,PCMA');
    const written = parseScript(await readScript(values.script), values.script);
    const { script, warning } = withCurrentVoice(written, values.script);
    await expectAudible(script, values.script);
    const logger = openLogger(values.debug === true ? 'debug' : 'warn');
    if (warning !== undefined) logger.warn({}, warning);
    const wav = values.wav === undefined ? undefined : await openForWriting(values.wav);
    const { openPhoneApp } = await import('../app/open-phone-app.ts');
    await using parts = await openPhoneApp(
      { host: values.host ?? '127.0.0.1', port, speech: values.deaf === true ? 'voice' : 'both', codecs },
      logger,
    );
    if (target === undefined) print(`waiting at sip:phone@${parts.sip.host}:${parts.sip.port}`);
    let began: number | undefined;
    try {
      await runPhone(
        {
          target,
          script,
          ...(values.from === undefined ? {} : { from: values.from }),
          print: (line) => {
            began ??= line.at;
            print(formatLine(line, began));
          },
        },
        parts,
        signal,
      );
    } finally {
      await wav?.writeFile(parts.tape.wav());
      await wav?.close();
    }
    return 0;
  },
};

const SIP_ADDRESS = /^sip:(?:[^\s@]+@)?(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?(?:;\S*)?$/i;

/** @throws IvrError USAGE */
function codecsIn(list: string): readonly CodecName[] {
  const names = listedWords(list);
  const codecs = SPOKEN_CODECS.filter((codec) => names.includes(codec)).toSorted(
    (a, b) => names.indexOf(a) - names.indexOf(b),
  );
  if (codecs.length === 0 || codecs.length < names.length)
    throw new IvrError('USAGE', `--codecs expects some of ${SPOKEN_CODECS.join(', ')}, with commas between several`);
  return codecs;
}

/** Scripts of earlier versions name voices that no longer exist. */
function withCurrentVoice(
  script: Script,
  file: string,
): { readonly script: Script; readonly warning: string | undefined } {
  if (script.voice === undefined) return { script, warning: undefined };
  const voice = currentVoice(script.voice);
  const warning = voice === script.voice ? undefined : `${file}: voice ${script.voice} is called ${voice} now`;
  return { script: { ...script, voice }, warning };
}

/** Before anybody is called: the voice exists, and the files to play can be read. */
async function expectAudible({ voice, steps }: Script, file: string): Promise<void> {
  if (voice !== undefined && !isNeuralVoice(voice))
    throw new IvrError('SCRIPT_INVALID', `${file}: there is no voice ${voice}; there are ${NEURAL_VOICES.join(', ')}`);
  for (const [place, step] of steps.entries())
    if (typeof step === 'object' && 'play' in step)
      await access(step.play, constants.R_OK).catch((thrown: unknown) => {
        throw new IvrError(
          'SCRIPT_INVALID',
          `${file}: step ${place + 1} cannot read ${step.play} (${systemCode(thrown) ?? 'unknown'})`,
          {},
          thrown,
        );
      });
}

async function openForWriting(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'w', 0o600);
  } catch (thrown) {
    throw new IvrError('USAGE', `--wav cannot write ${file} (${systemCode(thrown) ?? 'unknown'})`, {}, thrown);
  }
}

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new IvrError(
      'SCRIPT_INVALID',
      `cannot read the script ${file} (${systemCode(thrown) ?? 'unknown'}); check the path`,
      {},
      thrown,
    );
  }
}

const seconds = (time: number): string => (time / 1000).toFixed(2).padStart(7);

export function formatLine(line: PhoneLine, began: number): string {
  const head = `${seconds(line.at - began)}  ${line.what.padEnd(15)}`;
  if (line.what === 'heard')
    return `${head} "${line.text}" (${line.confidence.toFixed(2)}, said ${seconds(line.beganAt - began).trim()}–${seconds(line.endedAt - began).trim()})`;
  if (line.what === 'answer-began') return `${head} ${line.after_ms} ms after we ended`;
  return `${head} ${line.text}`.trimEnd();
}
