/*
 * What processes talk over, as a table of C functions. An engine is a shared library that gives one: mpi.c here, built with
 * the compiler of the MPI family that is installed; NCCL's comes with the CUDA plugin. Bytes go in and out, sums are made by
 * whoever calls. All functions but `abort` are called by one thread at a time. Those that give int give 0, or `why` has a
 * sentence.
 */
#ifndef CT_COMM_H
#define CT_COMM_H
#include <stdint.h>

#define CT_COMM_VERSION 1

typedef struct ct_comm_v1 {
  int32_t version;
  /* This process among all of them, and among those of its machine. */
  int32_t rank, size, local;
  void* self;
  /* Each starts a transfer and returns at once; memory stays as it is until `test` says done. */
  /* What all have, by rank, on each of them: size times `bytes` go to `out`. All call it, in the same order. */
  int (*gather)(void* self, const void* in, void* out, int64_t bytes, void** request);
  /* Two messages with one tag between two processes arrive in the order of their sending. At most 2^30 bytes each. */
  int (*send)(void* self, const void* from, int64_t bytes, int32_t to, int32_t tag, void** request);
  int (*receive)(void* self, void* to, int64_t bytes, int32_t from, int32_t tag, void** request);
  /* Done: the request is gone. */
  int (*test)(void* self, void* request, int32_t* done);
  /* Ends all processes. May be called from any thread, and does not return as a rule. */
  void (*abort)(void* self, int32_t code);
  int (*close)(void* self);
  const char* (*why)(void* self);
} ct_comm_v1;

/* The one symbol of an engine: opens it, or gives null and a sentence. */
typedef const ct_comm_v1* (*ct_comm_open_fn)(char* why, int64_t room);
#define CT_COMM_OPEN "ct_comm_open"

#endif
