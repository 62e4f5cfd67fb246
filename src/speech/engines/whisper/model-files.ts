import type { ModelPackage } from '../../../lib/model-package.ts';

/** Whisper base for Mandarin and English. The sums also stand in the README of the package. */
export const RECOGNIZER_PACKAGE: ModelPackage = {
  name: '@tellerline/recognizer-zh-en',
  files: {
    'encoder.onnx': '5c247f0dc50664d6bd87c440f8b3d2b70259298272ff4e1090cdaa0e63426bd6',
    'decoder.onnx': 'adcaf692d5161175339bd1d6e6ec6e3a9ba366eb6da4f1d54c09144a0b1fc5b4',
    'tokens.json': 'bd5fb80f9568f6d8f1d6303ef7b5328f8069c6322fe576dc45f4cd91ac346b38',
  },
};
