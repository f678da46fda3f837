/*
 * The engine of CPU clusters: MPI, of whatever family mpicc belongs to. Errors are returned, not fatal, so that the one who
 * called can say which collective it was.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "ct_comm.h"

static MPI_Comm world;
static char sentence[MPI_MAX_ERROR_STRING + 64];

static int failed(const char* what, int code) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  snprintf(sentence, sizeof sentence, "%s: %s", what, text);
  return 1;
}
static MPI_Request* fresh(void** request) {
  *request = malloc(sizeof(MPI_Request));
  return (MPI_Request*)*request;
}
static int started(const char* what, int code, void** request) {
  if (code == MPI_SUCCESS) return 0;
  free(*request);
  *request = NULL;
  return failed(what, code);
}
static int gather(void* self, const void* in, void* out, int64_t bytes, void** request) {
  (void)self;
  MPI_Request* r = fresh(request);
  return started("MPI_Iallgather", r == NULL ? MPI_ERR_NO_MEM : MPI_Iallgather(in, (int)bytes, MPI_BYTE, out, (int)bytes, MPI_BYTE, world, r), request);
}
static int send_(void* self, const void* from, int64_t bytes, int32_t to, int32_t tag, void** request) {
  (void)self;
  MPI_Request* r = fresh(request);
  return started("MPI_Isend", r == NULL ? MPI_ERR_NO_MEM : MPI_Isend(from, (int)bytes, MPI_BYTE, to, tag, world, r), request);
}
static int receive(void* self, void* to, int64_t bytes, int32_t from, int32_t tag, void** request) {
  (void)self;
  MPI_Request* r = fresh(request);
  return started("MPI_Irecv", r == NULL ? MPI_ERR_NO_MEM : MPI_Irecv(to, (int)bytes, MPI_BYTE, from, tag, world, r), request);
}
static int test(void* self, void* request, int32_t* done) {
  (void)self;
  int flag = 0;
  const int code = MPI_Test((MPI_Request*)request, &flag, MPI_STATUS_IGNORE);
  *done = flag;
  if (flag || code != MPI_SUCCESS) free(request);
  return code == MPI_SUCCESS ? 0 : failed("MPI_Test", code);
}
static void abort_(void* self, int32_t code) {
  (void)self;
  MPI_Abort(MPI_COMM_WORLD, code);
}
static int close_(void* self) {
  (void)self;
  MPI_Comm_free(&world);
  const int code = MPI_Finalize();
  return code == MPI_SUCCESS ? 0 : failed("MPI_Finalize", code);
}
static const char* why(void* self) {
  (void)self;
  return sentence;
}
static ct_comm_v1 table = {CT_COMM_VERSION, 0, 1, 0, NULL, gather, send_, receive, test, abort_, close_, why};

__attribute__((visibility("default"))) const ct_comm_v1* ct_comm_open(char* to, int64_t room) {
  int provided = 0;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided);
  if (code != MPI_SUCCESS || provided < MPI_THREAD_MULTIPLE) {
    snprintf(to, (size_t)room, "MPI_Init_thread gave error %d and thread level %d of %d", code, provided, MPI_THREAD_MULTIPLE);
    return NULL;
  }
  MPI_Comm near;
  MPI_Comm_dup(MPI_COMM_WORLD, &world);
  MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
  MPI_Comm_rank(world, &table.rank);
  MPI_Comm_size(world, &table.size);
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, table.rank, MPI_INFO_NULL, &near);
  MPI_Comm_rank(near, &table.local);
  MPI_Comm_free(&near);
  return &table;
}
