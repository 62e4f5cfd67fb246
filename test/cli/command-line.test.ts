import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asksForHelp, nearestName } from '../../src/cli/help.ts';
import { runTellerline } from '../support/server-process.ts';

/* The built product's command line: what it says when all is well, and when it is used wrongly. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const run = async (...args: readonly string[]) => {
  const { status, stdout, stderr } = await runTellerline(...args);
  expect(stderr).not.toMatch(/\n\s+at |: a defect/);
  return { status, stdout, stderr };
};

describe('help and version', () => {
  test('of all commands', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    for (const word of ['start', 'demo', 'phone', 'config', 'recordings', 'evaluate', 'Exit status'])
      expect(stdout).toContain(word);
    expect((await run('-h')).stdout).toBe(stdout);
  });

  test.each(['start', 'demo', 'phone', 'config', 'recordings', 'evaluate'])('of %s', async (command) => {
    const { status, stdout, stderr } = await run(command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`usage: tellerline ${command}`);
  });

  test('the version', async () => {
    expect((await run('--version')).stdout).toMatch(/^tellerline \d+\.\d+\.\d+ \(Node\.js \d+/);
  });

  test('help is asked for in any place', () => {
    expect(asksForHelp(['verify', '-h'])).toBe(true);
    expect(asksForHelp(['--config', 'x'])).toBe(false);
  });
});

describe('wrong usage is status 64, what is wrong, and the usage', () => {
  test.each([
    [[], 'usage: tellerline COMMAND'],
    [['strat'], 'there is no command strat; did you mean start?'],
    [['start', '--confg', 'x'], "Unknown option '--confg'"],
    [['demo', 'now'], "Unexpected argument 'now'"],
    [['phone'], 'name either a SIP address to call, or --listen PORT'],
    [['phone', 'bank', '--script', 'x'], 'bank is not a SIP address such as sip:bank@'],
    [['phone', 'sip:a@b', 'sip:c@d', '--script', 'x'], 'found another: sip:c@d'],
    [['phone', 'sip:bank@127.0.0.1'], 'name a script with --script FILE'],
    [['phone', '--listen', '99999', '--script', 'x'], '--listen expects a port'],
    [['recordings'], 'expected a command: `verify` or `fsck`'],
    [['evaluate'], 'say `recognition`, `intents` or `identity`'],
    [['evaluate', 'speech'], 'there is no `evaluate speech`'],
    [['evaluate', 'recognition'], 'name the manifest of the utterances'],
    [['recordings', 'verify'], 'name the folders of the recordings'],
  ])('%j', async (args, sentence) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('usage: tellerline');
  });

  test.each([
    ['strat', 'start'],
    ['conf', 'config'],
    ['recording', 'recordings'],
    ['x', undefined],
    ['elephant', undefined],
  ])('%s is nearest to %s', (typed, name) => {
    expect(nearestName(typed, ['start', 'demo', 'phone', 'config', 'recordings', 'evaluate'])).toBe(name);
  });
});

describe('a telephone that cannot do what its script says calls nobody', () => {
  const phone = (script: string, ...more: readonly string[]) =>
    run('phone', 'sip:bank@127.0.0.1:9', '--script', script, ...more);

  test('a script that is not there', async () => {
    const { status, stderr } = await phone(join(folder, 'absent.yaml'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/cannot read the script .*absent\.yaml \(ENOENT\)/);
  });

  test.each([
    ['voice.yaml', 'voice: nobody\nsteps:\n  - say: hello\n', 'there is no voice nobody; there are hibari'],
    ['file.yaml', 'steps:\n  - hang-up\n  - play: /absent.wav\n', 'step 2 cannot read /absent.wav (ENOENT)'],
    ['steps.yaml', 'steps:\n  - pres: 1\n  - press: 2468\n', ":3:5: expected press: '2468#' (in quotes"],
  ])('%s', async (name, text, sentence) => {
    const { status, stdout, stderr } = await phone(await file(name, text));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  test('a WAV that cannot be written', async () => {
    const script = await file('good.yaml', 'steps:\n  - hang-up\n');
    const { status, stdout, stderr } = await phone(script, '--wav', join(folder, 'no-folder', 'x.wav'));
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/--wav cannot write .*x\.wav \(ENOENT\)/);
  });
});

describe('config --check', () => {
  test('names the file and the dialplan', async () => {
    const path = await file('good-config.yaml', 'sip:\n  # port: 5070\nhttp: { port: 0 }\n');
    const { status, stdout } = await run('config', '--check', '--config', path);
    expect(status).toBe(0);
    expect(stdout).toContain(`the configuration is valid (${path})`);
    expect(stdout).toContain('the dialplan is valid (dialplans/bank-hotline.yaml: bank-hotline version 2)');
  });

  test('tells of a queue that the dialplan asks for and the queues file does not have', async () => {
    const queues = await file('queues.yaml', 'default: service\nqueues: { service: {} }\n');
    const path = await file('queued-config.yaml', `queues: { file: ${queues} }\n`);
    const { status, stdout } = await run('config', '--config', path);
    expect(status).toBe(0);
    expect(stdout).toContain(`note: ${queues} has no queue 'fraud'`);
  });

  test('a voice that does not exist', async () => {
    const { status, stderr } = await run(
      'config',
      '--config',
      await file('voice-config.yaml', 'speech: { voice: bob }'),
    );
    expect(status).toBe(1);
    expect(stderr).toContain('speech.voice expects one of hibari, hibari-low');
  });

  test('a dialplan that is wrong is found without a start', async () => {
    const plan = await file('plan.yaml', 'dialplan: x\n');
    const { status, stderr } = await run(
      'config',
      '--config',
      await file('other.yaml', `dialplan: { file: ${plan} }\n`),
    );
    expect(status).toBe(1);
    expect(stderr).toContain('DIALPLAN_INVALID');
  });
});

describe('recordings verify', () => {
  test('a folder without recordings, and one that is not there', async () => {
    await mkdir(join(folder, 'empty'), { recursive: true });
    expect(await run('recordings', 'verify', join(folder, 'empty'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is no sealed recording in'),
    });
    expect((await run('recordings', 'verify', join(folder, 'absent'))).stderr).toMatch(
      /cannot read .*absent \(ENOENT\); check the path \[RECORDING_NOT_FOUND\]/,
    );
  });

  test('a folder above them: each is verified', async () => {
    await mkdir(join(folder, 'many', '2026', 'a'), { recursive: true });
    await mkdir(join(folder, 'many', '2026', 'b'), { recursive: true });
    await file('many/2026/a/manifest.json', '{}');
    await file('many/2026/b/manifest.json', '{}');
    const { status, stdout } = await run('recordings', 'verify', join(folder, 'many'));
    expect(status).toBe(1);
    expect(stdout.match(/^DAMAGED {3}/gm)).toHaveLength(2);
  });
});
