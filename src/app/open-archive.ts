import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../archive/blobs/blobs.ts';
import { openFileBlobs } from '../archive/blobs/file-blobs.ts';
import { mirroredBlobs } from '../archive/blobs/mirrored-blobs.ts';
import type { ArchiveIndex } from '../archive/index/archive-index.ts';
import { claimNode } from '../archive/index/node-rows.ts';
import { openArchiveIndex } from '../archive/index/open-archive-index.ts';
import { expectBackup } from '../archive/keys/expect-backup.ts';
import type { KeyStore } from '../archive/keys/key-store.ts';
import { openKeyStore } from '../archive/keys/open-key-store.ts';
import { openTransparencyLog } from '../archive/log/open-transparency-log.ts';
import type { TransparencyLog } from '../archive/log/transparency-log.ts';
import { backfillRecords } from '../archive/retention/backfill-records.ts';
import { openRetention } from '../archive/retention/open-retention.ts';
import type { Retention } from '../archive/retention/retention.ts';
import type { Signer } from '../archive/signing/signer.ts';
import { sm2SignerOf } from '../archive/signing/sm2-signer.ts';
import type { Config } from '../config/schema.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type CryptoProfile, hashOf } from '../lib/crypto-profile.ts';
import type { Logger } from '../lib/logger.ts';
import type { Scope } from '../lib/scope.ts';
import { diskError } from '../recording/disk-error.ts';
import type { Audit } from '../staff/audit.ts';
import { type Emergencies, openEmergencies } from '../staff/emergencies.ts';
import { openAudit } from '../staff/open-audit.ts';
import { ownDatabase } from '../storage/own-database.ts';
import type { Storage } from '../storage/storage.ts';
import { witnessKey } from './archive-evidence.ts';
import { archiveSigner, SIGNING_PURPOSE, SM2_PURPOSE } from './archive-signer.ts';
import { type ArchivePlaces, archivePlaces } from './archive-places.ts';
import { keepDefaultPolicy } from './default-policy.ts';
import { INDEX_HASH_PURPOSE } from './index-hash.ts';

/** The archive's stores and keys, opened by whoever owns the database: the server, or a command when there is no server. */
export interface OpenedArchive {
  readonly config: Config;
  readonly storage: Storage;
  readonly logger: Logger;
  readonly places: ArchivePlaces;
  /** The console's: what is done at the machine stands in the same trail. */
  readonly audit: Audit;
  readonly emergencies: Emergencies;
  readonly keys: KeyStore;
  readonly blobs: Blobs;
  readonly index: ArchiveIndex;
  readonly log: TransparencyLog;
  readonly signers: readonly Signer[];
  /** Of what is archived from now on. */
  readonly profile: CryptoProfile;
  /** Writes the bases of a recording's retention. */
  readonly retain: (recording: RecordingId) => Promise<void>;
  /** Policies, holds and restriction. The gate before a destruction is the reaper's: it goes by a clock that nobody can set. */
  readonly retention: Omit<Retention, 'assertDestroyable'>;
  /** How many are configured. */
  readonly witnesses: number;
  readonly timeStamps: boolean;
  /** A server has it, and goes on writing. */
  readonly serving: boolean;
}

