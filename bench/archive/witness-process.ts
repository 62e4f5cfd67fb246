import { generateKeyPairSync } from 'node:crypto';
import { ed25519Signer } from '../../src/archive/signing/ed25519-signer.ts';
import { openWitness } from '../../src/archive/witness/open-witness.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';

export interface WitnessArguments {
  readonly folder: string;
  readonly log: string;
  /** The log's Ed25519 key, base64. */
  readonly key: string;
}
export interface WitnessGreeting {
  readonly url: string;
  readonly name: string;
  readonly key: string;
}

const { folder, log, key } = JSON.parse(process.argv[2] ?? '{}') as WitnessArguments;
const witness = await openWitness(
  {
    folder,
    name: 'bench.example/witness',
    signer: ed25519Signer(generateKeyPairSync('ed25519').privateKey),
    logs: [{ name: log, raw: Buffer.from(key, 'base64') }],
    host: '127.0.0.1',
    port: 0,
  },
  systemClock,
  silentLogger,
);
const greeting: WitnessGreeting = {
  url: witness.url,
  name: witness.key.name,
  key: Buffer.from(witness.key.raw).toString('base64'),
};
console.log(JSON.stringify(greeting));
