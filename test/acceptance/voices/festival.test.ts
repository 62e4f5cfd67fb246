import { test } from 'vitest';
import { DEBIAN_VOICES } from '../../support/debian-voices.ts';
import { hasPeer } from '../../support/peers.ts';
import { converse, LIMIT_MS } from './converse.ts';

test.skipIf(!hasPeer(DEBIAN_VOICES['festival kal'].peer))(
  'who speaks as Festival does is understood',
  () => converse('festival kal'),
  LIMIT_MS,
);
