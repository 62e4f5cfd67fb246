import { expect, test } from 'vitest';
import { builtin } from './support/grammars.ts';

/* VoiceXML 2.0, appendix P, and what callers of a bank say. */
test.each([
  ['currency', 'zh-CN', '一百二十三块五', ['CNY123.50']],
  ['digits?length=4', 'zh-CN', '尾号六六八八', ['6688']],
  ['digits?length=4', 'zh-CN', '六六八', []],
  ['time', 'zh-CN', '两点一刻', ['0215?']],
  ['time', 'zh-CN', '下午三点半', ['0330p']],
  ['date', 'zh-CN', '明天下午', ['20261201']],
  ['date', 'zh-CN', '二月三十号', []],
  ['digits', 'zh-CN', '幺三个八二', ['18882']],
  ['number', 'zh-CN', '两三个', []],
  ['boolean', 'zh-CN', '不用了', [false]],
  ['digits', 'en-US', 'double four oh triple nine', ['440999']],
  ['digits?minlength=2;maxlength=3', 'en-US', 'double four oh', ['440']],
  ['digits?minlength=2;maxlength=3', 'en-US', 'four', []],
  ['currency', 'en-US', 'twelve fifty', ['12.50', '1250.00']],
  ['currency', 'en-US', '1250', ['1250.00', '12.50']],
  ['number', 'en-US', 'one sixty six', ['166']],
  ['time', 'en-US', 'twelve fifty', ['1250?']],
  ['time', 'en-US', 'quarter past three in the afternoon', ['0315p']],
  ['date', 'en-US', 'the fourth of july', ['????0704']],
  ['boolean', 'en-US', 'yes please', [true]],
  ['boolean', 'en-US', 'maybe', []],
  ['spelled', 'en-US', 'alpha bravo one two', ['AB12']],
  ['postcode', 'en-US', 'sierra whiskey one alpha one alpha alpha', ['SW1A 1AA']],
  ['phone', 'en-US', 'five five five one two one two extension seven eight', ['5551212x78']],
  ['dtmf/boolean?y=7;n=9', 'en-US', '9', [false]],
  ['dtmf/currency', 'en-US', '12*5', ['12.50']],
  ['dtmf/date', 'en-US', '20260230', []],
])('builtin:%s %s: %s', (type, language, said, meaning) => expect(builtin(type, language, said)).toEqual(meaning));
