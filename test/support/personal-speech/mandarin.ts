import {
  type Draw,
  drawFrom,
  type PersonalKind,
  type PersonalUtterance,
  type Side,
  sideOf,
  utteranceOf,
} from './personal-utterance.ts';

/*
 * What people tell a bank of themselves in Mandarin, made up. The characters of names, the places and the sentences were put down without
 * regard to the lists of the redaction, which has fewer of them.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const SURNAMES =
  words(`王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕
  苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 雷 钱
  汤 尹 黎 易 常 武 乔 贺 赖 龚 文 庞 樊 兰 殷 施 陶 洪 翟 安 颜 倪 严 牛 温 芦 季 俞 章 鲁 葛 伍 韦 申 尤 毕 聂 丛 焦 向 柳 邢 路 岳 齐 梅 莫 庄 辛
  管 祝 左 涂 谷 祁 时 舒 耿 牟 卜 路 詹 关 苗 凌 费 纪 靳 盛 童 欧 甄 项 曲 成 游 阳 裴 席 卫 查 屈 鲍 位 覃 霍 翁 隋 植 甘 景 薄 单 包 司 柏 宁 柯 阮 桂 闵 欧阳 上官 诸葛 司徒 皇甫 东方`);
const GIVEN = Array.from(
  '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国文辉玲斌宇浩凯健俊帆帅旭宁琳欢晶瑜楠岩淑珍荣雪婷慧欣倩雨佳嘉怡晨博雷鑫坤彬志新飞峰亮海洁莉丹璐莹颖薇思诗涵梓轩然宸睿泽天翔宏伦启德福祥瑞庆' +
    '翊芮祎骁璟昱曦楷铭锐煜晗诺霖沛朔逸蓉芷若彤瑶妍蔓菲茜黛韵岚澜泓淼漪渊滢潇湘沁汐澄洲川岳岱嵩崧峻岭巍林森楚枫桐桦楠榕柏松竹菊菡苒荷萱茹葵' +
    '贤良忠信义仁礼智勋勤俭谦恭正直善慈爱孝廉耀辉煌灿炜烨焕炎燃熙昊晟昭映晖旻旺昌盛兴隆发财宝贝珠玉琪琦琼瑾璇珂玥珺钧铎锋钰钦银铜铁石磐',
);
const CITIES =
  words(`北京市 上海市 广州市 深圳市 杭州市 南京市 苏州市 成都市 重庆市 武汉市 西安市 天津市 长沙市 郑州市 青岛市 大连市 沈阳市 厦门市 福州市 合肥市 昆明市 哈尔滨市 长春市 无锡市 宁波市 佛山市 东莞市
  洛阳市 绍兴市 嘉兴市 湖州市 金华市 台州市 泉州市 漳州市 赣州市 九江市 宜昌市 襄阳市 岳阳市 株洲市 桂林市 南宁市 海口市 三亚市 贵阳市 遵义市 绵阳市 德阳市 兰州市 西宁市 银川市 呼和浩特市 包头市 太原市 大同市 石家庄市 唐山市 保定市 邯郸市 烟台市 潍坊市 临沂市 徐州市 扬州市 镇江市 芜湖市`);
const DISTRICTS =
  words(`朝阳区 海淀区 西城区 丰台区 浦东新区 徐汇区 静安区 闵行区 天河区 越秀区 番禺区 南山区 福田区 龙岗区 西湖区 拱墅区 余杭区 鼓楼区 玄武区 建邺区 姑苏区 吴中区 武侯区 锦江区 双流区 渝中区 江北区
  武昌区 洪山区 雁塔区 碑林区 和平区 河西区 岳麓区 芙蓉区 金水区 二七区 市南区 崂山区 中山区 沙河口区 铁西区 思明区 湖里区 蜀山区 五华区 南岗区 朝阳县 长清区 历下区 昌平区 通州区 顺义区 宝山区 松江区 嘉定区 青浦区 德清县 安吉县 海盐县`);
const ROADS =
  words(`人民路 解放路 中山路 建设路 长江路 黄河路 文化路 和平路 新华路 胜利路 光明街 朝阳路 学院路 体育西路 北京东路 南京西路 淮海中路 复兴门内大街 长安街 平安大道 珞喻路 苜蓿园大街 洪武北路 凤起路 文三路 莫干山路 学士路
  天府大道北段 科华北路 石牌东路 黄埔大道西 深南大道 滨河路 红荔路 香蜜湖路 芙蓉中路 五一大道 二环南路 经十路 泺源大街 香港中路 山东路 人民东路 太平巷 柳荫街 槐树胡同 金鱼胡同 百花深处 莲花巷 青年大街 奉天街 团结路 友谊大街 迎宾大道 育才路 环城西路 沿江大道 民族大道`);
const COMMUNITIES =
  words(`阳光花园 锦绣花园 幸福家园 金色家园 万科城 碧桂园 翡翠湾 龙湖天街 水岸新都 香榭丽舍 东方名苑 御景苑 怡和苑 嘉禾苑 书香门第 枫林雅居 明珠公寓 银座公寓 橡树湾 月亮湾 紫金公馆 学府里 和平里 永安里 同乐新村 铁路新村 曙光小区 建工小区
  春申府 九龙仓 梧桐苑 山水华庭 中海国际 华润橡府 保利香槟 融创壹号院 望江府 澜庭 云锦东方 天鹅堡`);
const DIGITS = Array.from('零一二三四五六七八九');

/** As people say digits, and as recognizers write them. */
const digits = (draw: Draw, length: number, arabic: boolean): string =>
  Array.from({ length }, () => {
    const digit = draw.number(10);
    return arabic ? String(digit) : digit === 1 && draw.number(2) === 0 ? '幺' : (DIGITS[digit] ?? '');
  }).join('');

