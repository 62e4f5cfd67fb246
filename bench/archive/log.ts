import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openTransparencyLog } from '../../src/archive/log/open-transparency-log.ts';
import { ed25519Signer } from '../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../src/archive/signing/raw-key.ts';
import { httpWitness } from '../../src/archive/witness/http-witness.ts';
import { keepCosigned } from '../../src/archive/witness/keep-cosigned.ts';
import { ms } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { WitnessArguments, WitnessGreeting } from './witness-process.ts';

/** Recordings, exports and holds that append at the same time. */
const APPENDERS = 256;
const ORIGIN = 'bench.example/log';

export interface LogFigures {
  readonly appends_per_second: number;
  readonly append_p50_ms: number;
  readonly append_p99_ms: number;
  /** From a leaf's being durable to the cosignature of a checkpoint that has it, by a witness in a process of its own. */
  readonly cosigned_p50_ms: number;
  readonly cosigned_max_ms: number;
  readonly cpu_percent: number;
  readonly inclusion_proof_ms: number;
}

/** @param folder - on the disk that is meant; /tmp may be memory */
export async function benchLog(seconds: number, folder = '.'): Promise<LogFigures> {
  const own = await mkdtemp(join(folder, 'bench-log-'));
  try {
    return await run(seconds, own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function run(seconds: number, folder: string): Promise<LogFigures> {
  const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  const logKey = { name: ORIGIN, raw: rawEd25519(signer.publicKey) };
  await using witness = await startWitness({
    folder: join(folder, 'witness'),
    log: ORIGIN,
    key: Buffer.from(logKey.raw).toString('base64'),
  });
  const witnessKey = { name: witness.name, raw: Buffer.from(witness.key, 'base64') };
  await using log = await openTransparencyLog({
    folder: join(folder, 'tlog'),
    origin: ORIGIN,
    signer,
    witnesses: [witnessKey],
  });
  await using cosigning = keepCosigned(
    log,
    [httpWitness(witness.url, witnessKey)],
    { every: ms(200), limit: ms(5_000) },
    systemClock,
    silentLogger,
  );
  const durableAt: number[] = [];
  const took: number[] = [];
  const cosignedAfter: number[] = [];
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const until = began + seconds * 1_000;
  const append = async (): Promise<void> => {
    while (performance.now() < until) {
      const start = performance.now();
      const index = await log.append({ type: 'RECORDING', digest: randomBytes(32) });
      durableAt[index] = performance.now();
      took.push(performance.now() - start);
    }
  };
  const watch = async (): Promise<void> => {
    for (let seen = 0; performance.now() < until + 2_000 && (seen < durableAt.length || performance.now() < until); ) {
      const size = log.cosigned()?.size ?? 0;
      for (; seen < size; seen++) cosignedAfter.push(performance.now() - (durableAt[seen] ?? performance.now()));
      await sleep(5);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: APPENDERS }, append)]);
  const cpu = process.cpuUsage(cpuBefore);
  const { code } = cosigning.health()[0] ?? { code: 'no witness' };
  if (code !== undefined || cosignedAfter.length < took.length) throw new Error(`the witness did not follow: ${code}`);
  const size = log.size;
  const proofs = performance.now();
  for (let n = 0; n < 200; n++) await log.inclusionProof((n * 7_919) % size, size);
  return {
    appends_per_second: Math.round(took.length / seconds),
    append_p50_ms: at(took, 0.5),
    append_p99_ms: at(took, 0.99),
    cosigned_p50_ms: at(cosignedAfter, 0.5),
    cosigned_max_ms: at(cosignedAfter, 1),
    cpu_percent: Math.round((cpu.user + cpu.system) / 10 / (seconds * 1_000)),
    inclusion_proof_ms: Math.round((performance.now() - proofs) / 2) / 100,
  };
}

async function startWitness(args: WitnessArguments): Promise<WitnessGreeting & AsyncDisposable> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('witness-process.js', import.meta.url)), JSON.stringify(args)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    ...(JSON.parse(line.toString()) as WitnessGreeting),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

function at(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN) * 10) / 10
  );
}
