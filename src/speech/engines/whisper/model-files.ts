import type { ModelPackage } from '../model-package.ts';

/** Whisper base for Mandarin and English. The sums also stand in the README of the package. */
export const RECOGNIZER_PACKAGE: ModelPackage = {
  name: '@tellerline/recognizer-zh-en',
  files: {
    'encoder.onnx': '072677d110f04629461ceed99eb0a93bd1bb7f1a1c3ee934a07bc1371c8886bb',
    'decoder.onnx': '57f3ed49700f794fc3bbe91315153244e698eaa17cc9bfc3d0173f44fea5b08f',
    'tokens.json': 'bd5fb80f9568f6d8f1d6303ef7b5328f8069c6322fe576dc45f4cd91ac346b38',
  },
};
