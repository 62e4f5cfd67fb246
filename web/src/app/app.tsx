import { App as AntApp } from 'antd';
import { BrowserRouter } from 'react-router';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Shell } from './shell.tsx';
import { SessionProvider, useSession } from './session.tsx';
import { Themed } from './themed.tsx';

export function App() {
  return (
    <Themed>
      <AntApp>
        <SessionProvider>
          <BrowserRouter basename="/console">
            <Entrance />
          </BrowserRouter>
        </SessionProvider>
      </AntApp>
    </Themed>
  );
}

function Entrance() {
  const { session } = useSession();
  if (session === undefined) return <Waiting />;
  return session.step === 'full' ? <Shell session={session} /> : <SignInPage session={session} />;
}
