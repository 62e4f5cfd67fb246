import { IvrError } from '../domain/error.ts';
import { verifyRecording } from '../recording/verify-recording.ts';
import type { Command } from './command.ts';

/** `tellerline recordings verify PATH…`: re-reads sealed recordings and compares them with their manifests. */
export const recordings: Command = {
  summary: 'verifies sealed recordings by re-reading them',
  usage: 'tellerline recordings verify FOLDER…',
  async run({ arguments: args, print }) {
    const [verb, ...folders] = args;
    if (verb !== 'verify' || folders.length === 0) throw new IvrError('USAGE', this.usage);
    let damaged = 0;
    for (const folder of folders) {
      const { ok, problems } = await verifyRecording(folder);
      print(`${ok ? 'verified' : 'DAMAGED '} ${folder}`);
      for (const problem of problems) print(`  ${problem}`);
      if (!ok) damaged += 1;
    }
    return damaged === 0 ? 0 : 1;
  },
};
