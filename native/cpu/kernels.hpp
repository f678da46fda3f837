// The door between core/ (compiled once) and cpu/ (compiled once per instruction set): a table of entry points.
#pragma once
#include "core/ops.hpp"
#include "core/kept.hpp"
#include "core/plan.hpp"
#include "core/threads.hpp"

namespace cot {

struct Attention;
struct Factor;

/// One run of a plan on one thread of control.
struct Frame {
  char* const* base;               // by buffer number
  int64_t counters[maxLevels];     // of the enclosing repeats
  Team* team;                      // null or not ready: run alone
  Scratch* scratch;                // of the thread that runs the plan
  Scratch* shared;                 // for what all threads of one kernel read: partial results
  Kept* const* kept;               // by buffer number, null for most; null: nothing is kept
};
/// What was made of a view in an earlier run, or memory in which to make it, or nothing.
static inline Making keeping(const View& v, const Frame& f, KeptKey key, int64_t floats) {
  return f.kept == nullptr || f.kept[v.buffer] == nullptr ? Making() : f.kept[v.buffer]->find(key, floats * 4);
}
static inline char* addressOf(const View& v, const Frame& f) {
  int64_t at = v.offset;
  for (int i = 0; i < v.steps.size; i++) at += v.steps[i].step * f.counters[v.steps[i].level];
  return f.base[v.buffer] + at * sizeOf(v.dtype);
}

/// C (m x n, rows ldc apart) = or += A B, by strides; what it computes does not depend on the instruction set.
template <class T>
using Gemm = void (*)(int64_t m, int64_t n, int64_t k, const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow,
                      int64_t bColumn, T* c, int64_t ldc, bool add, char* work);

/// A vector is stored where its first elements belong.
constexpr int64_t keysRoom = 16;
/// Where in n the i-th of a sample lies: by the golden ratio, as even as equal steps are, but in step with no period.
static inline int64_t sampleAt(int64_t i, int64_t n) { return int64_t((uint64_t(i) * 0x9e3779b97f4a7c15u >> 32) * uint64_t(n) >> 32); }

struct Kernels {
  const char* name;
  /// The block function of an operation for operands of `dtype`, or null; `*out` is checked against what it gives.
  OpFn (*op)(Code code, DType dtype, DType out);
  /// An operation in a pass, or none.
  LinkFn (*link)(Code code, DType dtype, Made made);
  /// Operations one after the other on each few vectors of a block, bytes from..to, the first and the last of `n` links being
  /// where to begin and where to write: how far it came.
  int64_t (*pass)(Link* links, int n, int64_t from, int64_t to);
  void (*loop)(const Loop&, Frame&);
  /// Several without reductions, of which none touches what another writes.
  void (*loops)(const Instruction* const* first, int32_t n, Frame&);
  /// Work memory of each thread, for a loop without reductions.
  int64_t (*loopBytes)(const Loop&);
  void (*dot)(const Dot&, Frame&);
  void (*conv)(const Conv&, Frame&);
  void (*maxPool)(const MaxPool&, Frame&);
  void (*gather)(const Indexed&, Frame&);
  void (*scatterAdd)(const Indexed&, Frame&);
  void (*cumulative)(const Cumulative&, Frame&);
  void (*sort)(const Sort&, Frame&);
  void (*dft)(const Dft&, Frame&);
  void (*factor)(const Factor&, Frame&);
  void (*attention)(const Attention&, Frame&);
  /// The best products, for kernels that are compiled for narrower sets only.
  Gemm<float> gemmF32;
  Gemm<double> gemmF64;
  /// Chains of fma in registers: how many operations they were. to[0] and to[1] are what each step multiplies with and adds.
  double (*chains)(int64_t rounds, float* to);
  /// Sorts p; moves p, which is lost, to parts of `to` whose keys are not greater than their pivots and greater than those of
  /// the parts before, and says where each begins. q has room for twice p and keysRoom more. Null where vectors cannot be permuted.
  void (*sortKeys)(int32_t* p, int64_t n, int32_t* q);
  void (*partKeys)(int32_t* p, int64_t n, int32_t* to, int32_t* q, const int32_t* pivots, int64_t parts, int32_t** begin);
};
/// The best table that this machine can run (COTANGENT_ISA=baseline|avx2|avx512 asks for less).
const Kernels& kernels();

namespace baseline { extern const Kernels table; }
#ifdef COT_X86
namespace avx2 { extern const Kernels table; }
namespace avx512 { extern const Kernels table; }
#endif

}  // namespace cot
