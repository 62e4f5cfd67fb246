// The container's health check: 0 when /healthz (or the path given, such as /readyz) answers 200, else 1. The image has no curl.
const host = process.env.TELLERLINE_HTTP_HOST ?? '127.0.0.1';
const { TELLERLINE_HTTP_PROBE_PORT: probePort = '0', TELLERLINE_HTTP_PORT: webPort = '8080' } = process.env;
const port = probePort === '0' ? webPort : probePort;
const path = process.argv[2] ?? '/healthz';
// who listens on every address is asked on the loopback
const asked = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
try {
  const { status } = await fetch(`http://${asked}:${port}${path}`, { signal: AbortSignal.timeout(8_000) });
  process.exitCode = status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
