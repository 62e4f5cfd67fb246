import { readFile } from 'node:fs/promises';
import type { TransparencyLog } from '../archive/log/transparency-log.ts';
import { httpAuthority } from '../archive/timestamps/http-authority.ts';
import { keepStamped, type Stamping } from '../archive/timestamps/keep-stamped.ts';
import { httpWitness } from '../archive/witness/http-witness.ts';
import { type Cosigning, keepCosigned } from '../archive/witness/keep-cosigned.ts';
import type { Config } from '../config/schema.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { seconds } from '../domain/units.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import type { NoteKey } from '../verify/note.ts';
import type { ArchivePlaces } from './archive-places.ts';
import { parseVerifierKey } from './verifier-key.ts';

/** What others say of the log: that they have seen it, and when. */
export interface Evidence {
  readonly cosigning: Cosigning;
  readonly stamping: Stamping | undefined;
}

/** The log's head is signed once a minute, and shown to the witness as soon as it changes. */
const SIGN_EVERY = seconds(60);
const COSIGN_EVERY = seconds(1);
const COSIGN_LIMIT = seconds(5);
const STAMP_EVERY = seconds(3_600);
const STAMP_LIMIT = seconds(30);

/** Undefined: none is configured. @throws IvrError CONFIG_INVALID */
export async function witnessKey({ archive }: Config): Promise<NoteKey | undefined> {
  if (archive.witness_url === '') return undefined;
  const key = await parseVerifierKey(archive.witness_key, 'witness');
  if (key === undefined)
    throw new IvrError(
      'CONFIG_INVALID',
      'archive.witness_key expects the key that `tellerline archive witness` prints: name+id+base64',
    );
  return key;
}

/** Has the log's head cosigned and stamped as configured, until the scope closes. @throws IvrError CONFIG_INVALID */
export async function keepEvidence(
  config: Config,
  log: TransparencyLog,
  places: ArchivePlaces,
  scope: Scope,
  logger: Logger,
): Promise<Evidence> {
  const key = await witnessKey(config);
  const { archive } = config;
  const witnesses = key === undefined ? [] : [httpWitness(archive.witness_url, key)];
  const every = witnesses.length === 0 ? SIGN_EVERY : COSIGN_EVERY;
  const cosigning = scope.use(keepCosigned(log, witnesses, { every, limit: COSIGN_LIMIT }, systemClock, logger));
  if (archive.tsa_url === '') return { cosigning, stamping: undefined };
  const authority = httpAuthority(archive.tsa_url, await timeStampCertificates(config));
  const stamping = scope.use(
    await keepStamped(
      log,
      authority,
      { folder: places.log, every: STAMP_EVERY, limit: STAMP_LIMIT },
      systemClock,
      logger,
    ),
  );
  return { cosigning, stamping };
}

/** What tokens of the configured authority lead to, DER. @throws IvrError CONFIG_INVALID */
export const timeStampCertificates = async ({ archive }: Config): Promise<readonly Uint8Array[]> =>
  certificatesIn(await readCertificates(archive.tsa_ca_file));

async function readCertificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `archive.tsa_ca_file: ${file} cannot be read: ${systemCode(thrown) ?? 'unknown'}`,
      { path: file },
      thrown,
    );
  }
}

const certificatesIn = (pem: string): readonly Uint8Array[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)].map(([, body = '']) =>
    Buffer.from(body, 'base64'),
  );
