import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { giveStylesTheNonce } from '../app/style-nonce.ts';
import { NewcomerApp } from './newcomer-app.tsx';

giveStylesTheNonce();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <NewcomerApp />
  </StrictMode>,
);
