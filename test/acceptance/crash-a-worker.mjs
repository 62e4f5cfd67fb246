// Loaded before the product, in every thread: ends the worker that the test names, by an error that nobody catches.
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const channel = new BroadcastChannel('crash-a-worker');
channel.unref();
if (isMainThread) {
  process.on('message', (name) => channel.postMessage(name));
  process.channel?.unref();
} else
  channel.onmessage = ({ data }) => {
    if (process.argv[1]?.endsWith(data)) throw new Error(`the test wants ${data} to die`);
  };
