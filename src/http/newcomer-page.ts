/* The first page on this machine: what runs, and what to do next. No script, nothing loaded. */

export interface NewcomerFacts {
  readonly version: string;
  /** Whether anybody can sign in. */
  readonly accounts: boolean;
  readonly tokenFile: string;
}

const TEXTS = {
  en: {
    title: 'Tellerline is running',
    lead: 'This page is shown on this machine only.',
    call: 'Hear it',
    callText: 'Call it with any SIP telephone at the address that it printed at its start, or let it call itself:',
    console: 'The staff console',
    none: 'There is no account yet. Make the first one, an administrator; the password is asked for:',
    some: 'Find, play and export recordings, place holds, manage accounts.',
    open: 'Open the console',
    api: 'The API',
    apiText: 'It is described at /docs; the password is the token in the file',
  },
  zh: {
    title: 'Tellerline 正在运行',
    lead: '本页面只在本机显示。',
    call: '试听',
    callText: '用任意 SIP 电话拨打启动时显示的地址，或让它给自己打电话：',
    console: '员工控制台',
    none: '还没有账号。请先建立第一个账号（管理员），密码会在终端询问：',
    some: '查找、播放和导出录音，办理保全，管理账号。',
    open: '打开控制台',
    api: '编程接口',
    apiText: '接口说明见 /docs；密码是此文件中的令牌：',
  },
} as const;

export const NEWCOMER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** @param languages - of the browser (`Accept-Language`) */
export function newcomerPage({ version, accounts, tokenFile }: NewcomerFacts, languages: string): string {
  const language = /^\s*zh/i.test(languages) ? 'zh' : 'en';
  const text = TEXTS[language];
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text.title}</title>
<style>body{font:16px/1.6 system-ui,"Noto Sans SC",sans-serif;max-width:44rem;margin:4rem auto;padding:0 1.5rem;color:#1c2733;background:#f5f7fa}
main{background:#fff;border:1px solid #d9e0e8;border-radius:12px;padding:2rem 2.5rem}h1{margin:0 0 .25rem;font-size:1.6rem}h2{font-size:1.1rem;margin:1.8rem 0 .3rem}
p{margin:.3rem 0}pre{background:#eef2f6;padding:.7rem 1rem;border-radius:8px;overflow:auto}a{color:#0b5cad}small{color:#55616e}</style></head>
<body><main><h1>${text.title}</h1><small>${escaped(version)} · ${text.lead}</small>
<h2>${text.call}</h2><p>${text.callText}</p><pre>tellerline demo</pre>
<h2>${text.console}</h2><p>${accounts ? text.some : text.none}</p>${accounts ? '' : '<pre>tellerline staff add NAME --roles administrator</pre>'}<p><a href="/console">${text.open}</a></p>
<h2>${text.api}</h2><p>${text.apiText} <code>${escaped(tokenFile)}</code> · <a href="/docs">/docs</a></p></main></body></html>`;
}
