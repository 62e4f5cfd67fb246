import { createHash } from 'node:crypto';
import type { IndexedRecording } from '../../src/archive/index/archive-index.ts';
import { keyedHash } from '../../src/archive/search/keyed-hash.ts';
import { newContactId, newLegId, type RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';

/* Generated recordings of five years: the same in each run. */

const YEARS = 5;
export const SPAN = YEARS * 365.25 * 86_400_000;
export const END = Date.UTC(2026, 10, 1);

/** The same numbers in each run. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const ENGLISH =
  'the my card account balance please transfer lost block money payment credit loan address change statement branch online password fee interest rate mortgage deposit savings cheque insurance currency exchange travel limit increase complaint refund fraud unauthorized transaction merchant dispute receipt contract signature'.split(
    ' ',
  );
export const CHINESE =
  '我的 银行卡 账户 余额 请问 转账 挂失 密码 贷款 利息 手机号码 地址 信用额度 还款日 投诉 退款 诈骗 交易 商户 争议 合同 签名 基金 理财 保险 外汇 汇率 存款 支票 网点 能不能 怎么 办理 昨天 今天 收到 短信 没有 提示 失败 冻结 解冻 开户 销户 年费 积分 兑换 分期 手续费 客户经理'.split(
    ' ',
  );

/** Rare when `at` is high. */
export const skewed = (random: () => number, length: number): number => Math.floor(length * random() ** 3);

export interface Made {
  readonly recording: IndexedRecording;
  readonly texts: readonly string[];
  readonly number: string;
}

export function make(n: number, of: number, random: () => number): Made {
  const startedAt = Math.floor(END - SPAN + (SPAN * n) / of);
  const bytes = createHash('sha256').update(`${n}`).digest('hex');
  const time = startedAt.toString(16).padStart(12, '0');
  const id =
    `${time.slice(0, 8)}-${time.slice(8)}-7${bytes.slice(0, 3)}-8${bytes.slice(3, 6)}-${bytes.slice(6, 18)}` as RecordingId;
  const number = `1${String(3_000_000_000 + Math.floor(random() * 200_000))}`;
  const english = Array.from({ length: 16 }, () => ENGLISH[skewed(random, ENGLISH.length)]);
  english.push(`ticket${Math.floor(random() * 50_000)}`);
  const chinese = Array.from({ length: 10 }, () => CHINESE[skewed(random, CHINESE.length)]);
  const durationMs = Math.floor(5_000 + 600_000 * random() ** 4 * (1 + 5 * random()));
  return {
    number,
    texts: [english.join(' '), chinese.join('')],
    recording: {
      id,
      contact: newContactId(startedAt),
      leg: newLegId(startedAt),
      node: 'bench',
      direction: 'inbound',
      startedAt: wallMs(startedAt),
      sipCallId: bytes,
      caller: '*******0000',
      callee: '*95566',
      callerHash: HASH.number(number),
      calleeHash: null,
      retentionClass: 'customer-call',
      state: 'VERIFIED',
      stateReason: null,
      stateSince: wallMs(startedAt + 60_000),
      endedAt: wallMs(startedAt + durationMs),
      durationMs,
      codec: 'PCMA',
      recovered: false,
      lostMs: 0,
      gaps: 0,
      location: `customer-call/${id}`,
      versionId: null,
      bytes: durationMs,
      sha256: bytes,
      manifestSha256: bytes,
      keyEpoch: 'customer-call/2026-11',
      wrappedKey: 'x'.repeat(56),
      lockMode: 'governance',
      lockUntil: wallMs(startedAt + SPAN),
      leafIndex: n,
      problems: [],
      accountHashes: [HASH.account(`6222${Math.floor(random() * 300_000)}`) ?? ''],
      agents: random() < 0.3 ? [`agent-${skewed(random, 500)}`] : [],
      queues: [`queue-${skewed(random, 20)}`],
      intents: [`intent-${skewed(random, 60)}`],
      language: random() < 0.5 ? 'zh' : 'en',
      outcome: random() < 0.9 ? 'caller-hung-up' : 'failed',
      dialplan: 'bank-hotline',
      dialplanVersion: 1 + Math.floor((40 * n) / of),
      level: 'C2',
      unheardNotices: [],
      holds: n % 10 === 3 ? 1 : 0,
      restricted: n % 997 === 0,
      retainUntil: wallMs(startedAt + SPAN),
    },
  };
}

export const HASH = keyedHash(Buffer.alloc(32, 7));
