import { createServer } from 'node:net';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { MediaServerPlace } from './drachtio-fsmrf.ts';

/**
 * fsmrf opens its listener without an error handler, which would end the process.
 *
 * @throws IvrError PORT_IN_USE, CONFIG_INVALID
 */
export async function tryListening({ host, port }: MediaServerPlace['listen']): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (thrown) {
    const busy = systemCode(thrown) === 'EADDRINUSE' || systemCode(thrown) === 'EACCES';
    throw new IvrError(
      busy ? 'PORT_IN_USE' : 'CONFIG_INVALID',
      `cannot listen for FreeSWITCH on ${host}:${port} (${systemCode(thrown) ?? 'unknown'})`,
      { host, port },
      thrown,
    );
  }
  await new Promise((resolve) => server.close(resolve));
}
