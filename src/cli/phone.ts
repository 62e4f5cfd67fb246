import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { IvrError, systemCode } from '../domain/error.ts';
import { type PhoneLine, runPhone } from '../phone/run-phone.ts';
import { parseScript } from '../phone/script.ts';
import { openPhoneApp } from '../phone-app.ts';
import type { Command } from './command.ts';

/** `tellerline phone`: a telephone that follows a script, against any SIP server. */
export const phone: Command = {
  summary:
    'a scripted telephone: calls a SIP address (or waits to be called), speaks, presses keys, prints what it hears',
  usage:
    'tellerline phone [sip:USER@HOST[:PORT]] --script FILE [--listen PORT] [--host ADDRESS] [--from NUMBER] [--wav FILE] [--deaf]',
  async run({ arguments: args, print, signal, openLogger }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        script: { type: 'string' },
        listen: { type: 'string' },
        host: { type: 'string' },
        from: { type: 'string' },
        wav: { type: 'string' },
        deaf: { type: 'boolean' },
        debug: { type: 'boolean' },
      },
    });
    const [target] = positionals;
    if (values.script === undefined || (target === undefined) === (values.listen === undefined))
      throw new IvrError('USAGE', this.usage);
    const script = parseScript(await readScript(values.script), values.script);
    const port = Number(values.listen ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new IvrError('USAGE', '--listen expects a port, 0 to 65535');
    await using parts = await openPhoneApp(
      { host: values.host ?? '127.0.0.1', port, speech: values.deaf === true ? 'voice' : 'both' },
      openLogger(values.debug === true ? 'debug' : 'warn'),
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
      if (values.wav !== undefined) await writeFile(values.wav, parts.tape.wav());
    }
    return 0;
  },
};

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new IvrError(
      'SCRIPT_INVALID',
      `cannot read the script ${file} (${systemCode(thrown) ?? 'unknown'})`,
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
