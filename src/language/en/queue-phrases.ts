import { LONGER, type QueuePhrases, TOLD_POSITIONS } from '../queue-wording.ts';

export const ENGLISH_QUEUE_PHRASES: QueuePhrases = {
  position: (position) =>
    position === 1
      ? 'You are the next in line.'
      : position > TOLD_POSITIONS
        ? `There are ${TOLD_POSITIONS} or more callers before you.`
        : `You are number ${position} in line.`,
  wait: (minutes) =>
    minutes <= 1
      ? 'The wait should be about a minute.'
      : minutes === LONGER
        ? 'The wait may be longer than half an hour.'
        : `The wait should be about ${minutes} minutes.`,
  refused: {
    closed: 'I am sorry, our agents are not at work at this time.',
    emergency: 'I am sorry, because of a disturbance on our side nobody can take your call at present.',
    full: 'I am sorry, too many callers are waiting at present.',
    unstaffed: 'I am sorry, no agent is at work at present.',
    'unknown-queue': 'I am sorry, you cannot be put through at present.',
  },
  notWritten: 'I am sorry, you cannot be put through at present.',
  anotherAgent: 'I am sorry, the connection to the agent was lost. I am putting you through to another one.',
  satisfaction: 'How satisfied were you with this conversation? Press a key from 1, not at all, to 5, very much.',
  thanks: 'Thank you.',
  whisper: ({ name, verified, topic, upset }) =>
    [
      name === undefined ? 'A customer.' : `${name}.`,
      verified ? 'Identity verified.' : 'Not verified.',
      topic === undefined ? '' : `About ${topic}.`,
      upset ? 'Upset.' : '',
      'Press 1.',
    ]
      .filter((each) => each !== '')
      .join(' '),
};
