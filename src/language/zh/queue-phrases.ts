import { LONGER, type QueuePhrases, TOLD_POSITIONS } from '../queue-wording.ts';
import { spokenCount, spokenNumber } from './spoken-number.ts';

/** As numbers of telephones are read. */
const CHINESE_DIGITS = ['零', '幺', '二', '三', '四', '五', '六', '七', '八', '九'];

export const CHINESE_QUEUE_PHRASES: QueuePhrases = {
  position: (position) =>
    position === 1
      ? '您是下一位。'
      : position > TOLD_POSITIONS
        ? `您前面有${spokenCount(TOLD_POSITIONS)}位或更多客户在等候。`
        : `您排在第${spokenNumber(position)}位。`,
  wait: (minutes) =>
    minutes <= 1
      ? '预计等候约一分钟。'
      : minutes === LONGER
        ? '预计等候时间可能超过半小时。'
        : `预计等候约${spokenCount(minutes)}分钟。`,
  refused: {
    closed: '很抱歉，现在不是人工服务时间。',
    emergency: '很抱歉，由于系统故障，目前无法为您转接人工服务。',
    full: '很抱歉，当前等候的客户过多。',
    unstaffed: '很抱歉，目前没有客服人员在岗。',
    'unknown-queue': '很抱歉，目前无法为您转接。',
  },
  notWritten: '很抱歉，目前无法为您转接。',
  anotherAgent: '很抱歉，与客服人员的连接中断了，正在为您转接另一位。',
  satisfaction: '请对本次服务评分，按1到5键，1为非常不满意，5为非常满意。',
  thanks: '谢谢您的评价。',
  callback: {
    offer: '如果您希望我们稍后回拨，请按1，您的排队位置会为您保留。',
    offerInstead: '如果您希望我们稍后回拨，请按1。',
    own: '我们将回拨您的来电号码，尾号是',
    confirmOwn: '确认请按1，使用其他号码请按2，取消请按星号键。',
    key: '请输入电话号码，按井号键结束。',
    keyed: '您输入的号码是',
    confirmKeyed: '确认请按1，重新输入请按2，取消请按星号键。',
    digit: (digit) => CHINESE_DIGITS[Number(digit)] ?? digit,
    notCalled: '很抱歉，我们无法拨打该号码。',
    booked: '好的，轮到您时我们会给您回电，再见。',
    pending: '该号码已登记回拨，我们会尽快回电，再见。',
    notBooked: '很抱歉，目前无法登记回拨。',
    greeting: (bank) =>
      `您好，${bank === undefined ? '' : `这里是${bank}，`}您之前要求我们回电。接通人工服务请按1，不再需要请按2。`,
    connecting: '好的，正在为您接通。',
    notNeeded: '好的，我们不再回电，再见。',
  },
  whisper: ({ name, verified, topic, upset }) =>
    [
      name ?? '客户',
      verified ? '，身份已核实' : '，身份未核实',
      topic === undefined ? '' : `，咨询${topic}`,
      upset ? '，情绪激动' : '',
      '。请按1键接听。',
    ].join(''),
};
