import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseVerifierKey } from '../../src/app/verifier-key.ts';
import { archive } from '../../src/cli/archive.ts';
import { silentLogger } from '../../src/lib/logger.ts';

const LOG = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

test('a witness says where it is and what its key is, for people and for scripts; started anew it is the same one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-witness-'));
  try {
    const told = async (...more: readonly string[]): Promise<readonly string[]> => {
      const lines: string[] = [];
      const status = await archive.run({
        arguments: ['witness', '--folder', folder, '--name', 'audit.example/witness', '--log', LOG, ...more],
        environment: {},
        print: (line) => void lines.push(line),
        signal: AbortSignal.abort(), // it ends as soon as it has begun
        openLogger: () => silentLogger,
      });
      expect(status).toBe(0);
      return lines;
    };
    const [line = '', ...others] = await told('--json');
    expect(others).toEqual([]);
    const { url, witnessKey, ...rest } = JSON.parse(line) as { readonly url: string; readonly witnessKey: string };
    expect(rest).toEqual({});
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await parseVerifierKey(witnessKey, 'witness')).toMatchObject({ name: 'audit.example/witness' });
    expect(await told()).toEqual([expect.stringMatching(/^witness at http/), `archive.witness_key: ${witnessKey}`]);
    await expect(told('--listen', 'nowhere')).rejects.toMatchObject({ code: 'USAGE' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
