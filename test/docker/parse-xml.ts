export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of this element alone, trimmed. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const NAME = /^[A-Za-z_][\w.-]*/;
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/;

/** The part of XML 1.0 that configuration files need: elements, attributes, text, comments, a declaration. Strict. @throws Error with the line */
export function parseXml(text: string): XmlElement {
  let at = 0;
  const stack: Open[] = [];
  let root: XmlElement | undefined;
  const fail = (what: string): never => {
    throw new Error(`line ${text.slice(0, at).split('\n').length}: ${what}`);
  };
  const matching = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(text.slice(at))?.[0] ?? fail(`expected ${what}`);
    at += found.length;
    return found;
  };
  const skip = (end: string): string => {
    const until = text.indexOf(end, at);
    if (until < 0) fail(`no ${end}`);
    const skipped = text.slice(at, until);
    at = until + end.length;
    return skipped;
  };
  const checked = (value: string): string => (ENTITY.test(value) ? fail('an & that is no entity') : value);
  const close = (element: Open): void => {
    const closed: XmlElement = { ...element, text: element.text.trim() };
    const parent = stack.at(-1);
    if (parent !== undefined) parent.children.push(closed);
    else root = closed;
  };

  if (text.startsWith('<?xml')) skip('?>');
  while (at < text.length) {
    if (text.startsWith('<!--', at)) {
      at += 4;
      if (skip('-->').includes('--')) fail('-- inside a comment');
    } else if (text.startsWith('</', at)) {
      at += 2;
      const name = matching(NAME, 'a name');
      matching(/^\s*>/, '>');
      const open = stack.pop() ?? fail(`</${name}> closes nothing`);
      if (open.name !== name) fail(`</${name}> closes <${open.name}>`);
      close(open);
    } else if (text[at] === '<') {
      at += 1;
      if (stack.length === 0 && root !== undefined) fail('a second root');
      const name = matching(NAME, 'a name');
      const attributes: Record<string, string> = {};
      while (!/^\s*\/?>/.test(text.slice(at))) {
        matching(/^\s+/, 'a space');
        const attribute = matching(NAME, 'the name of an attribute');
        matching(/^="/, '="');
        const value = checked(skip('"'));
        if (value.includes('<')) fail('< inside an attribute');
        if (Object.hasOwn(attributes, attribute)) fail(`${attribute} twice`);
        attributes[attribute] = value;
      }
      const element: Open = { name, attributes, children: [], text: '' };
      if (matching(/^\s*\/?>/, '>').includes('/')) close(element);
      else stack.push(element);
    } else {
      const piece = checked(matching(/^[^<]+/, 'text'));
      const inside = stack.at(-1);
      if (inside !== undefined) inside.text += piece;
      else if (piece.trim() !== '') fail('text outside of the root');
    }
  }
  const unclosed = stack.at(-1);
  if (unclosed !== undefined) fail(`<${unclosed.name}> is not closed`);
  return root ?? fail('no element');
}

/** All elements of that name below, in order, at any depth. */
export const elementsOf = (from: XmlElement, name: string): readonly XmlElement[] =>
  from.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elementsOf(child, name)]);
