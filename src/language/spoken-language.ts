/** The languages that are told apart and understood: ISO 639-1. */
export type SpokenLanguage = 'en' | 'zh';
