// OpenBLAS: openblas LIBRARY. For every line "gemm OP NAME BATCH M N K WEIGHTS" it prints the seconds that a product takes.
// OPENBLAS_NUM_THREADS says how many threads. Any library with cblas_sgemm will do.
#include <dlfcn.h>
#include "measure.h"

typedef void (*sgemm_t)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

static sgemm_t sgemm;

struct product {
  int ta, tb, m, n, k, lda, ldb;
  float *a, *b, *c;
};

static void run(void *arg) {
  struct product *p = (struct product *)arg;
  sgemm(101, p->ta, p->tb, p->m, p->n, p->k, 1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->n);
}

int main(int argc, char **argv) {
  void *lib = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!lib || !(sgemm = (sgemm_t)dlsym(lib, "cblas_sgemm"))) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: openblas LIBRARY");
    return 1;
  }
  char line[512], op[8];
  while (fgets(line, sizeof line, stdin)) {
    struct product p;
    if (sscanf(line, "gemm %7s %*s %*d %d %d %d", op, &p.m, &p.n, &p.k) != 4) {
      puts("-");
    } else {
      p.ta = op[0] == 'N' ? 111 : 112, p.tb = op[1] == 'N' ? 111 : 112;
      p.lda = op[0] == 'N' ? p.k : p.m, p.ldb = op[1] == 'N' ? p.n : p.k;
      p.a = values((size_t)p.m * p.k), p.b = values((size_t)p.k * p.n), p.c = values((size_t)p.m * p.n);
      printf("%.9g\n", seconds(run, &p));
      free(p.a), free(p.b), free(p.c);
    }
    fflush(stdout);
  }
}
