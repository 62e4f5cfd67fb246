import { expect, test } from 'vitest';
import { elementsOf, parseXml } from './parse-xml.ts';

test('elements, attributes, text and comments', () => {
  const root = parseXml(
    '<?xml version="1.0"?>\n<!-- a\n b -->\n<a x="1 &amp; 2">\n <b/> t1 <c y="">t2</c> <b z="3" />\n</a>\n',
  );
  expect(root.attributes).toEqual({ x: '1 & 2'.replace('&', '&amp;') });
  expect(root.text.split(/\s+/)).toEqual(['t1']);
  expect(elementsOf(root, 'b').map(({ attributes }) => attributes)).toEqual([{}, { z: '3' }]);
  expect(elementsOf(root, 'c').map(({ text }) => text)).toEqual(['t2']);
});

test.each([
  ['<a>', '<a> is not closed'],
  ['<a></b>', 'closes <a>'],
  ['</a>', 'closes nothing'],
  ['<a/><b/>', 'a second root'],
  ['<a x=1/>', 'expected ="'],
  ['<a x="1"y="2"/>', 'expected a space'],
  ['<a x="1" x="2"/>', 'x twice'],
  ['<a x="1<2"/>', '< inside an attribute'],
  ['<a>1 & 2</a>', 'an & that is no entity'],
  ['<a x="&nope;"/>', 'an & that is no entity'],
  ['<a><!-- b -- c --></a>', '-- inside a comment'],
  ['<a><!-- b </a>', 'no -->'],
  ['<a/>\ntext', 'line 2: text outside of the root'],
  ['', 'no element'],
])('refused: %s', (text, why) => {
  expect(() => parseXml(text)).toThrow(why);
});
