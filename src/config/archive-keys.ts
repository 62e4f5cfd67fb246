import { choice, flag, section, text, whole } from './key-types.ts';

/** Keys of the archive: where it lies, its evidence, its store and its root key. */
export const archiveKeys = section({
  enabled: flag('whether sealed recordings go into the archive: encrypted, signed, logged and read back', true),
  directory: text('folder of the archive; empty: `archive` below recordings.directory', ''),
  keep_sealed_hours: whole(
    'hours for which the sealed, unencrypted folder of a recording is kept after the archive has verified its own copy; 0: it is removed at once',
    0,
    0,
    1_000_000,
  ),
  witness_url: text(
    'https:// of an independent witness that cosigns the log (`tellerline archive witness`); empty: none',
    '',
  ),
  witness_key: text('public key of that witness, as it prints it', ''),
  tsa_url: text('URL of a time stamp authority (RFC 3161), asked once an hour; empty: none', ''),
  tsa_ca_file: text('PEM file of the root certificates for its tokens', ''),
  origin: text(
    'name of the archive’s log, a URL of the bank without https://; it must never change',
    'localhost/tellerline',
  ),
  profile: choice(
    'algorithms of the archive. international: Ed25519, SHA-256, AES-256; national (GB/T 39786): SM2 beside Ed25519, SM3, SM4. Recordings that are already archived, and a log that has begun, keep theirs',
    'international',
    ['international', 'national'],
  ),
  country_code: text(
    'country code of telephone numbers that are signalled or typed without one: with 86, a search for 13800138000 finds +86 138 0013 8000',
    '86',
  ),
  blobs: choice(
    'where archived objects are stored: as files below archive.directory, or in an S3 store with Object Lock',
    'files',
    ['files', 's3'],
  ),
  s3_endpoint: text('https:// and the host of the S3 store; plain HTTP only on the loopback', ''),
  s3_region: text('region of the S3 store', 'us-east-1'),
  s3_bucket: text('bucket with Object Lock', ''),
  s3_prefix: text('prefix of every object’s key, such as tellerline/', ''),
  s3_access_key: text('access key', ''),
  s3_secret_file: text('file with the secret key', ''),
  s3_ca_file: text('PEM file of the authority that signed its certificate; empty: those that Node.js trusts', ''),
  lock: choice(
    'lock of archived objects. governance: users with the permission can bypass it; compliance: nobody can, once a recording is verified',
    'governance',
    ['governance', 'compliance'],
  ),
  destruction: choice(
    'what happens to recordings whose retention has ended. approval: they are proposed for destruction and destroyed after the grace period once two members of staff approve; automatic: they are destroyed after the grace period; off: they are kept',
    'approval',
    ['approval', 'automatic', 'off'],
  ),
  destruction_grace_days: whole(
    'grace period: days between proposal and destruction, during which a legal hold or a longer policy still prevents it',
    7,
    1,
    3_650,
  ),
  cli_export: choice(
    'whether `tellerline archive export` needs only access to this machine and its keys, or an approval in the console',
    'allow',
    ['allow', 'approval'],
  ),
  late_intent: choice(
    'what happens to a call whose intent to record is not in the database 200 ms after the INVITE. refuse: it is answered 503; alarm: it continues and raises an alarm; continue: it continues. The record is written later in any case',
    'alarm',
    ['refuse', 'alarm', 'continue'],
  ),
  late_intent_by_number: text(
    'exceptions from archive.late_intent by called number, separated by commas, such as 95588=refuse, 4008*=continue; the longest match applies',
    '',
  ),
  exempt_numbers: text(
    'called numbers whose calls are not recorded, by a policy of the bank, separated by commas; 4008* stands for all that begin with 4008. Each such call is counted as EXEMPT. Empty: every call is recorded',
    '',
  ),
  test_call_minutes: whole(
    'interval of test calls: the server calls itself 30 s after its start and then every so many minutes, presses keys, hangs up, and raises an alarm when the recording is not VERIFIED in the archive 30 s later; 0: never; 60 is usual',
    0,
    0,
    10_080,
  ),
  copy: section({
    blobs: choice(
      'a second copy of every archived object. files: in copy.directory, best on another disk or machine; s3: in a second S3 store with Object Lock. A recording is ARCHIVED once both copies exist and VERIFIED once both were read back; an object that is missing in one is copied from the other',
      'none',
      ['none', 'files', 's3'],
    ),
    directory: text('folder of that copy', ''),
    s3_endpoint: text('https:// and the host of the second S3 store; plain HTTP only on the loopback', ''),
    s3_region: text('its region', 'us-east-1'),
    s3_bucket: text('its bucket, with Object Lock', ''),
    s3_prefix: text('prefix of every object’s key there', ''),
    s3_access_key: text('its access key', ''),
    s3_secret_file: text('file with its secret key', ''),
    s3_ca_file: text('PEM file of the authority that signed its certificate; empty: those that Node.js trusts', ''),
    keys_directory: text(
      'folder for a second copy of the recordings’ keys, best on another disk. The root key is not among them: it has its own backup (`tellerline archive keys backup`). Empty: none',
      '',
    ),
  }),
  recognition: section({
    model: text(
      'model with which archived calls are recognized again, both sides, newest first, in the background and only while calls leave the machine enough time. `shipped`: the model of this release; otherwise the folder of a model of the same form (encoder.onnx, decoder.onnx, tokens.json). The new transcript is stored beside the first; search finds the newest. Empty: none',
      '',
    ),
    name: text(
      'name and version of that model, as transcripts show it. A new name makes every recording be recognized again; may be empty for `shipped`',
      '',
    ),
  }),
  keys: section({
    directory: text('folder of the keys (mode 0700); empty: `keys` beside storage.file', ''),
    require_backup: flag('whether the server refuses to start until the root key has been backed up', false),
  }),
});
