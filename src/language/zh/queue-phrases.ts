import { LONGER, type QueuePhrases, TOLD_POSITIONS } from '../queue-wording.ts';
import { spokenCount, spokenNumber } from './spoken-number.ts';

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
  whisper: ({ name, verified, topic, upset }) =>
    [
      name ?? '客户',
      verified ? '，身份已核实' : '，身份未核实',
      topic === undefined ? '' : `，咨询${topic}`,
      upset ? '，情绪激动' : '',
      '。请按1键接听。',
    ].join(''),
};
