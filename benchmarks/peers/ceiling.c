// What the machine reaches: ceiling THREADS [KIND ELEMENTS]… prints for each the kind, the elements and 10⁹ operations or bytes a second:
//
//   fma   chains of fused multiply-adds of the widest vectors, elements 0
//   read  the sum of an array of so many floats
//   copy  an array copied to another; what is read and what is written both count
//
// Threads share the elements. It is the median of 5 samples.
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include "measure.h"

#if defined __AVX512F__
#define BYTES 64
#elif defined __AVX__
#define BYTES 32
#else
#define BYTES 16
#endif
typedef float vector __attribute__((vector_size(BYTES)));

enum { LANES = BYTES / 4, CHAINS = 12, THREADS = 64 };

static int threads;
static long elements, runs; // of a thread
static volatile float sink;

struct worker {
  pthread_barrier_t *start;
  void (*run)(struct worker *);
  float *from, *to;
  double begun, ended;
};

static void fma_chains(struct worker *w) {
  vector a, b;
  for (int i = 0; i < LANES; i++) a[i] = 0.999f, b[i] = 1e-9f;
#define EACH(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11)
#define BEGIN(i) vector c##i = b;
#define STEP(i) c##i = c##i * a + b;
#define KEEP(i) __asm__ volatile("" : "+v"(c##i));
#define END(i) sink += c##i[0];
  EACH(BEGIN)
  for (long n = 0; n < runs; n++) {
    EACH(STEP)
    EACH(KEEP) // every step is taken
  }
  EACH(END)
}

static void read_all(struct worker *w) {
  vector zero = {0}, s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
  for (long r = 0; r < runs; r++) {
    const vector *p = (const vector *)w->from, *end = p + elements / LANES;
    for (; p < end; p += 8) {
      s0 += p[0], s1 += p[1], s2 += p[2], s3 += p[3], s4 += p[4], s5 += p[5], s6 += p[6], s7 += p[7];
    }
    __asm__ volatile("" ::: "memory");
  }
  s0 += s1 + s2 + s3 + s4 + s5 + s6 + s7;
  sink += s0[0];
}

static void copy_all(struct worker *w) {
  for (long r = 0; r < runs; r++) {
    const vector *p = (const vector *)w->from;
    vector *q = (vector *)w->to;
    for (long i = 0; i < elements / LANES; i += 4) {
      vector a = p[i], b = p[i + 1], c = p[i + 2], d = p[i + 3];
      q[i] = a, q[i + 1] = b, q[i + 2] = c, q[i + 3] = d;
      __asm__ volatile("" ::: "memory"); // not a call of memcpy
    }
  }
}

static void *body(void *arg) {
  struct worker *w = arg;
  pthread_barrier_wait(w->start);
  w->begun = now();
  w->run(w);
  w->ended = now();
  return NULL;
}

// together returns the seconds from the first begin to the last end.
static double together(struct worker *w) {
  pthread_t id[THREADS];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, threads);
  double begun = 1e300, ended = 0;
  for (int i = 0; i < threads; i++) w[i].start = &start, pthread_create(&id[i], NULL, body, &w[i]);
  for (int i = 0; i < threads; i++) {
    pthread_join(id[i], NULL);
    if (w[i].begun < begun) begun = w[i].begun;
    if (w[i].ended > ended) ended = w[i].ended;
  }
  pthread_barrier_destroy(&start);
  return ended - begun;
}

// array returns memory for a thread's elements, in huge pages where there are any.
static float *array(void) {
  size_t size = (4 * elements + (4u << 20)) & ~((2ul << 20) - 1);
  char *p = mmap(NULL, size + (2u << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p = (char *)(((size_t)p + (2u << 20) - 1) & ~((2ul << 20) - 1));
  madvise(p, size, MADV_HUGEPAGE);
  memset(p, 0, size);
  return (float *)p;
}

static double rate(const char *kind, long total) {
  struct worker w[THREADS];
  int fma = !strcmp(kind, "fma"), copy = !strcmp(kind, "copy");
  elements = total / threads / (8 * LANES) * (8 * LANES);
  if (!fma && elements == 0) {
    fprintf(stderr, "ceiling: %ld elements are too few for %d threads\n", total, threads);
    exit(1);
  }
  double work = fma ? 2.0 * CHAINS * LANES * threads : (copy ? 8.0 : 4.0) * elements * threads;
  for (int i = 0; i < threads; i++) {
    w[i].run = fma ? fma_chains : copy ? copy_all : read_all;
    w[i].from = fma ? NULL : array(), w[i].to = copy ? array() : NULL;
  }
  for (runs = 1; together(w) < 0.02; runs *= 2) {}
  double s[5];
  for (int i = 0; i < 5; i++) s[i] = together(w) / runs;
  qsort(s, 5, sizeof *s, ascending);
  return work / s[2] * 1e-9;
}

int main(int argc, char **argv) {
  threads = argc > 1 ? atoi(argv[1]) : 0;
  if (threads < 1 || threads > THREADS || argc % 2) {
    fprintf(stderr, "usage: ceiling THREADS [KIND ELEMENTS]...\n");
    return 1;
  }
  for (int i = 2; i < argc; i += 2) printf("%s %s %.6g\n", argv[i], argv[i + 1], rate(argv[i], atol(argv[i + 1])));
}
