import { serveEngine } from '../../../build/speech/processes/serve-engine.js';

/* An engine whose jobs say what the process does; for the tests of its pool. */

const spin = (ms) => {
  const until = process.cpuUsage().user / 1000 + ms;
  while (process.cpuUsage().user / 1000 < until);
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (process.argv[2] === 'refuses') process.exitCode = 3;
else
  await serveEngine(async () => {
    if (process.argv[2] === 'throws') throw new Error('no model here');
    let ballast = [];
    return {
      async work(request, signal, alive) {
        switch (request.do) {
          case 'die':
            process.kill(process.pid, 'SIGKILL');
            return await new Promise(() => undefined);
          case 'spin':
            spin(request.ms);
            return process.pid;
          case 'hang':
            return await new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('aborted')));
              setInterval(() => undefined, 1000);
            });
          case 'steps':
            for (let step = 0; step < request.steps; step++) {
              await pause(request.ms);
              alive();
            }
            return process.pid;
          case 'grow':
            ballast.push(Buffer.alloc(request.bytes, 1));
            return process.pid;
          case 'throw':
            throw new Error('not this one');
          default:
            return process.pid;
        }
      },
      async release() {
        ballast = [];
      },
    };
  });
