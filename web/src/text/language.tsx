import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { en, type Text } from './en.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';
const TEXTS: Readonly<Record<Language, Text>> = { en, zh };
const TAGS = { en: 'en-GB', zh: 'zh-CN' } as const;
export const ANTD_LOCALES = { en: enUS, zh: zhCN } as const;
const KEPT = 'tellerline-language';

export interface LanguageValue {
  readonly language: Language;
  readonly text: Text;
  readonly choose: (language: Language) => void;
  readonly date: (at: number) => string;
  readonly day: (at: number | string) => string;
  readonly number: (n: number) => string;
  /** Of a language, by its code: 'zh'. */
  readonly nameOf: (spoken: string) => string;
}
const LanguageContext = createContext<LanguageValue | undefined>(undefined);

const first = (): Language => {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
};

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(first);
  useEffect(() => {
    document.documentElement.lang = TAGS[language];
  }, [language]);
  const value = useMemo<LanguageValue>(() => {
    const tag = TAGS[language];
    const dates = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' });
    const days = new Intl.DateTimeFormat(tag, { dateStyle: 'medium' });
    // a date without a time belongs to no zone
    const bareDays = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' });
    const numbers = new Intl.NumberFormat(tag);
    const languages = new Intl.DisplayNames(tag, { type: 'language' });
    return {
      language,
      text: TEXTS[language],
      choose(next) {
        localStorage.setItem(KEPT, next);
        setLanguage(next);
      },
      date: (at) => dates.format(at),
      day: (at) =>
        typeof at === 'number' ? days.format(at) : bareDays.format(new Date(`${at.slice(0, 10)}T00:00:00Z`)),
      number: (n) => numbers.format(n),
      nameOf: (spoken) => languages.of(spoken) ?? spoken,
    };
  }, [language]);
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageValue {
  const value = useContext(LanguageContext);
  if (value === undefined) throw new Error('outside the language');
  return value;
}

/** Minutes and seconds: 61_500 → 1:01; of what is over, or has not begun by this clock, 0:00. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
