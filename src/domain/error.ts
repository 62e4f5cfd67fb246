/** Every code the product can raise, with the HTTP status that stands for it. docs/errors.md lists each; a test compares. */
export const ERROR_CODES = {
  // configuration and start
  CONFIG_INVALID: 400,
  PORT_IN_USE: 500,
  MODEL_MISSING: 500,
  MODEL_ALTERED: 500,
  RECORDINGS_UNWRITABLE: 500,
  DISK_FULL: 507,
  FILE_DESCRIPTORS_EXHAUSTED: 503,
  STORAGE_FAILED: 500,
  DIALPLAN_INVALID: 400,
  GRAMMAR_INVALID: 400,
  GRAMMAR_BUDGET_EXCEEDED: 500,
  GRAMMAR_SCRIPT_FAILED: 500,
  SCRIPT_INVALID: 400,
  MANIFEST_INVALID: 400,
  CALL_RECORDS_INVALID: 400,
  USAGE: 400,
  QUEUE_JOURNAL_DAMAGED: 500,
  // signalling and media
  SIP_MALFORMED: 400,
  SIP_TIMEOUT: 504,
  SIP_REJECTED: 502,
  SDP_MALFORMED: 400,
  NO_COMMON_CODEC: 488,
  MEDIA_PORTS_EXHAUSTED: 503,
  MEDIA_WORKER_LOST: 503,
  MEDIA_SERVER_LOST: 503,
  WEBRTC_NOT_CONNECTED: 504,
  ENDPOINT_CLOSED: 410,
  CONTROL_PROTOCOL: 400,
  CONTROL_SECRET_REFUSED: 400,
  // speech
  RECOGNIZER_UNREACHABLE: 503,
  RECOGNIZER_BUSY: 503,
  RECOGNITION_FAILED: 500,
  UNDERSTANDING_FAILED: 500,
  SYNTHESIZER_UNREACHABLE: 503,
  SYNTHESIS_FAILED: 500,
  AUDIO_MALFORMED: 400,
  // recordings
  RECORDING_DAMAGED: 500,
  RECORDING_NOT_FOUND: 404,
  // archive
  BLOB_MISSING: 404,
  BLOB_CONFLICT: 409,
  BLOB_LOCKED: 409,
  BLOB_UNPROTECTED: 500,
  BLOBS_UNREACHABLE: 503,
  READ_BACK_FAILED: 500,
  KEY_DESTROYED: 410,
  KEYS_UNREADABLE: 500,
  KEYS_NOT_BACKED_UP: 500,
  CONTAINER_DAMAGED: 500,
  // evidence
  LOG_DAMAGED: 500,
  LOG_UNWRITABLE: 507,
  SIGNATURE_INVALID: 400,
  WITNESS_REFUSED: 502,
  WITNESS_UNREACHABLE: 503,
  TIMESTAMP_REFUSED: 502,
  TIMESTAMP_UNREACHABLE: 503,
  ARCHIVE_STATE_REFUSED: 409,
  SEARCH_INVALID: 400,
  BUNDLE_REFUSED: 400,
  RETENTION_INVALID: 400,
  DESTRUCTION_REFUSED: 409,
  // agents
  AGENT_UNKNOWN: 404,
  AGENT_UNREACHABLE: 409,
  OFFER_OVER: 409,
  NO_TALK: 409,
  PAUSE_USED_UP: 409,
  REPORT_TOO_LONG: 400,
  NO_CONSULT: 409,
  TRANSFER_REFUSED: 409,
  DESK_ELSEWHERE: 409,
  // http
  UNAUTHORIZED: 401,
  SIGN_IN_FAILED: 401,
  SIGN_IN_REQUIRED: 401,
  FORBIDDEN: 403,
  CONFLICT: 409,
  AUDIT_FAILED: 503,
  NOT_FOUND: 404,
  OVERLOADED: 503,
  TOO_MANY_REQUESTS: 429,
  // the bank and its customers
  BANK_UNREACHABLE: 503,
  BANK_REFUSED: 502,
  BANK_ANSWER_INVALID: 502,
  CODE_NOT_SENT: 503,
  // waits
  DEADLINE_EXCEEDED: 504,
  CANCELLED: 499,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
export type SafeFacts = Readonly<Record<string, string | number | boolean>>;

/** What breaks. What people do (no-match, no-input, hang-up) is a value, never an error. */
export class IvrError extends Error {
  override readonly name = 'IvrError';
  readonly code: ErrorCode;
  /** Safe to log and send: never audio, transcript, keyed digits or a full number. */
  readonly facts: SafeFacts;

  constructor(code: ErrorCode, message: string, facts: SafeFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return ERROR_CODES[this.code];
  }
}

/** Any thrown value as an Error, for logs and causes. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** The system's code (EADDRINUSE, ENOSPC…) of a thrown value, if it has one. */
export const systemCode = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
