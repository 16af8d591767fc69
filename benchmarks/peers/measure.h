// How the programs in C measure, as workloads.Run.Seconds does: some runs to warm up, for 20 ms at least, and the median of 5 samples
// of 40 ms at least, 3 of runs longer than 100 ms.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void (*run_t)(void *);

static double now(void) {
  struct timespec t;
  const char *clock = getenv("COMPARE_CLOCK");
  clock_gettime(clock && !strcmp(clock, "processor") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static inline double times(int n, run_t run, void *arg) {
  double start = now();
  for (int i = 0; i < n; i++) run(arg);
  return (now() - start) / n;
}

static inline int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

// seconds returns how long a run takes.
static inline double seconds(run_t run, void *arg) {
  double once = times(2, run, arg), s[5];
  once = times((int)(0.02 / once) + 1, run, arg);
  int n = once > 0.1 ? 3 : 5;
  for (int i = 0; i < n; i++) s[i] = times((int)(0.04 / once) + 1, run, arg);
  qsort(s, n, sizeof *s, ascending);
  return s[n / 2];
}

// values returns n numbers between -0.5 and 0.5.
static inline float *values(size_t n) {
  float *p = (float *)aligned_alloc(64, (4 * n + 63) / 64 * 64);
  for (size_t i = 0; i < n; i++) p[i] = (float)(i * 2654435761u % 1000) / 1000 - .5f;
  return p;
}
