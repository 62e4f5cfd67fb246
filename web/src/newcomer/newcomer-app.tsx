import { Themed } from '../app/themed.tsx';
import { NewcomerPage } from './newcomer-page.tsx';
import './newcomer.css';

/** The first page of a fresh server: one button to talk to the hotline. */
export function NewcomerApp() {
  return (
    <Themed>
      <NewcomerPage />
    </Themed>
  );
}
