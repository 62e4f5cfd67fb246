import { ConfigProvider } from 'antd';
import type { ReactNode } from 'react';
import { ANTD_LOCALES, LanguageProvider, useLanguage } from '../text/language.tsx';
import { NONCE } from './style-nonce.ts';
import { theme } from './theme.ts';
import './app.css';

/** Whoever has asked their system for less motion gets none (WCAG 2.2, 2.3.3). */
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
const shown = still ? { ...theme, token: { ...theme.token, motion: false } } : theme;

/** In the reader's language and the house's colours. */
export function Themed({ children }: { readonly children: ReactNode }) {
  return (
    <LanguageProvider>
      <Provided>{children}</Provided>
    </LanguageProvider>
  );
}

function Provided({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage();
  return (
    <ConfigProvider
      csp={{ nonce: NONCE }}
      locale={ANTD_LOCALES[language]}
      theme={shown}
      button={{ autoInsertSpace: false }}
    >
      {children}
    </ConfigProvider>
  );
}
