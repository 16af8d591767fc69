package main

import (
	"math"
	"strings"
)

// A kernel is one assembly routine over slices of equal length, the first of
// which gives it.
type kernel struct {
	name    string
	slices  []string
	reads   []bool
	writes  []bool
	scalars []string
	unroll  int

	// body returns what to write, in the order of the slices, from what was
	// read and the broadcast scalars.
	body func(e *emitter, in, s []vec) []vec

	// A reduction has fold and join instead: fold returns acc with the inputs
	// taken in, reusing acc if it likes, and what to write; join merges two
	// accumulators. Accumulators start from init.
	fold func(e *emitter, acc vec, in, s []vec) (vec, []vec)
	join func(e *emitter, a, b vec) vec
	init float64
}

func (k *kernel) reduces() bool { return k.fold != nil }

// parse fills in the parameters of k. A slice "x" is read, "x=" written, "x+"
// read and written.
func parse(k kernel, slices, scalars string) kernel {
	for _, s := range strings.Fields(slices) {
		name := strings.TrimRight(s, "=+")
		k.slices = append(k.slices, name)
		k.reads = append(k.reads, !strings.HasSuffix(s, "="))
		k.writes = append(k.writes, name != s)
	}
	k.scalars = strings.Fields(scalars)
	return k
}

type (
	body1 = func(e *emitter, in, s []vec) vec
	bodyN = func(e *emitter, in, s []vec) []vec
)

// simple is a kernel of few instructions with one output, four vectors a turn.
func simple(name, slices, scalars string, body body1) kernel {
	k := heavy(name, slices, scalars, body)
	k.unroll = 4
	return k
}

// heavy is a kernel with one output whose body is long enough to fill the
// processor's window with one vector a turn.
func heavy(name, slices, scalars string, body body1) kernel {
	return several(name, slices, scalars, func(e *emitter, in, s []vec) []vec { return []vec{body(e, in, s)} })
}

// several is a kernel with more than one output.
func several(name, slices, scalars string, body bodyN) kernel {
	return parse(kernel{name: name, unroll: 1, body: body}, slices, scalars)
}

// total is a reduction by addition.
func total(name, slices, scalars string, fold func(e *emitter, acc vec, in, s []vec) vec) kernel {
	return parse(kernel{name: name, unroll: 4, join: (*emitter).addVec,
		fold: func(e *emitter, acc vec, in, s []vec) (vec, []vec) { return fold(e, acc, in, s), nil },
	}, slices, scalars)
}

// extreme is a reduction by pick from init.
func extreme(name string, init float64, pick func(e *emitter, a, b vec) vec) kernel {
	return parse(kernel{name: name, unroll: 4, init: init, join: pick,
		fold: func(e *emitter, acc vec, in, _ []vec) (vec, []vec) {
			return pick(e, acc, e.active(in[0], init)), nil
		},
	}, "x", "")
}

func (e *emitter) addVec(a, b vec) vec { return e.add(a, b) }

// maxNaN and minNaN differ from max and min where a is NaN: they return it.
func (e *emitter) maxNaN(a, b vec) vec {
	return e.choose(e.cmp(unordered, a, a), a, e.max(a, b))
}

func (e *emitter) minNaN(a, b vec) vec {
	return e.choose(e.cmp(unordered, a, a), a, e.min(a, b))
}

func (e *emitter) one() vec { return e.load(e.f(1)) }

