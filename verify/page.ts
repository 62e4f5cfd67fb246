import type { Statement, Verdict } from '../src/verify/verdict.ts';
import { verifyZip } from '../src/verify/verify-bundle.ts';

/* verify.html: the same verifier in a browser. The page may load and send nothing (its Content-Security-Policy). */

type Language = 'en' | 'zh';

const TEXTS: Readonly<Record<string, Statement>> = {
  title: { en: 'Verify an export', zh: '验证导出包' },
  choose: {
    en: 'Choose the ZIP file, or drop it here. It does not leave this computer.',
    zh: '请选择 ZIP 文件，或拖放到此处。文件不会离开本机。',
  },
  working: { en: 'Verifying…', zh: '正在验证……' },
  good: { en: 'Everything in this bundle is proved:', zh: '此导出包全部内容均已证明：' },
  bad: { en: 'This bundle is NOT what was signed:', zh: '此导出包与签名内容不符：' },
  notes: { en: 'Notes', zh: '提示' },
  old: {
    en: 'This browser cannot check Ed25519 signatures: take a newer one, or verify.mjs with Node.js.',
    zh: '此浏览器无法验证 Ed25519 签名：请使用更新的浏览器，或用 Node.js 运行 verify.mjs。',
  },
};

let language: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';
let shown: Verdict | 'working' | 'old' | undefined;

const element = (id: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(`#${id}`);
  if (found === null) throw new Error(`there is no ${id}`);
  return found;
};
const text = (key: string): string => TEXTS[key]?.[language] ?? key;

function show(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = text('title');
  element('title').textContent = text('title');
  element('choose').textContent = text('choose');
  element('language').textContent = language === 'zh' ? 'English' : '中文';
  const result = element('result');
  result.replaceChildren();
  result.className = '';
  if (shown === undefined) return;
  if (typeof shown === 'string') {
    result.textContent = text(shown);
    return;
  }
  result.className = shown.ok ? 'good' : 'bad';
  const heading = document.createElement('h2');
  heading.textContent = text(shown.ok ? 'good' : 'bad');
  result.append(heading);
  if (!shown.ok) {
    const paragraph = document.createElement('p');
    paragraph.textContent = `${shown.file}: ${shown.problem[language]}`;
    result.append(paragraph);
    return;
  }
  result.append(listOf(shown.proved));
  if (shown.remarks.length === 0) return;
  const notes = document.createElement('h3');
  notes.textContent = text('notes');
  result.append(notes, listOf(shown.remarks));
}

function listOf(statements: readonly Statement[]): HTMLUListElement {
  const list = document.createElement('ul');
  for (const statement of statements) {
    const item = document.createElement('li');
    item.textContent = statement[language];
    list.append(item);
  }
  return list;
}

async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}

async function verify(file: File): Promise<void> {
  shown = 'working';
  show();
  if (await canVerify()) {
    try {
      shown = await verifyZip(new Uint8Array(await file.arrayBuffer()));
    } catch (thrown) {
      const problem = String(thrown);
      shown = { ok: false, file: file.name, problem: { en: problem, zh: problem } };
    }
  } else shown = 'old';
  show();
}

element('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  show();
});
const input = element('file');
input.addEventListener('change', () => {
  const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
  if (file !== undefined) void verify(file);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file !== undefined) void verify(file);
});
show();
