// Linear algebra on dense row-major matrices in work memory, for f32 and f64. Everything large is a product by gemm; what is
// left are short loops whose sums have a fixed number of lanes. So no bit depends on the threads or the instruction set.
#pragma once
#include <cmath>
#include <cstring>
#include <functional>

#include "cpu/block.hpp"
#include "cpu/gemm.hpp"

/// Once a matrix, not once a row: small code rather than fast code.
#define COT_COLD __attribute__((cold, noinline))
/// Worth a loop of its own, not a copy of it wherever it is used.
#define COT_APART __attribute__((noinline))

namespace cot { namespace COT_ISA {

/// Who does the products: all threads of the team for one matrix, or one thread alone.
template <class T> struct Space {
  Frame* f;     // null: alone
  char* work;   // gemm's memory when alone

  /// C (+)= A B.
  void product(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, bool add) const;
  /// C += A B for the upper triangle of a square C with its diagonal (and, in tiles, a little of what lies below). `first` is
  /// called, with gemm's memory, when the first rows and columns are done, beside the others.
  void halfProduct(int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, const std::function<void(char*)>& first = nullptr) const;
  /// fn(task, memory), side by side or one after the other.
  template <class F> void tasks(int64_t n, double micros, int64_t bytes, const F& fn) const {
    if (f == nullptr) {
      for (int64_t t = 0; t < n; t++) fn(t, work);
      return;
    }
    forTasks(*f, n, micros, [&](int64_t t, Scratch& s) { fn(t, s.need(bytes)); });
  }
  /// fn(from, to) for parts of 0..n that may be treated one by one, cut at multiples of `unit`.
  template <class F> void split(int64_t n, int64_t unit, double micros, const F& fn) const {
    if (f == nullptr || micros < 24 || n <= unit) return n > 0 ? fn(int64_t(0), n) : void();
    const int64_t part = ceilDiv(ceilDiv(n, 2 * threadCount()), unit) * unit;
    forTasks(*f, ceilDiv(n, part), micros, [&](int64_t t, Scratch&) { fn(t * part, least(n, (t + 1) * part)); });
  }
  /// fn(block) for blocks whose number depends on sizes only.
  template <class F> void each(int64_t n, double micros, const F& fn) const {
    tasks(n, micros, 0, [&](int64_t t, char*) { fn(t); });
  }
};

/// Memory handed out front to back. A dry room has none: it learns how much there must be.
class Room {
 public:
  explicit Room(char* memory) : at(reinterpret_cast<uintptr_t>(memory)) {}
  template <class T> T* get(int64_t n) {
    T* got = reinterpret_cast<T*>(at + uintptr_t(used));
    used += (most(n, 1) * int64_t(sizeof(T)) + 63) / 64 * 64;
    return got;
  }
  bool dry() const { return at == 0; }
  int64_t bytes() const { return used; }

 private:
  uintptr_t at;
  int64_t used = 0;
};

/// 64 bytes of numbers, as many vectors as that takes: gcc passes one of that size through memory where registers are narrower.
template <class T> struct Wide {
  using S = Simd<T>;
  static constexpr int lanes = 64 / int(sizeof(T)), parts = lanes / S::lanes;
  typename S::V v[parts];

  static inline Wide load(const T* p) {
    Wide x;
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) x.v[i] = S::load(p + i * S::lanes);
    return x;
  }
  inline void store(T* p) const {
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) S::store(p + i * S::lanes, v[i]);
  }
  friend inline Wide operator+(Wide x, const Wide& y) {
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) x.v[i] += y.v[i];
    return x;
  }
  friend inline Wide operator*(Wide x, const Wide& y) {
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) x.v[i] *= y.v[i];
    return x;
  }
  friend inline Wide operator*(T s, Wide x) {
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) x.v[i] *= s;
    return x;
  }
  /// Number by number; a NaN in y is passed over.
  friend inline Wide larger(Wide x, const Wide& y) {
#pragma GCC unroll 8
    for (int i = 0; i < parts; i++) x.v[i] = y.v[i] > x.v[i] ? y.v[i] : x.v[i];
    return x;
  }
  /// By halves, whatever the vectors.
  template <class F> inline T joined(const F& f) const {
    alignas(64) T t[lanes];
    store(t);
    for (int w = lanes / 2; w > 0; w /= 2)
      for (int l = 0; l < w; l++) t[l] = f(t[l], t[l + w]);
    return t[0];
  }
  inline T sum() const { return joined([](T x, T y) { return x + y; }); }
};
/// Sum of products; y += s x; the largest size; the Euclidean length without overflow; neither NaN nor infinity; to = from turned.
template <class T> T inner(int64_t n, const T* x, const T* y);
template <class T> void addScaled(int64_t n, T s, const T* x, T* y);
template <class T> T sizeOfAll(int64_t n, const T* x);
template <class T> T length(int64_t n, const T* x);
template <class T> bool allFinite(int64_t n, const T* x);
template <class T> void turn(int64_t rows, int64_t columns, const T* from, int64_t ldf, T* to, int64_t ldt);
template <class T> void negate(int64_t rows, int64_t columns, T* x, int64_t ld);
/// A reflection I - tau v vT that leaves only the first element of x: v[0] = 1 is stored, the new first element returned.
template <class T> T reflection(int64_t n, T* x, T& tau);

