// oneDNN: onednn plain|packed. For every line "SUITE OP NAME BATCH ARGUMENTS" of the suites gemm and conv it prints the seconds that a
// run takes, or "-" for what the variant does not do. OMP_NUM_THREADS says how many threads.
//
// Plain products are dnnl_sgemm's; packed ones are those of linear layers, with the weights in the layout that the library likes best.
// Convolutions have all their arrays in the layout that the library likes best, and the algorithm that it chooses: nothing is reordered
// while the clock runs.
#include <dnnl.hpp>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>
#include "measure.h"

using namespace dnnl;
using dims = memory::dims;
using dim = memory::dim;
using desc = memory::desc;
using tag = memory::format_tag;

static const auto f32 = memory::data_type::f32;
static engine cpu(engine::kind::cpu, 0);
static stream queue(cpu);

// filled returns memory with values.
static memory filled(const desc &d) {
  memory m(d, cpu);
  float *p = (float *)m.get_data_handle();
  for (size_t i = 0; i < d.get_size() / 4; i++) p[i] = (float)(i * 2654435761u % 1000) / 1000 - .5f;
  return m;
}

struct call {
  primitive op;
  std::unordered_map<int, memory> args;
};

static void execute(void *arg) {
  call *c = (call *)arg;
  c->op.execute(queue, c->args);
  queue.wait();
}

struct product {
  char ta, tb;
  dim m, n, k, lda, ldb;
  float *a, *b, *c;
};

static void sgemm(void *arg) {
  product *p = (product *)arg;
  dnnl_sgemm(p->ta, p->tb, p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->n);
}

static double plain_product(const std::string &op, dim m, dim n, dim k) {
  product p{op[0], op[1], m, n, k, op[0] == 'N' ? k : m, op[1] == 'N' ? n : k, values(m * k), values(k * n), values(m * n)};
  double s = seconds(sgemm, &p);
  free(p.a), free(p.b), free(p.c);
  return s;
}

// layer times y = x·Wᵀ with x and y as they are and W packed.
static double layer(dim m, dim n, dim k) {
  desc x({m, k}, f32, tag::ab), w({n, k}, f32, tag::any), y({m, n}, f32, tag::ab);
  inner_product_forward::primitive_desc d({prop_kind::forward_inference, x, w, y}, cpu);
  call c{inner_product_forward(d), {{DNNL_ARG_SRC, filled(x)}, {DNNL_ARG_WEIGHTS, filled(d.weights_desc())}, {DNNL_ARG_DST, filled(y)}}};
  return seconds(execute, &c);
}

static double convolution(const std::string &op, long batch, std::istream &in) {
  long c, h, w, o, r, stride, pad, groups;
  in >> c >> h >> w >> o >> r >> stride >> pad >> groups;
  dims strides{stride, stride}, pads{pad, pad};
  desc x({batch, c, h, w}, f32, tag::any), bias({o}, f32, tag::x);
  desc y({batch, o, (h + 2 * pad - r) / stride + 1, (w + 2 * pad - r) / stride + 1}, f32, tag::any);
  desc weights(groups > 1 ? dims{groups, o / groups, c / groups, r, r} : dims{o, c, r, r}, f32, tag::any);
  convolution_forward::primitive_desc fwd({prop_kind::forward_training, algorithm::convolution_auto, x, weights, bias, y, strides, pads, pads}, cpu);
  call run;
  if (op == "fwd") {
    run = {convolution_forward(fwd), {{DNNL_ARG_SRC, filled(fwd.src_desc())}, {DNNL_ARG_WEIGHTS, filled(fwd.weights_desc())},
                                      {DNNL_ARG_BIAS, filled(bias)}, {DNNL_ARG_DST, filled(fwd.dst_desc())}}};
  } else if (op == "data") {
    convolution_backward_data::primitive_desc d({algorithm::convolution_auto, x, weights, y, strides, pads, pads}, cpu, fwd);
    run = {convolution_backward_data(d), {{DNNL_ARG_DIFF_SRC, filled(d.diff_src_desc())}, {DNNL_ARG_WEIGHTS, filled(d.weights_desc())},
                                          {DNNL_ARG_DIFF_DST, filled(d.diff_dst_desc())}}};
  } else {
    convolution_backward_weights::primitive_desc d({algorithm::convolution_auto, x, weights, y, strides, pads, pads}, cpu, fwd);
    run = {convolution_backward_weights(d), {{DNNL_ARG_SRC, filled(d.src_desc())}, {DNNL_ARG_DIFF_WEIGHTS, filled(d.diff_weights_desc())},
                                             {DNNL_ARG_DIFF_DST, filled(d.diff_dst_desc())}}};
  }
  return seconds(execute, &run);
}

// answer returns the seconds of a run, 0 for what the variant does not do.
static double answer(bool packed, const std::string &line) {
  std::istringstream in(line);
  std::string suite, op, name, weights;
  long batch;
  in >> suite >> op >> name >> batch;
  if (suite == "conv" && !packed) return convolution(op, batch, in);
  if (suite != "gemm") return 0;
  dim m, n, k;
  in >> m >> n >> k >> weights;
  if (!packed) return plain_product(op, m, n, k);
  return weights == "B" && op == "NT" ? layer(m, n, k) : 0;
}

int main(int argc, char **argv) {
  bool packed = argc == 2 && !strcmp(argv[1], "packed");
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      double s = answer(packed, line);
      s > 0 ? printf("%.9g\n", s) : puts("-");
    } catch (const error &e) {
      printf("error: %s\n", e.what());
    }
    fflush(stdout);
  }
}
