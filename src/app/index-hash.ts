import type { Config } from '../config/schema.ts';
import type { KeyStore } from '../archive/keys/key-store.ts';
import { type KeyedHash, keyedHash } from '../archive/search/keyed-hash.ts';

/** Of the key of `indexHash`. */
export const INDEX_HASH_PURPOSE = 'numbers and accounts of the index, HMAC-SHA-256';

/** Of numbers and accounts in the index. Its key is derived: a backup of the root key brings it back as well. */
export const indexHash = (keys: Pick<KeyStore, 'deriveKey'>, { archive }: Pick<Config, 'archive'>): KeyedHash =>
  keyedHash(keys.deriveKey(INDEX_HASH_PURPOSE), archive.country_code);
