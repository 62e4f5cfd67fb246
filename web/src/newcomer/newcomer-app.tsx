import { ConfigProvider } from 'antd';
import { NONCE } from '../app/style-nonce.ts';
import { theme } from '../app/theme.ts';
import { ANTD_LOCALES, LanguageProvider, useLanguage } from '../text/language.tsx';
import { NewcomerPage } from './newcomer-page.tsx';
import '../app/app.css';
import './newcomer.css';

/** The first page of a fresh server: one button to talk to the hotline. */
export function NewcomerApp() {
  return (
    <LanguageProvider>
      <Themed />
    </LanguageProvider>
  );
}

function Themed() {
  const { language } = useLanguage();
  return (
    <ConfigProvider
      csp={{ nonce: NONCE }}
      locale={ANTD_LOCALES[language]}
      theme={theme}
      button={{ autoInsertSpace: false }}
    >
      <NewcomerPage />
    </ConfigProvider>
  );
}
