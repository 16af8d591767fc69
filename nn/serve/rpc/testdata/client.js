// Makes calls with another implementation of gRPC and of its messages, which reads
// the protocol's file in the first argument. Each line of the input is a call in JSON,
// each line of the output its answer; calls run at the same time. Bytes are base64,
// integers of 64 bits are strings and so are NaN, infinities and -0.
const readline = require("readline");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadSync(process.argv[2], { keepCase: true, longs: String, bytes: String, json: true });
const { GRPCInferenceService } = grpc.loadPackageDefinition(definition).inference;

const clients = new Map();

function clientOf(address, gzip) {
  const key = `${address} ${gzip}`;
  if (!clients.has(key)) {
    const algorithm = gzip ? grpc.compressionAlgorithms.gzip : grpc.compressionAlgorithms.identity;
    clients.set(key, new GRPCInferenceService(address, grpc.credentials.createInsecure(), { "grpc.default_compression_algorithm": algorithm }));
  }
  return clients.get(key);
}

const lines = readline.createInterface({ input: process.stdin });

lines.on("line", (line) => {
  const { id, address, method, request, timeout, gzip, cancelled } = JSON.parse(line);
  const call = clientOf(address, gzip)[method](request, { deadline: Date.now() + timeout }, (err, response) => {
    const answer = err ? { id, code: err.code, message: err.details } : { id, code: 0, response };
    console.log(JSON.stringify(answer, (_, value) => (Object.is(value, -0) ? "-0" : value)));
  });
  if (cancelled) call.cancel();
});

lines.on("close", () => process.exit());
