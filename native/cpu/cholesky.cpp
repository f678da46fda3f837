// A = UT U of a symmetric positive definite matrix, in its upper triangle, whose rows lie along memory; what is below the diagonal
// is read by nobody.
#include <atomic>

#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class T> COT_APART bool choleskyFew(int64_t n, T* a, int64_t ld) {
  constexpr int64_t L = Simd<T>::lanes;
  for (int64_t j = 0; j < n; j++) {
    T* row = a + j * ld;
    if (!(row[j] > 0)) return false;
    const T d = std::sqrt(row[j]);
    for (int64_t c = j; c < n; c++) row[c] /= d;
    row[j] = d;
    for (int64_t i = j + 1; i < n; i++) addScaled(n - i / L * L, -row[i], row + i / L * L, a + i * ld + i / L * L);
  }
  return true;
}
/// x to w, -x in its place.
template <class T> COT_APART void negated(int64_t rows, int64_t columns, T* __restrict x, int64_t ld, T* __restrict w, int64_t ldw) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      w[i * ldw + j] = x[i * ld + j];
      x[i * ld + j] = -x[i * ld + j];
    }
}
/// X for U11T X = A12 in the place of A12, and -X in w.
template <class T> COT_COLD void choleskyRows(const Space<T>& s, int64_t n, int64_t k, T* a, int64_t ld, T* b, T* w, int64_t ldw) {
  forwardNegated(s, n, k, Matrix<T>{a, 1, ld}, false, b, ld);
  negated(n, k, b, ld, w, ldw);
}
template <class T> COT_COLD bool choleskyHalves(const Space<T>& s, int64_t n, T* a, int64_t ld, T* w) {
  if (n <= 32) return choleskyFew(n, a, ld);
  const int64_t half = (n / 2 + 15) / 16 * 16, rest = n - half;
  T* right = a + half;
  if (!choleskyHalves(s, half, a, ld, w)) return false;
  choleskyRows(s, half, rest, a, ld, right, w, rest);
  s.halfProduct(rest, half, {w, 1, rest}, {right, ld, 1}, a + half * (ld + 1), ld);
  return choleskyHalves(s, rest, a + half * (ld + 1), ld, w);
}
/// By rows of blocks. Whoever is done with the next block on the diagonal factors it while the others bring the rest up to date.
template <class T> COT_COLD bool choleskyBlocks(const Space<T>& s, int64_t n, int64_t side, T* a, T* w, T* few) {
  std::atomic<bool> definite{true};
  const auto factor = [&](int64_t at, char* memory) {
    if (!choleskyHalves(Space<T>{nullptr, memory}, least(side, n - at), a + at * (n + 1), n, few)) definite = false;
  };
  s.tasks(1, 0, gemmBytes(side, side, side, sizeof(T)), [&](int64_t, char* memory) { factor(0, memory); });
  for (int64_t at = 0, next = side; next < n && definite; at = next, next += side) {
    const int64_t rest = n - next, width = 96;
    T* right = a + at * n + next;
    s.tasks(ceilDiv(rest, width), double(rest) * double(side) * double(side) * 2e-5, gemmBytes(side, width, side, sizeof(T)), [&](int64_t t, char* memory) {
      choleskyRows(Space<T>{nullptr, memory}, side, least(width, rest - t * width), a + at * (n + 1), n, right + t * width, w + t * width, rest);
    });
    s.halfProduct(rest, side, {w, 1, rest}, {right, n, 1}, a + next * (n + 1), n, [&](char* memory) { factor(next, memory); });
  }
  return definite;
}

}  // namespace

template <class T> COT_COLD bool choleskyIn(const Space<T>& s, Room& room, int64_t n, T* a) {
  constexpr int64_t side = 144;
  T *w = room.get<T>(side * n), *few = room.get<T>(side * side);
  return room.dry() || choleskyBlocks(s, n, side, a, w, few);
}
template bool choleskyIn<float>(const Space<float>&, Room&, int64_t, float*);
template bool choleskyIn<double>(const Space<double>&, Room&, int64_t, double*);

}}  // namespace cot::COT_ISA
