// onnxruntime-node's install script calls this before anything else; the CPU build is inside the package
exports.bootstrap = () => process.exit(0);