/** @throws IvrError KEYS_UNREADABLE, KEYS_NOT_BACKED_UP, LOG_DAMAGED, BLOBS_UNREACHABLE, CONFIG_INVALID, RECORDINGS_UNWRITABLE, DISK_FULL */
export async function openArchive(
  config: Config,
  storage: Storage,
  scope: Scope,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<OpenedArchive> {
  const places = archivePlaces(config);
  try {
    return await open(config, places, storage, scope, logger, clock);
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw diskError(
      'the archive (archive.directory, archive.keys.directory) cannot be opened',
      { path: places.log },
      thrown,
    );
  }
}

async function open(
  config: Config,
  places: ArchivePlaces,
  storage: Storage,
  scope: Scope,
  logger: Logger,
  clock: Clock,
): Promise<OpenedArchive> {
  const { profile, origin } = config.archive;
  // two that append secrets to one file would overwrite each other's
  scope.use(
    await ownDatabase(join(places.keys, 'root.key'), {
      name: 'the folder of',
      setting: 'archive.keys.directory',
      makeFolder: true,
    }),
  );
  const keys = scope.use(await openKeyStore(places.keys, profile, places.keysCopy));
  const state = await keys.state();
  if (config.archive.keys.require_backup) expectBackup(state);
  for (const problem of state.problems) logger.warn({ code: 'KEYS_NOT_BACKED_UP' }, problem);
  if (storage.dialect === 'postgresql') {
    const claim = { indexKey: keys.deriveKey(INDEX_HASH_PURPOSE), origin, begun: state.epochs.length > 0 };
    const { namesakes, strangers } = await claimNode(storage, claim, clock.wall());
    if (namesakes.length > 0)
      logger.warn(
        { origin, nodes: namesakes.join(', ') },
        'another node of this database has a log of the same name: give each node an archive.origin of its own',
      );
    if (strangers.length > 0)
      logger.error(
        { code: 'KEYS_UNREADABLE', nodes: strangers.join(', ') },
        'other nodes of this database have another root key: neither finds the calls of the other by number or account',
      );
  }
  const signer = archiveSigner(keys.deriveKey(SIGNING_PURPOSE));
  const sm2 = profile === 'national' ? sm2SignerOf(keys.deriveKey(SM2_PURPOSE)) : undefined;
  const witness = await witnessKey(config);
  const witnesses = witness === undefined ? [] : [witness];
  const log = scope.use(
    await openTransparencyLog({ folder: places.log, origin, signer, sm2, hash: hashOf(profile), witnesses }),
  );
  const blobs = scope.use(await openBlobs(config, places, clock));
  const retention = await openArchiveRetention(config, storage, clock, logger);
  return {
    config,
    storage,
    logger,
    audit: openAudit(storage.knex, clock),
    emergencies: openEmergencies(storage.knex, clock),
    places,
    keys,
    blobs,
    log,
    profile,
    signers: sm2 === undefined ? [signer] : [signer, sm2],
    index: openArchiveIndex(storage, clock),
    retention,
    retain: (recording) => retention.apply(recording),
    witnesses: witnesses.length,
    timeStamps: config.archive.tsa_url !== '',
    serving: false,
  };
}

/** With the policy of the configuration in it. @throws IvrError STORAGE_FAILED, RETENTION_INVALID */
export async function openArchiveRetention(
  config: Config,
  storage: Storage,
  clock: Clock,
  logger: Logger,
): Promise<OpenedArchive['retention']> {
  const retention = openRetention(storage, { wall: () => clock.wall(), trusted: () => clock.wall() });
  await backfillRecords(storage, clock.wall());
  await keepDefaultPolicy(config, retention, clock, logger);
  return retention;
}

/** Where the configuration says that archived objects lie, with their second copy. @throws IvrError CONFIG_INVALID, BLOBS_UNREACHABLE */
export async function openBlobs(
  { archive }: Config,
  places: Pick<ArchivePlaces, 'blobs' | 'copy'>,
  clock: Clock,
): Promise<Blobs> {
  const wall = () => clock.wall();
  const first = await openStore('archive', archive.blobs, archive, places.blobs, wall);
  const { copy } = archive;
  if (copy.blobs === 'none') return first;
  return mirroredBlobs(first, await openStore('archive.copy', copy.blobs, copy, places.copy, wall), wall);
}

type S3Keys = Pick<
  Config['archive'],
  's3_endpoint' | 's3_region' | 's3_bucket' | 's3_prefix' | 's3_access_key' | 's3_secret_file' | 's3_ca_file'
>;

async function openStore(
  section: string,
  kind: 'files' | 's3',
  keys: S3Keys,
  folder: string,
  wall: () => number,
): Promise<Blobs> {
  if (kind === 'files') return openFileBlobs(folder, wall);
  // half a second to load, and nobody without such a store needs it
  const { openS3Client } = await import('../archive/blobs/s3-client.ts');
  const { openS3Blobs } = await import('../archive/blobs/s3-blobs.ts');
  const client = await openS3Client({
    endpoint: keys.s3_endpoint,
    region: keys.s3_region,
    accessKey: keys.s3_access_key,
    secretKey: await readSecret(section, keys.s3_secret_file),
    caFile: keys.s3_ca_file,
  });
  return openS3Blobs(client, { bucket: keys.s3_bucket, prefix: keys.s3_prefix });
}

async function readSecret(section: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `${section}.s3_secret_file: ${file} cannot be read: ${systemCode(thrown) ?? 'unknown'}`,
      { path: file },
      thrown,
    );
  }
}
