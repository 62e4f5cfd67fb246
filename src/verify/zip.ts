import { fromUtf8, Malformed } from './bytes.ts';
import type { Statement } from './verdict.ts';

/*
 * A strict reader of ZIP files: one that has two readings is refused. Its entries follow one another from the first byte
 * on without gaps, the central directory says of each what its own header says, and nothing is left over.
 */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const UTF8_NAME = 0x0800;
const LARGEST = 2 ** 31;
const MOST_FILES = 10_000;

/** Where in a ZIP something is wrong: an entry's name, or the ZIP itself. */
export class BadZip extends Malformed {
  readonly problem: Statement;
  readonly entry: string | undefined;
  constructor(en: string, zh: string, entry?: string) {
    super(en);
    this.problem = { en, zh };
    this.entry = entry;
  }
}

/** A relative path of plain names with no way out of its folder, in ASCII, as our bundles have them. */
export const isPlainPath = (path: string): boolean =>
  path.length <= 200 && /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,3}$/.test(path);

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** @throws BadZip */
export async function readZip(bytes: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = bytes.length - END_BYTES;
  if (at < 0 || view.getUint32(at, true) !== END || view.getUint16(at + 20, true) !== 0)
    throw new BadZip('not a ZIP file, or one with something after its end', '不是 ZIP 文件，或其末尾之后还有内容');
  const [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  if (view.getUint32(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== count || count > MOST_FILES)
    throw new BadZip('a ZIP file of several parts', '分卷的 ZIP 文件');
  if (start + size !== at)
    throw new BadZip(
      'a ZIP file with something between its directory and its end',
      'ZIP 文件的目录与末尾之间有多余内容',
    );
  const entries = directory(view, bytes, start, at, count);
  const files = new Map<string, Uint8Array>();
  const folded = new Set<string>();
  let next = 0;
  let total = 0;
  for (const entry of entries) {
    const { name } = entry;
    if (!isPlainPath(name))
      throw new BadZip(
        'a name that leads out of the folder, or is not plain',
        '文件名指向文件夹之外，或含有不允许的字符',
        name,
      );
    // file systems that ignore case would write one over the other
    if (folded.has(name.toLowerCase())) throw new BadZip('there twice', '出现了两次', name);
    folded.add(name.toLowerCase());
    if (entry.offset !== next) throw new BadZip('bytes between two entries', '两个文件之间有多余字节', name);
    const data = localHeader(view, bytes, entry);
    next = data + entry.packed;
    total += entry.size;
    if (next > start || total > LARGEST) throw new BadZip('larger than it may be', '超过允许的大小', name);
    files.set(name, await unpack(bytes.subarray(data, next), entry));
  }
  if (next !== start) throw new BadZip('a ZIP file with bytes before its directory', 'ZIP 文件的目录之前有多余字节');
  return files;
}

function directory(view: DataView, bytes: Uint8Array, start: number, end: number, count: number): Entry[] {
  const entries: Entry[] = [];
  let at = start;
  for (let n = 0; n < count; n++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL)
      throw new BadZip('a ZIP directory that is damaged', 'ZIP 文件的目录已损坏');
    const [nameBytes, extra, comment] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ];
    if (at + 46 + nameBytes > end) throw new BadZip('a ZIP directory that is damaged', 'ZIP 文件的目录已损坏');
    const name = fromUtf8(bytes.subarray(at + 46, at + 46 + nameBytes));
    if ((view.getUint16(at + 8, true) & ~UTF8_NAME) !== 0)
      throw new BadZip('encrypted, or of a kind that we do not know', '已加密，或类型不明', name);
    if (extra !== 0 || comment !== 0 || view.getUint16(at + 34, true) !== 0)
      throw new BadZip('with fields that may hide something', '带有可能隐藏内容的字段', name);
    // the upper half of the attributes is the Unix mode: regular files alone
    const mode = view.getUint32(at + 38, true) >>> 16;
    if ((mode & 0xf000) !== 0x8000) throw new BadZip('not a regular file', '不是普通文件', name);
    entries.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameBytes;
  }
  if (at !== end) throw new BadZip('a ZIP directory with something left over', 'ZIP 文件的目录有多余内容');
  return entries;
}

/** Where the entry's data begin. */
function localHeader(view: DataView, bytes: Uint8Array, entry: Entry): number {
  const { name, offset } = entry;
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL)
    throw new BadZip('not where the directory says', '不在目录所说的位置', name);
  const nameBytes = view.getUint16(offset + 26, true);
  const own = fromUtf8(bytes.subarray(offset + 30, offset + 30 + nameBytes));
  const same =
    own === name &&
    (view.getUint16(offset + 6, true) & ~UTF8_NAME) === 0 &&
    view.getUint16(offset + 8, true) === entry.method &&
    view.getUint32(offset + 14, true) === entry.crc &&
    view.getUint32(offset + 18, true) === entry.packed &&
    view.getUint32(offset + 22, true) === entry.size &&
    view.getUint16(offset + 28, true) === 0;
  if (!same) throw new BadZip('its own header says something else than the directory', '文件头与目录不一致', name);
  return offset + 30 + nameBytes;
}

async function unpack(packed: Uint8Array, { name, method, crc, size }: Entry): Promise<Uint8Array> {
  if (method !== 0 && method !== 8) throw new BadZip('packed in a way that we do not know', '压缩方式不明', name);
  const data = method === 0 ? packed : await inflate(packed, size, name);
  if (data.length !== size || crc32(data) !== crc)
    throw new BadZip('damaged: its length or checksum differs', '已损坏：长度或校验和不符', name);
  return data;
}

async function inflate(packed: Uint8Array, size: number, name: string): Promise<Uint8Array> {
  const data = new Uint8Array(size);
  let at = 0;
  try {
    const stream = new Blob([Uint8Array.from(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > size) throw new BadZip('longer than the directory says', '比目录所说的更长', name);
      data.set(value, at);
      at += value.length;
    }
  } catch (thrown) {
    throw thrown instanceof BadZip ? thrown : new BadZip('damaged: it cannot be unpacked', '已损坏：无法解压', name);
  }
  return data.subarray(0, at);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
