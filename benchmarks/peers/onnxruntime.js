// ONNX Runtime: node onnxruntime.js THREADS FOLDER PYTHON
//
// For every line "SUITE OP NAME BATCH ARGUMENTS" of the suites conv, infer and rnn, forward, it prints the seconds that a run takes, or
// "-". The networks come from onnx_export.py, run by PYTHON, and are kept in FOLDER. Outputs have their memory before the clock runs.
// Run it by tuned.sh, for its malloc.
const child = require('child_process'), fs = require('fs'), path = require('path'), ort = load('onnxruntime-node');
const [, , threads, folder, python] = process.argv;
const sources = ['onnx_export.py', 'nets.py'].map(f => path.join(__dirname, f));
const wall = () => Number(process.hrtime.bigint()) / 1e9;
const processor = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };
const now = process.env.COMPARE_CLOCK === 'processor' ? processor : wall;

// load returns a package, or ends the program with one line that says why not.
function load(name) {
  try {
    return require(name);
  } catch (e) {
    console.error(e.message.split('\n')[0]);
    process.exit(1);
  }
}

// seconds measures as workloads.Run.Seconds does.
async function seconds(run) {
  const times = async n => {
    const start = now();
    for (let i = 0; i < n; i++) await run();
    return (now() - start) / n;
  };
  await times(2);
  let once = await times(1);
  once = await times(Math.floor(0.02 / once) + 1);
  const samples = [];
  for (let i = 0; i < (once > 0.1 ? 3 : 5); i++) samples.push(await times(Math.floor(0.04 / once) + 1));
  return samples.sort((a, b) => a - b)[samples.length >> 1];
}

// model returns the file of a case, which it lets write if there is none as young as the scripts.
function model(words) {
  const file = path.join(folder, words.join('_') + '.onnx');
  if (!fs.existsSync(file) || sources.some(s => fs.statSync(s).mtimeMs > fs.statSync(file).mtimeMs)) {
    fs.mkdirSync(folder, { recursive: true });
    const part = file + '.' + process.pid;
    child.execFileSync(python, [sources[0], part, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    fs.renameSync(part, file);
  }
  return file;
}

const tensor = (m, value) => new ort.Tensor('float32', Float32Array.from({ length: m.shape.reduce((a, b) => a * b, 1) }, value), m.shape);

async function prepare(words) {
  const session = await ort.InferenceSession.create(model(words), { intraOpNumThreads: +threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all' });
  const feeds = {}, fetches = {};
  for (const m of session.inputMetadata) feeds[m.name] = tensor(m, (_, i) => (i * 7919 % 1000) / 1000 - .5);
  for (const m of session.outputMetadata) fetches[m.name] = tensor(m, () => 0);
  const run = () => session.run(feeds, fetches);
  for (const start = now(); now() - start < 0.5;) await run(); // until there is memory of freed outputs to use again
  return { run, release: () => session.release() };
}

(async () => {
  let last, prepared;
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const words = line.split(' ');
    if (!['conv fwd', 'infer predict', 'rnn fwd'].includes(words.slice(0, 2).join(' '))) {
      console.log('-');
      continue;
    }
    try {
      if (line !== last) {
        if (prepared) await prepared.release();
        last = prepared = undefined;
        prepared = await prepare(words);
        last = line;
      }
      console.log(String(await seconds(prepared.run)));
    } catch (e) {
      console.log('error: ' + String(e.message).trim().split('\n').pop());
    }
  }
})();
