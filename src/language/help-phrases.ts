import { primaryLanguage } from './primary-language.ts';

const PHRASES: Readonly<Record<string, readonly string[]>> = {
  en: ['help', 'help please', 'what can i say', 'what are my options', 'what can you do', 'what are the options'],
  zh: ['帮助', '我能说什么', '我可以说什么', '有哪些选项', '你能做什么', '怎么说'],
};

/** How callers ask what they may say, in a language (BCP 47). */
export const helpPhrases = (language: string): readonly string[] => PHRASES[primaryLanguage(language)] ?? [];
