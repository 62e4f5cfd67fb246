import { test } from 'vitest';
import { DEBIAN_VOICES } from '../../support/debian-voices.ts';
import { hasPeer } from '../../support/peers.ts';
import { converse, LIMIT_MS } from './converse.ts';

test.skipIf(!hasPeer(DEBIAN_VOICES['espeak-ng en-us'].peer))(
  'who speaks as eSpeak NG does is understood',
  () => converse('espeak-ng en-us'),
  LIMIT_MS,
);