/// Reflections by blocks: row j of v is the j-th vector, zero before place j + shift and 1 there; t holds -T, a triangle a
/// block, with H_a .. H_b = I + VT (-T) V.
constexpr int64_t blockSize = 32;
template <class T> struct Reflections {
  int64_t count, length, shift;
  T *v, *t, *tau, *w;              // count x length, count x blockSize, count; work
  Reflections(Room& room, int64_t count, int64_t length, int64_t shift, int64_t columns)
      : count(count), length(length), shift(shift), v(room.get<T>(count * length)), t(room.get<T>(count * blockSize)),
        tau(room.get<T>(count)), w(room.get<T>(2 * blockSize * most(columns, length))) {}
  int64_t sizeAt(int64_t from) const { return least(blockSize, count - from); }
  /// From the vectors from.. of one block, their -T.
  void close(const Space<T>&, int64_t from) const;
  /// Rows from + shift.. of x = H x (or HT x), for the block at `from`.
  void apply(const Space<T>&, int64_t from, bool transposed, int64_t columns, T* x, int64_t ldx) const;
  /// q (length x columns) = H_0 H_1 .. of the identity.
  void form(const Space<T>&, int64_t columns, T* q, int64_t ldq) const;
};
/// L X = B, L lower triangular, X in the place of B but negated.
template <class T> void forwardNegated(const Space<T>&, int64_t n, int64_t k, Matrix<T> l, bool unit, T* b, int64_t ldb);

/// The algorithms, on dense matrices. In a dry room they only say what memory they want. False: there is no factorization.
template <class T> bool choleskyIn(const Space<T>&, Room&, int64_t n, T* a);
template <class T> void luIn(const Space<T>&, Room&, int64_t m, int64_t n, T* a, int32_t* pivots, int32_t* order);
/// a becomes R above its diagonal; q: m x p.
template <class T> void qrIn(const Space<T>&, Room&, int64_t m, int64_t n, int64_t p, T* a, T* q);
/// w ascending, eigenvectors as rows.
template <class T> bool eighIn(const Space<T>&, Room&, int64_t n, T* a, T* w, T* vt);
/// m >= n: s descending; left vectors as rows of ut (full: m of them, else n), right ones as rows of vt.
template <class T> bool svdIn(const Space<T>&, Room&, int64_t m, int64_t n, bool full, T* a, T* ut, T* s, T* vt);

/// Plane rotations of two rows, put off and applied many sweeps at a time to strips of columns.
template <class T> class Rotations {
 public:
  Rotations(Room& room, int64_t rows);
  /// Rows x = i and y = j become c x - s y and s x + c y.
  void add(int64_t i, int64_t j, double c, double s) { list[count++] = {int32_t(i), int32_t(j), T(c), T(s)}; }
  bool full(int64_t more) const { return count + more > room; }
  void apply(const Space<T>&, int64_t columns, T* x, int64_t ldx);

 private:
  struct One { int32_t row, other; T c, s; };
  struct Chain { int32_t first, count; bool up; };
  /// Cuts the list into chains; their number.
  int64_t link();
  /// One chain, or it and the next; how many.
  template <bool up> int64_t turn(const Chain* c, bool last, T* x, int64_t ldx) const;
  int64_t room, count = 0;
  One* list;
  Chain* chains;
};

}}  // namespace cot::COT_ISA
