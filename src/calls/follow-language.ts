import type { CallServices } from './call-services.ts';

/** A call's services for whoever speaks to the caller besides the dialogue. */
export interface FollowedLanguage<S> {
  /** Their dialogue is the one in the language that the caller spoke last. */
  readonly services: S;
  /** The caller asks for somebody. @param asked - its language, where it is another one than the dialplan's own */
  followed<A extends { readonly language?: string }>(asked: A): A;
}

/** People, queues and what callers hear there follow the language that the caller spoke last. */
export function followLanguage<S extends CallServices>(services: S): FollowedLanguage<S> {
  let { dialogue } = services;
  const followed: S = Object.defineProperty({ ...services }, 'dialogue', { get: () => dialogue, enumerable: true });
  return {
    services: followed,
    followed(asked) {
      dialogue = asked.language === undefined ? services.dialogue : services.dialogue.inLanguage(asked.language);
      return asked;
    },
  };
}