function below100(value: number): string {
  const tens = Math.floor(value / 10);
  const ones = value % 10;
  return `${tens === 0 ? '' : tens === 1 ? '十' : `${DIGITS[tens] ?? ''}十`}${ones === 0 && tens > 0 ? '' : (DIGITS[ones] ?? '')}`;
}
const small = (draw: Draw, most: number, arabic: boolean): string => {
  const value = 1 + draw.number(most);
  return arabic ? String(value) : below100(value);
};

function nameOf(draw: Draw, side: Side): string {
  const given = sideOf(GIVEN, side);
  return draw.of(sideOf(SURNAMES, side)) + draw.of(given) + (draw.number(4) === 0 ? '' : draw.of(given));
}

function addressOf(draw: Draw, side: Side): string {
  const arabic = draw.number(2) === 0;
  const area = [
    draw.number(3) > 0 ? draw.of(sideOf(CITIES, side)) : '',
    draw.number(3) > 0 ? draw.of(sideOf(DISTRICTS, side)) : '',
  ].join('');
  const road = `${draw.of(sideOf(ROADS, side))}${small(draw, 99, arabic)}号`;
  const building = `${small(draw, 40, arabic)}${draw.of(['栋', '幢', '号楼', '座'])}`;
  const door = `${draw.number(2) === 0 ? `${small(draw, 6, arabic)}单元` : ''}${digits(draw, 3 + draw.number(2), arabic)}${draw.of(['室', '', '号'])}`;
  const home = draw.of(sideOf(COMMUNITIES, side));
  return draw.of([
    area + road,
    `${area}${road}${home}${building}${door}`,
    `${area}${home}${building}${door}`,
    `${road}${building}${door}`,
  ]);
}

function numberOf(draw: Draw, _side: Side): string {
  const arabic = draw.number(2) === 0;
  const length = draw.of([4, 6, 8, 11, 16, 18, 19]);
  const said = length === 11 ? (arabic ? '1' : '幺') + digits(draw, 10, arabic) : digits(draw, length, arabic);
  return draw.number(3) === 0 ? said.replaceAll(/(.{4})(?=.)/gu, '$1 ') : said;
}

function birthDateOf(draw: Draw, _side: Side): string {
  const year = 1940 + draw.number(70);
  const month = 1 + draw.number(12);
  const day = 1 + draw.number(28);
  const spoken = (value: number): string => Array.from(String(value), (digit) => DIGITS[Number(digit)] ?? '').join('');
  return draw.of([
    `${year}年${month}月${day}日`,
    `${spoken(year)}年${below100(month)}月${below100(day)}号`,
    `${spoken(year).slice(2)}年${below100(month)}月${below100(day)}日`,
    `${spoken(year)}年的${below100(month)}月${below100(day)}号`,
    `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`,
    `${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`,
    `${below100(month)}月${below100(day)}号`,
    `农历${below100(month)}月初${below100(1 + (day % 10))}`,
  ]);
}

const KINDS: Readonly<
  Record<PersonalKind, { readonly make: (draw: Draw, side: Side) => string; readonly sentences: readonly string[] }>
