import type { ValueGrammars } from '../heard-values.ts';
import { NO, TIMES, YES } from './spoken-answers.ts';

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz').join(' | ');

/** Which words Mandarin speakers say for values. */
export const CHINESE_VALUE_GRAMMARS: ValueGrammars = {
  digit: '零 | 〇 | 一 | 幺 | 二 | 三 | 四 | 五 | 六 | 七 | 八 | 九',
  times: TIMES,
  before: '尾号 [是] | [我的] (卡号 | 账号 | 号码) [是]',
  shared: `
$unit = 一 | 二 | 两 | 三 | 四 | 五 | 六 | 七 | 八 | 九;
$zero = 零 | 〇;
$tens = [$unit] 十 [$unit];
$hundreds = $unit 百 [$zero $unit | $tens | $unit];
$section = $unit | $tens | $hundreds | $unit 千 [$zero ($unit | $tens) | $hundreds | $unit];
$integer = $zero | $section | $section 万 [[$zero] $section] | $section 亿 [[$zero] ($section 万 [[$zero] $section] | $section)];
$decimal = [负] $integer [点 $cipher<1-9>];
$cipher = 零 | 〇 | 一 | 二 | 三 | 四 | 五 | 六 | 七 | 八 | 九;
$part = 凌晨 | 早上 | 上午 | 中午 | 下午 | 傍晚 | 晚上 | 夜里 | 半夜;
$span = $many 个 (半 (小时 | 钟头) | 小时 [半] | 钟头 [半] | 星期 | 礼拜) | 半 [个] (小时 | 钟头) | 半 天 | (一 | 三) 刻 钟 | $many (小时 [半] | 分 [钟] | 秒 [钟] | 天 [半] | 日 | 周);
$many = $unit | $tens | $hundreds;
$minute = $unit | $tens;
$letter = ${LETTERS};`,
  values: {
    boolean: [...YES, ...NO].join(' | '),
    number: '$decimal | 百分之 $integer [点 $cipher<1-4>]',
    currency:
      '[人民币] ($integer | $decimal | $integer (块 [钱] | 元 [整]) | $decimal 元 | [$integer (块 | 元) [零]] ($unit (毛 | 角) [$unit [分]] | $unit 分 [钱]) | $integer 块 $unit) | $decimal (美元 | 美金 | 欧元 | 英镑 | 港币 | 港元 | 日元) [($tens | $unit) (美分 | 欧分 | 便士 | 分)]',
    date: '(大前天 | 前天 | 昨天 | 今天 | 今日 | 明天 | 明日 | 后天 | 大后天) [$part] | [上 | 这 | 本 | 下] [个] (星期 | 周 | 礼拜) (一 | 二 | 三 | 四 | 五 | 六 | 日 | 天) [$part] | [($cipher<4> | $cipher<2> | 今 | 明 | 去) 年] (($unit | $tens) 月 [份] [($unit | $tens) (日 | 号)] | ($unit | $tens) (日 | 号)) [$part]',
    time: '[今天 | 明天 | 后天] [$part] [差 ($minute [分] | 一刻)] ($zero | $unit | $tens) (点 [钟] | 时) [整 | 半 | (一 | 三) 刻 | [过] [$zero] $minute [分]]',
    phone: '$digits [(转 | 分机) $digits]',
    duration: '$span [[零] $span [[零] $span]]',
    spelled: '($letter | $digits)<1-24>',
  },
};
