#include "core/fourier.hpp"

#include <cmath>
#include <complex>
#include <list>
#include <mutex>

namespace cot {
namespace {

using Complex = std::complex<double>;
constexpr double tau = 6.283185307179586476925286766559;
constexpr int largestRadix = 13;
constexpr int64_t cacheBytes = int64_t(64) << 20;

/// e^(-2 pi i k / n), the angle brought into the first octant so that every digit is right.
Complex root(int64_t k, int64_t n) {
  const int64_t e = int64_t((static_cast<__int128>(k % n) * 8) / n);  // octant
  const double past = double(static_cast<__int128>(k % n) * 8 - static_cast<__int128>(e) * n) / double(n) / 8;
  const double left = double(static_cast<__int128>(e + 1) * n - static_cast<__int128>(k % n) * 8) / double(n) / 8;
  const double a = tau * ((e & 1) == 0 ? past : left), c = std::cos(a), s = std::sin(a);
  switch (e) {
    case 0: return {c, -s};
    case 1: return {s, -c};
    case 2: return {-s, -c};
    case 3: return {-c, -s};
    case 4: return {-c, s};
    case 5: return {-s, c};
    case 6: return {s, c};
    default: return {c, s};
  }
}
/// The radices of n; empty when a prime is too large (or n is 1).
std::vector<int> radicesOf(int64_t n) {
  std::vector<int> r;
  while (n % 4 == 0) { r.push_back(4); n /= 4; }
  for (int p = 2; p <= largestRadix; p++)
    while (n % p == 0) { r.push_back(p); n /= p; }
  if (n != 1) r.clear();
  return r;
}
bool smooth(int64_t n) { return n == 1 || !radicesOf(n).empty(); }
/// The smallest 2^a 3^b 5^c that is at least n.
int64_t roomy(int64_t n) {
  int64_t best = 1;
  while (best < n) best *= 2;
  for (int64_t five = 1; five < best; five *= 5)
    for (int64_t three = five; three < best; three *= 3) {
      int64_t two = three;
      while (two < n) two *= 2;
      if (two < best) best = two;
    }
  return best;
}
template <class T> void put(std::vector<T>& to, Complex z) {
  to.push_back(T(z.real()));
  to.push_back(T(z.imag()));
}
template <class T> void whole(Fourier<T>& f) {
  f.radices = radicesOf(f.n);
  int64_t length = f.n;
  for (int r : f.radices) {
    const int64_t m = length / r;
    for (int64_t p = 0; p < m; p++)
      for (int k = 1; k < r; k++) put(f.roots, root(p * k, length));
    length = m;
  }
}
template <class T> bool inTwo(Fourier<T>& f) {
  int64_t d = int64_t(std::sqrt(double(f.n))) + 1;
  while (d > 1 && f.n % d != 0) d--;
  if (d < 8) return false;
  f.rows = fourierOf<T>(f.n / d, false);
  f.columns = fourierOf<T>(d, false);
  constexpr int64_t L = lanesOf<T>;
  for (int64_t c = 0; c < d; c += L)
    for (int64_t r = 0; r < f.n / d; r++) put(f.coarse, root(r * c, f.n));
  for (int64_t r = 0; r < f.n / d; r++)
    for (int64_t c = 0; c < L; c++) put(f.fine, root(r * c, f.n));
  return true;
}
/// In double precision, recursively: for the chirp only. `roots` are those of the whole size.
void transform(const Complex* x, int64_t stride, Complex* y, int64_t n, const std::vector<Complex>& roots) {
  if (n == 1) {
    y[0] = x[0];
    return;
  }
  int64_t r = 2;
  while (n % r != 0) r++;
  const int64_t m = n / r, size = int64_t(roots.size());
  for (int64_t k = 0; k < r; k++) transform(x + k * stride, stride * r, y + k * m, m, roots);
  Complex part[largestRadix];
  for (int64_t p = 0; p < m; p++) {
    for (int64_t k = 0; k < r; k++) part[k] = y[p + k * m] * roots[size_t(p * k * (size / n))];
    for (int64_t j = 0; j < r; j++) {
      Complex sum = 0;
      for (int64_t k = 0; k < r; k++) sum += part[k] * roots[size_t(j * k % r * (size / r))];
      y[p + j * m] = sum;
    }
  }
}
template <class T> void chirped(Fourier<T>& f, bool cut) {
  const int64_t n = f.n, size = roomy(2 * n - 1);
  f.padded = fourierOf<T>(size, cut);
  std::vector<Complex> line(size_t(size), 0), spectrum(static_cast<size_t>(size));
  for (int64_t j = 0; j < n; j++) {
    const Complex c = root(int64_t(static_cast<__int128>(j) * j % (2 * n)), 2 * n);
    put(f.chirp, c);
    line[size_t(j)] = std::conj(c) / double(size);
    if (j > 0) line[size_t(size - j)] = line[size_t(j)];
  }
  std::vector<Complex> roots;
  for (int64_t k = 0; k < size; k++) roots.push_back(root(k, size));
  transform(line.data(), 1, spectrum.data(), size, roots);
  for (const Complex& z : spectrum) put(f.kernel, z);
}
template <class T> std::shared_ptr<const Fourier<T>> make(int64_t n, bool cut) {
  auto f = std::make_shared<Fourier<T>>();
  f->n = n;
  if (!smooth(n)) chirped(*f, cut);
  else if (!((cut || n > wholeLimit) && n >= 64 && inTwo(*f))) whole(*f);
  return f;
}

/// The tables used last come first.
template <class T> struct Cache {
  struct Entry {
    int64_t n;
    bool cut;
    std::shared_ptr<const Fourier<T>> table;
  };
  std::mutex mutex;
  std::list<Entry> entries;
  int64_t bytes = 0;

  static int64_t sizeOf(const Fourier<T>& f) {
    return int64_t(sizeof(T)) * int64_t(f.roots.size() + f.coarse.size() + f.fine.size() + f.chirp.size() + f.kernel.size());
  }
  std::shared_ptr<const Fourier<T>> find(int64_t n, bool cut) {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto e = entries.begin(); e != entries.end(); ++e)
      if (e->n == n && e->cut == cut) {
        entries.splice(entries.begin(), entries, e);
        return entries.front().table;
      }
    return nullptr;
  }
  void keep(int64_t n, bool cut, const std::shared_ptr<const Fourier<T>>& table) {
    std::lock_guard<std::mutex> lock(mutex);
    entries.push_front({n, cut, table});
    bytes += sizeOf(*table);
    while (bytes > cacheBytes && entries.size() > 1) {
      bytes -= sizeOf(*entries.back().table);
      entries.pop_back();
    }
  }
};

}  // namespace

template <class T> std::shared_ptr<const Fourier<T>> fourierOf(int64_t n, bool cut) {
  static Cache<T> cache;
  auto found = cache.find(n, cut);
  if (found == nullptr) {
    found = make<T>(n, cut);
    cache.keep(n, cut, found);
  }
  return found;
}
template std::shared_ptr<const Fourier<float>> fourierOf<float>(int64_t, bool);
template std::shared_ptr<const Fourier<double>> fourierOf<double>(int64_t, bool);

}  // namespace cot
