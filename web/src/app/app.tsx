import { App as AntApp, ConfigProvider } from 'antd';
import { BrowserRouter } from 'react-router';
import { ANTD_LOCALES, LanguageProvider, useLanguage } from '../text/language.tsx';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Shell } from './shell.tsx';
import { SessionProvider, useSession } from './session.tsx';
import { NONCE } from './style-nonce.ts';
import { theme } from './theme.ts';
import './app.css';

export function App() {
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
      <AntApp>
        <SessionProvider>
          <BrowserRouter basename="/console">
            <Entrance />
          </BrowserRouter>
        </SessionProvider>
      </AntApp>
    </ConfigProvider>
  );
}

function Entrance() {
  const { session } = useSession();
  if (session === undefined) return <Waiting />;
  return session.step === 'full' ? <Shell session={session} /> : <SignInPage session={session} />;
}