> = {
  name: {
    make: nameOf,
    sentences:
      words(`我叫@ 你好，我是@ 我的名字是@ 我名字叫@，想查一下余额 @ 户主是@ 收款人叫@ 持卡人是@，不是我 您好我姓名@ 请转给@五百元 我要给@转账 把钱汇给@就行 这里是@，我的卡丢了
      我是@，我想挂失 我老婆叫@ 我爱人@的卡 帮我查一下@的账户 我替@问一下 我找@经理 麻烦转接@ 是@本人 卡是@的名字 我妈妈@要来办业务 联系人写@吧 @女士的预约 我先生@已经签过字了 受益人改成@
      我同事@推荐我来的 喂，@，听得到吗 我儿子@今年十八 上次是@接待我的 我这边是@ 户名@ 担保人填的@ 我跟@有一个联名账户`),
  },
  address: {
    make: addressOf,
    sentences:
      words(`我住在@ 我家住@ 地址是@ 我的地址改成@了 请寄到@ 新卡寄到@可以吗 我搬到@了 @ 我现在住@ 家庭地址@ 收货地址是@，谢谢 账单请寄@ 我公司在@ 我家在@附近 户口在@ 住址变更为@
      我就在@ 单位地址是@ 你们寄去@了 送到@就好 原来的地址是@，现在换了 我父母住@`),
  },
  number: {
    make: numberOf,
    sentences:
      words(`我的卡号是@ 账号@ 手机号@ 身份证号码是@ 密码是@ 验证码@ @ 我的账户是@，请查一下 电话@ 尾号@的卡丢了 号码是@没错 请打@找我 我报一下，@ 证件号@ 客户号是@ 后面几位是@
      预留手机号是@ 对，@ 不对，是@ 合同号@`),
  },
  'birth-date': {
    make: birthDateOf,
    sentences: words(
      `我是@出生的 生日是@ 出生日期@ 我@生的 @ 我的生日@ 出生于@ 出生年月日是@，对吗 我孩子是@出生 生日@没错 身份证上是@ 我生日过@`,
    ),
  },
};

/** @param count - of each kind */
export function mandarinPersonalSpeech(side: Side, count: number, seed = 1): readonly PersonalUtterance[] {
  const draw = drawFrom(seed);
  return (Object.keys(KINDS) as PersonalKind[]).flatMap((kind) => {
    const { make, sentences } = KINDS[kind];
    return Array.from({ length: count }, () => utteranceOf(kind, draw.of(sideOf(sentences, side)), make(draw, side)));
  });
}

/** Ordinary questions to a bank, in which nothing is personal. */
export const MANDARIN_ORDINARY: readonly string[] =
  words(`我想查一下余额 信用卡怎么还款 请帮我转人工 我的卡丢了怎么办 利率是多少 你们几点关门 怎么开通手机银行 转账要手续费吗 为什么我的卡被冻结了 我想提高额度 能分期付款吗 定期存款利息高吗
  我忘记密码了 网上银行登不上去 怎么修改预留手机号 我要挂失信用卡 贷款需要什么材料 房贷可以提前还吗 我的转账还没有到账 有一笔交易不是我做的 可以取消这笔转账吗 怎么办理外汇 境外可以用这张卡吗 年费怎么收 积分怎么兑换 我想关闭短信通知
  附近哪里有网点 柜台周末上班吗 怎么预约取款 大额取现要预约吗 我收到一个诈骗电话 这个短信是你们发的吗 我想投诉 刚才那位客服态度不好 我要注销账户 怎么开通快捷支付 支付宝绑定不了银行卡 微信提现要多久 工资什么时候到账 社保卡怎么激活
  理财产品安全吗 基金怎么赎回 黄金现在什么价格 保险可以退吗 电子回单在哪里下载 对账单怎么寄 我想换一张新卡 卡片磁条坏了 芯片读不出来 自动取款机吞卡了 钱没吐出来但是扣款了 重复扣款怎么退 汇率今天怎么样 我可以开一个联名账户吗 孩子可以办卡吗
  我是老客户了 我是来还钱的 我在国外怎么办 我想问一个问题 麻烦再说一遍 听不清楚 对的没错 不用了谢谢 好的再见 等一下我找找 我先生不在家 我太太也有一张卡 我妈妈不会用手机 我儿子上大学了 我朋友推荐的 我同事也在用 经理在吗 请问您贵姓
  张数不对 白天打不通 高峰期要等多久 方便的时候给我回电话 金卡有什么权益 万事达卡可以吗 江苏可以办理吗 石油卡怎么充值 关于贷款我还有问题 任何网点都可以吗 安全码在哪里 管理费太高了 时间太长了 成功了吗 常见问题有哪些 单笔限额多少 平时怎么联系你们
  季度账单什么时候出 包年服务怎么退 连续扣了两次 马上要用钱 全部取出来 应该怎么操作 程序太复杂了 许多人都收到了 和上个月一样 文件已经交了 牛市能买基金吗 阳光保险是你们的吗 路上丢的 叶子换银行 商户不给退款 宁可多付一点 查水电费 简单说一下 温州有分行吗`);
