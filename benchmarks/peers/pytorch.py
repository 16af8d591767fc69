#!/usr/bin/env python3
"""PyTorch: pytorch.py THREADS nchw|channels_last|jit

For every line "SUITE OP NAME BATCH ARGUMENTS" it prints the seconds that a run takes, or "-" for what the variant does not do.
Run it by tuned.sh. Package workloads says what the arguments are; jit traces networks and optimises them for inference.
"""
import gc, os, sys, time, warnings
import torch
import torch.nn.functional as F
import nets

warnings.simplefilter('ignore')
aten = torch.ops.aten
clock = time.process_time if os.environ.get('COMPARE_CLOCK') == 'processor' else time.perf_counter


def seconds(run):
    """As workloads.Run.Seconds: some runs to warm up, for 20 ms at least, and the median of 5 samples of 40 ms at least."""
    def times(n):
        start = clock()
        for _ in range(n): run()
        return (clock() - start) / n
    times(2)
    once = times(1)
    once = times(int(0.02 / once) + 1)
    return sorted(times(int(0.04 / once) + 1) for _ in range(3 if once > 0.1 else 5))[1 if once > 0.1 else 2]


def conv(op, name, batch, args):
    if VARIANT == 'jit': return None
    c, h, w, o, r, stride, pad, groups = map(int, args)
    x, k, b = laid_out(torch.randn(batch, c, h, w)), laid_out(torch.randn(o, c // groups, r, r)), torch.randn(o)
    if op == 'fwd': return plain(lambda: torch.conv2d(x, k, b, stride, pad, 1, groups))
    dy = laid_out(torch.randn_like(torch.conv2d(x, k, None, stride, pad, 1, groups)))
    mask = [op == 'data', op == 'weight', False]
    return plain(lambda: aten.convolution_backward(dy, x, k, None, [stride, stride], [pad, pad], [1, 1], False, [0, 0], groups, mask))


def vec(op, name, batch, args):
    if VARIANT != 'nchw': return None
    rows, length, n, channels, side = map(int, args)
    x, y, z = torch.randn(rows, length), torch.randn(rows, length), torch.empty(rows, length)
    one, zero = torch.ones(length), torch.zeros(length)
    p, c1, c0 = torch.randn(n, channels, side, side), torch.ones(channels), torch.zeros(channels)
    mean, var = torch.zeros(channels), torch.ones(channels)
    if op in ('sgd', 'adam'):
        x.requires_grad_(True)
        x.grad = y
        o = torch.optim.SGD([x], 0.01) if op == 'sgd' else torch.optim.Adam([x], 0.001)
        return plain(o.step)
    return plain({
        'add': lambda: torch.add(x, y, out=z), 'axpy': lambda: y.add_(x, alpha=1e-6), 'sum': lambda: x.sum(),
        'relu': lambda: torch.clamp_min(x, 0, out=z), 'exp': lambda: torch.exp(x, out=z), 'tanh': lambda: torch.tanh(x, out=z),
        'erf': lambda: torch.erf(x, out=z), 'sigmoid': lambda: torch.sigmoid(x, out=z),
        'softmax': lambda: aten._softmax.out(x, -1, False, out=z), 'layernorm': lambda: F.layer_norm(x, (length,), one, zero),
        'batchnorm': lambda: F.batch_norm(p, mean, var, c1, c0, True),
    }[op])


def train(op, name, batch, args):
    if VARIANT == 'jit' or VARIANT == 'channels_last' and len(args) != 4: return None
    classes, *shape = map(int, args)
    net, x, y = nets.NETS[name](classes), laid_out(torch.randn(batch, *shape)), torch.arange(batch) % classes
    if VARIANT == 'channels_last': net = net.to(memory_format=torch.channels_last)
    o = torch.optim.SGD(net.parameters(), 0.01)

    def step():
        o.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        o.step()
    return step


def infer(op, name, batch, args):
    classes, *shape = map(int, args)
    net, x = nets.NETS[name](classes).eval(), laid_out(torch.randn(batch, *shape))
    if VARIANT == 'channels_last': net = net.to(memory_format=torch.channels_last)
    if VARIANT == 'jit': net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    return plain(lambda: net(x))


def rnn(op, name, batch, args):
    if VARIANT != 'nchw': return None
    kind, steps, hidden = args[0], int(args[1]), int(args[2])
    net, x = nets.cell(kind, hidden), torch.randn(steps, batch, hidden)
    if op == 'fwd': return plain(lambda: net(x))
    x.requires_grad_(True)

    def both():
        net.zero_grad(set_to_none=True)
        x.grad = None
        net(x)[0].sum().backward()
    return both


def laid_out(t):
    return t.contiguous(memory_format=torch.channels_last) if VARIANT == 'channels_last' and t.dim() == 4 else t


def plain(f):
    """f as a run that records no gradient."""
    torch.set_grad_enabled(False)
    return f


def main():
    last, run = None, None
    for line in sys.stdin:
        try:
            if line != last:
                last, run = line, None
                gc.collect()
                torch.manual_seed(0)
                torch.set_grad_enabled(True)
                suite, op, name, batch, *args = line.split()
                run = SUITES[suite](op, name, int(batch), args) if suite in SUITES else None
            print('-' if run is None else '%.9g' % seconds(run), flush=True)
        except Exception as e:
            last = None
            print('error: %s' % ' '.join(str(e).split()), flush=True)


if __name__ == '__main__':
    VARIANT = sys.argv[2]
    SUITES = {'conv': conv, 'vec': vec, 'train': train, 'infer': infer, 'rnn': rnn}
    torch.set_num_threads(int(sys.argv[1]))
    main()