var kernels = []kernel{
	simple("add", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.add(in[0], in[1]) }),
	simple("sub", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.sub(in[0], in[1]) }),
	simple("mul", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.mul(in[0], in[1]) }),
	simple("div", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.div(in[0], in[1]) }),
	simple("maximum", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.maxNaN(in[0], in[1]) }),
	simple("minimum", "dst= a b", "", func(e *emitter, in, _ []vec) vec { return e.minNaN(in[0], in[1]) }),

	simple("addScalar", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.add(in[0], s[0]) }),
	simple("mulScalar", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.mul(in[0], s[0]) }),
	simple("maxScalar", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.maxNaN(in[0], s[0]) }),
	simple("minScalar", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.minNaN(in[0], s[0]) }),
	// max(lo, x) is x if x is NaN or a zero like lo, and min(hi, y) is y likewise.
	simple("clamp", "dst= x", "lo hi", func(e *emitter, in, s []vec) vec { return e.min(s[1], e.max(s[0], in[0])) }),
	simple("subFrom", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.sub(s[0], in[0]) }),
	simple("divInto", "dst= a", "s", func(e *emitter, in, s []vec) vec { return e.div(s[0], in[0]) }),
	simple("fill", "dst=", "s", func(e *emitter, _, s []vec) vec { return s[0] }),

	simple("axpy", "dst+ a", "s", func(e *emitter, in, s []vec) vec { return e.fmaInto(in[0], in[1], s[0]) }),
	simple("mulAdd", "dst+ a b", "", func(e *emitter, in, _ []vec) vec { return e.fmaInto(in[0], in[1], in[2]) }),
	simple("scaleShift", "dst= x", "a b", func(e *emitter, in, s []vec) vec { return e.mulAdd(in[0], s[0], s[1]) }),
	simple("lin2", "dst= x y", "a b c", func(e *emitter, in, s []vec) vec {
		return e.fmaInto(e.mulAdd(in[1], s[1], s[2]), in[0], s[0])
	}),

	heavy("exp", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.exp(in[0]) }),
	heavy("log", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.log(in[0]) }),
	heavy("tanh", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.tanh(in[0]) }),
	heavy("sigmoid", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.sigmoid(in[0]) }),
	heavy("erf", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.erf(in[0]) }),
	heavy("gelu", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.gelu(in[0]) }),
	simple("sqrt", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.sqrt(in[0]) }),
	simple("abs", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.abs(in[0]) }),
	simple("neg", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.xor(in[0], e.bits(signBit)) }),
	simple("recip", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.div(e.one(), in[0]) }),
	simple("square", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.mul(in[0], in[0]) }),
	// max(0, x) is x if x is NaN or -0.
	simple("relu", "dst= x", "", func(e *emitter, in, _ []vec) vec { return e.max(e.load(e.f(0)), in[0]) }),

	simple("reluGrad", "dst= dy y", "", func(e *emitter, in, _ []vec) vec {
		return e.zeroUnless(e.cmp(gt, in[1], e.f(0)), in[0])
	}),
	simple("tanhGrad", "dst= dy y", "", func(e *emitter, in, _ []vec) vec { return e.tanhGrad(in[0], in[1]) }),
	simple("sigmoidGrad", "dst= dy y", "", func(e *emitter, in, _ []vec) vec { return e.sigmoidGrad(in[0], in[1]) }),
	heavy("geluGrad", "dst= dy x", "", func(e *emitter, in, _ []vec) vec { return e.mul(e.geluSlope(in[1]), in[0]) }),

	parse(kernel{name: "expSum", unroll: 1, join: (*emitter).addVec,
		fold: func(e *emitter, acc vec, in, s []vec) (vec, []vec) {
			y := e.exp(e.sub(in[0], s[0]))
			return e.addInto(acc, e.active(y, 0)), []vec{y}
		},
	}, "dst= x", "shift"),
	total("sum", "x", "", func(e *emitter, acc vec, in, _ []vec) vec { return e.addInto(acc, in[0]) }),
	total("dot", "a b", "", func(e *emitter, acc vec, in, _ []vec) vec { return e.fmaInto(acc, in[0], in[1]) }),
	total("sumSquaredDev", "x", "mean", func(e *emitter, acc vec, in, s []vec) vec {
		d := e.active(e.sub(in[0], s[0]), 0)
		return e.fmaInto(acc, d, d)
	}),
	extreme("maxOf", math.Inf(-1), (*emitter).maxNaN),
	extreme("minOf", math.Inf(1), (*emitter).minNaN),

	several("lstm", "c= h= i+ f+ g+ o+ before", "", func(e *emitter, in, _ []vec) []vec {
		i, f, g, o := e.sigmoid(in[0]), e.sigmoid(in[1]), e.tanh(in[2]), e.sigmoid(in[3])
		c := e.fmaInto(e.mul(f, in[4]), i, g)
		return []vec{c, e.mul(e.tanh(c), o), i, f, g, o}
	}),
	several("lstmGradOut", "do= dc+ dh c o", "", func(e *emitter, in, _ []vec) []vec {
		dc, dh, y, o := in[0], in[1], e.tanh(in[2]), in[3]
		return []vec{e.sigmoidGrad(e.mul(dh, y), o), e.add(dc, e.tanhGrad(e.mul(dh, o), y))}
	}),
	several("lstmGradIn", "di= df= dg= dc+ i f g before", "", func(e *emitter, in, _ []vec) []vec {
		dc, i, f, g, before := in[0], in[1], in[2], in[3], in[4]
		return []vec{e.sigmoidGrad(e.mul(dc, g), i), e.sigmoidGrad(e.mul(dc, before), f), e.tanhGrad(e.mul(dc, i), g), e.mul(dc, f)}
	}),
	several("gru", "h= new+ r+ z+ q before", "", func(e *emitter, in, _ []vec) []vec {
		r, z := e.sigmoid(in[1]), e.sigmoid(in[2])
		n := e.tanh(e.fmaInto(in[0], r, in[3]))
		return []vec{e.add(e.mul(e.sub(in[4], n), z), n), n, r, z}
	}),
	several("gruGrad", "dn= dr= dz= dq= dh+ new r z q before", "", func(e *emitter, in, _ []vec) []vec {
		dh, n, r, z, q, before := in[0], in[1], in[2], in[3], in[4], in[5]
		direct := e.mul(dh, z)
		dz := e.sigmoidGrad(e.mul(e.sub(before, n), dh), z)
		dn := e.tanhGrad(e.sub(dh, direct), n)
		return []vec{dn, e.sigmoidGrad(e.mul(dn, q), r), dz, e.mul(dn, r), direct}
	}),

	several("sgd", "w+ g", "negLR decay", func(e *emitter, in, s []vec) []vec {
		w, g := in[0], in[1]
		negLR, decay := s[0], s[1]
		d := e.add(g, e.mul(w, decay))
		return []vec{e.add(w, e.mul(d, negLR))}
	}),
	several("sgdMomentum", "w+ g buf+", "negLR decay keep take mask k", func(e *emitter, in, s []vec) []vec {
		w, g, buf := in[0], in[1], in[2]
		negLR, decay, keep, take, mask, k := s[0], s[1], s[2], s[3], s[4], s[5]
		d := e.add(g, e.mul(w, decay))
		buf = e.add(e.mul(buf, keep), e.mul(d, take))
		d = e.add(e.and(d, mask), e.mul(buf, k))
		return []vec{e.add(w, e.mul(d, negLR)), buf}
	}),
	several("adam", "w+ g m+ v+", "shrink decay beta1 take1 beta2 take2 root eps negStep", func(e *emitter, in, s []vec) []vec {
		w, g, m, v := in[0], in[1], in[2], in[3]
		shrink, decay, beta1, take1, beta2, take2, root, eps, negStep := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]
		w = e.mul(w, shrink)
		d := e.add(g, e.mul(w, decay))
		m = e.add(e.mul(m, beta1), e.mul(d, take1))
		v = e.add(e.mul(v, beta2), e.mul(e.mul(d, take2), d))
		denom := e.add(e.div(e.sqrt(v), root), eps)
		return []vec{e.add(w, e.div(e.mul(m, negStep), denom)), m, v}
	}),
}
