import { LONGER, type QueuePhrases, TOLD_POSITIONS } from '../queue-wording.ts';

const ENGLISH_DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

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
  callback: {
    offer: 'If you would rather be called back, press 1. You keep your place in line.',
    offerInstead: 'If you would like to be called back, press 1.',
    own: 'We will call the number that you are calling from. It ends in',
    confirmOwn: 'To confirm, press 1. For another number, press 2. Otherwise, press star.',
    key: 'Please key the number, and then the pound key.',
    keyed: 'You have keyed',
    confirmKeyed: 'To confirm, press 1. To key it again, press 2. Otherwise, press star.',
    digit: (digit) => ENGLISH_DIGITS[Number(digit)] ?? digit,
    notCalled: 'I am sorry, we cannot call that number.',
    booked: 'Thank you. We will call you back when it is your turn. Goodbye.',
    pending: 'We already have a callback for that number, and will call it. Goodbye.',
    notBooked: 'I am sorry, a callback cannot be arranged at present.',
    greeting: (bank) =>
      `${bank === undefined ? 'Hello.' : `Hello, this is ${bank}.`} You asked us to call you back. To be connected, press 1. If you no longer need the call, press 2.`,
    connecting: 'Thank you. I am connecting you.',
    notNeeded: 'Thank you. We will not call again. Goodbye.',
  },
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
