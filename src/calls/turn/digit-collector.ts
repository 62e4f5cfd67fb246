import { Secret } from '../../domain/secret.ts';

/*
 * Keys into one answer (VoiceXML's termchar, interdigittimeout, minlength, maxlength). Pure: time-outs are told to it.
 */

export interface KeyRules {
  readonly min: number;
  readonly max: number;
  readonly terminator: '#' | undefined;
  readonly interDigitMs: number;
  readonly secret: boolean;
}

export interface Collected {
  readonly keys: readonly (string | Secret)[];
}

export type Collection =
  | { readonly outcome: 'more' }
  | { readonly outcome: 'complete'; readonly digits: string | Secret; readonly count: number }
  /** Too few keys before the terminator or the time-out: the dialogue asks again. */
  | { readonly outcome: 'too-few' };

export const noKeys: Collected = { keys: [] };

const reveal = (key: string | Secret): string => (typeof key === 'string' ? key : key.reveal());

function complete(keys: Collected['keys'], secret: boolean): Extract<Collection, { readonly outcome: 'complete' }> {
  const digits = keys.map(reveal).join('');
  const hidden = secret || keys.some((key) => key instanceof Secret);
  return { outcome: 'complete', digits: hidden ? new Secret(digits) : digits, count: keys.length };
}

/**
 * One more key. Without rules (nothing asked for keys) each key is an answer of its own, and so is `*` as the first
 * key: it asks for the prompt again.
 */
export function press(
  now: Collected,
  key: string | Secret,
  rules: KeyRules | undefined,
): readonly [Collected, Collection] {
  const plain = reveal(key);
  if (rules === undefined || (now.keys.length === 0 && plain === '*')) return [noKeys, complete([plain], false)];
  if (plain === rules.terminator) {
    // of an answer that was whole before its terminator came: "12345678#"
    if (now.keys.length === 0) return [noKeys, { outcome: 'more' }];
    if (now.keys.length < rules.min) return [noKeys, { outcome: 'too-few' }];
    return [noKeys, complete(now.keys, rules.secret)];
  }
  const keys = [...now.keys, key];
  if (keys.length >= rules.max) return [noKeys, complete(keys, rules.secret)];
  return [{ keys }, { outcome: 'more' }];
}

/** The inter-digit time has passed. */
export function pause(now: Collected, rules: KeyRules | undefined): Exclude<Collection, { readonly outcome: 'more' }> {
  if (rules === undefined || now.keys.length < rules.min) return { outcome: 'too-few' };
  return complete(now.keys, rules.secret);
}
