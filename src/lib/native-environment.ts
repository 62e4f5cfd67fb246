/**
 * The environment of a process that runs ONNX Runtime. Its official builds for Linux report every session, with names and
 * hashes of models, to a collector of their maker, and keep an id of the machine on disk, unless told not to before they are
 * loaded (ONNX Runtime 1.29, docs/Privacy.md).
 */
export const nativeEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, ORT_DISABLE_TELEMETRY: '1' });
