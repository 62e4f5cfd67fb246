import { LogoutOutlined } from '@ant-design/icons';
import { Button, Layout, Menu, Space, Typography } from 'antd';
import { Suspense } from 'react';
import { Link, Navigate, Route, Routes, useLocation } from 'react-router';
import { LanguageChoice } from '../parts/language-choice.tsx';
import { Logo } from '../parts/logo.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { useLanguage } from '../text/language.tsx';
import { areasFor, RecordingPage } from './areas.tsx';
import { type Session, useSession } from './session.tsx';

/** The frame around every page: navigation by role, language, sign-out. */
export function Shell({ session }: { readonly session: Session }) {
  const { text } = useLanguage();
  const { signOut } = useSession();
  const { pathname } = useLocation();
  const may = session.may ?? [];
  const areas = areasFor(session);
  const pages = areas.flatMap((area) => area.pages);
  const [first] = pages;
  const selected = pathname.startsWith('/recordings/') ? 'search' : (pathname.split('/')[1] ?? '');
  return (
    <Layout style={{ minHeight: '100vh' }}>
      <a className="skip-link" href="#content">
        {text.skip}
      </a>
      <Layout.Sider width={232} breakpoint="lg" collapsedWidth={0}>
        <div className="brand">
          <Logo />
          {text.product}
        </div>
        <nav aria-label={text.product}>
          <Menu
            theme="dark"
            mode="inline"
            selectedKeys={[selected]}
            items={areas.map(({ name, pages: own }) => ({
              key: name,
              type: 'group',
              label: text.nav[name],
              children: own.map(({ path, title, icon }) => ({
                key: path,
                icon,
                label: <Link to={`/${path}`}>{text.nav[title]}</Link>,
              })),
            }))}
          />
        </nav>
      </Layout.Sider>
      <Layout>
        <Layout.Header style={{ display: 'flex', justifyContent: 'flex-end', alignItems: 'center' }}>
          <Space size="middle">
            <Typography.Text type="secondary" className="who">
              {text.timeZone(zone())}
            </Typography.Text>
            <Typography.Text type="secondary" className="who">
              {text.signedInAs(session.fullName ?? session.name ?? '')}
            </Typography.Text>
            <LanguageChoice />
            <Button icon={<LogoutOutlined aria-hidden />} onClick={() => void signOut()}>
              {text.signOut}
            </Button>
          </Space>
        </Layout.Header>
        <Layout.Content
          id="content"
          className="content"
          tabIndex={-1}
          style={{ padding: 24, maxWidth: 1440, width: '100%' }}
        >
          <Suspense fallback={<Waiting />}>
            <Routes>
              <Route
                path="/"
                element={first === undefined ? <Welcome /> : <Navigate to={`/${first.path}`} replace />}
              />
              {pages.map(({ path, of: Content }) => (
                <Route key={path} path={path} element={<Content />} />
              ))}
              {session.archive && may.includes('recording.view') ? (
                <Route path="recordings/:id" element={<RecordingPage />} />
              ) : null}
              <Route path="*" element={<NothingHere />} />
            </Routes>
          </Suspense>
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

/** Of every time that the pages show, such as GMT+08:00. */
const zone = (): string =>
  new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' })
    .formatToParts()
    .find(({ type }) => type === 'timeZoneName')?.value ?? '';

function Welcome() {
  const { text } = useLanguage();
  return (
    <>
      <Typography.Title level={1}>{text.welcome.title}</Typography.Title>
      <p>{text.welcome.lead}</p>
    </>
  );
}

function NothingHere() {
  const { text } = useLanguage();
  return (
    <>
      <Typography.Title level={1}>{text.nothingHere.title}</Typography.Title>
      <p>{text.nothingHere.lead}</p>
      <Link to="/">{text.nothingHere.back}</Link>
    </>
  );
}
