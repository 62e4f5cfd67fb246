const LINE_BREAKS = /[\r\n\0]+/g;
const NAME = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

/** Headers as srf takes them (it adds to the object it gets); nobody can start a new line, or a new header, in a value. */
export function plainHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (NAME.test(name)) plain[name] = value.replace(LINE_BREAKS, ' ').trim();
  return plain;
}
