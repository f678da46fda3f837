#include "cpu/block.hpp"
#ifdef COT_X86
#include <emmintrin.h>
#endif

namespace cot { namespace COT_ISA {

/// Where n elements from `linear` on are whole tiles of the two innermost dims, calls run(offset, done) for each.
template <class F> static inline bool forTiles(const Walk& w, int64_t linear, int64_t n, const F& run) {
  const int last = w.rank - 1;
  if (last < 1 || w.dims[last] < 4) return false;
  const int64_t tile = w.dims[last - 1] * w.dims[last];
  if (tile > n || n % tile != 0 || linear % tile != 0) return false;
  for (int64_t done = 0; done < n; done += tile) run(seek(w, linear + done).offset, done);
  return true;
}
template <class T> static const void* loadAs(const Walk& w, const char* base, int64_t linear, int64_t n, void* buffer) {
  const T* src = reinterpret_cast<const T*>(base);
  T* dst = static_cast<T*>(buffer);
  const int last = w.rank - 1;
  const int64_t stride = w.strides[last];
  if (stride == 1 && linear % w.dims[last] + n <= w.dims[last]) return src + seek(w, linear).offset;
  const bool tiles = forTiles(w, linear, n, [&](int64_t offset, int64_t done) {
    const int64_t rows = w.dims[last - 1], columns = w.dims[last], step = w.strides[last - 1];
    const T* from = src + offset;
    if (stride == 1) for (int64_t i = 0; i < rows; i++) copyRun(dst + done + i * columns, from + i * step, columns);
    else if (step == 1 && stride != 0) transposed(rows, columns, from, stride, dst + done, columns);
    else for (int64_t i = 0; i < rows; i++) copyIn(dst + done + i * columns, from + i * step, stride, columns);
  });
  if (tiles) return buffer;
  forRuns(w, linear, n, [&](int64_t offset, int64_t len, int64_t done) { copyIn(dst + done, src + offset, stride, len); });
  return buffer;
}
const void* load(const Walk& w, Reach reach, const char* base, int64_t linear, int64_t n, void* buffer, int64_t size) {
  if (reach == Reach::whole) return base + linear * size;
  switch (size) {
    case 1: return loadAs<uint8_t>(w, base, linear, n, buffer);
    case 2: return loadAs<uint16_t>(w, base, linear, n, buffer);
    case 4: return loadAs<uint32_t>(w, base, linear, n, buffer);
    default: return loadAs<uint64_t>(w, base, linear, n, buffer);
  }
}
template <class T> static void storeAs(const Walk& w, char* base, int64_t linear, int64_t n, const void* from) {
  T* dst = reinterpret_cast<T*>(base);
  const T* src = static_cast<const T*>(from);
  if (w.rank == 0) {
    dst[0] = src[0];
    return;
  }
  const int last = w.rank - 1;
  const int64_t stride = w.strides[last];
  const bool tiles = forTiles(w, linear, n, [&](int64_t offset, int64_t done) {
    const int64_t rows = w.dims[last - 1], columns = w.dims[last], step = w.strides[last - 1];
    if (stride == 1) for (int64_t i = 0; i < rows; i++) copyRun(dst + offset + i * step, src + done + i * columns, columns);
    else for (int64_t i = 0; i < rows; i++) copyOut(dst + offset + i * step, src + done + i * columns, stride, columns);
  });
  if (tiles) return;
  forRuns(w, linear, n, [&](int64_t offset, int64_t len, int64_t done) { copyOut(dst + offset, src + done, stride, len); });
}
void store(const Walk& w, Reach reach, char* base, int64_t linear, int64_t n, const void* from, int64_t size) {
  if (reach == Reach::whole) {
    std::memmove(base + linear * size, from, size_t(n * size));  // a program may be so wrong as to overlap itself
    return;
  }
  switch (size) {
    case 1: return storeAs<uint8_t>(w, base, linear, n, from);
    case 2: return storeAs<uint16_t>(w, base, linear, n, from);
    case 4: return storeAs<uint32_t>(w, base, linear, n, from);
    default: return storeAs<uint64_t>(w, base, linear, n, from);
  }
}
void fill(void* dst, const void* value, int64_t n, int64_t size) {
  switch (size) {
    case 1: std::memset(dst, *static_cast<const uint8_t*>(value), size_t(n)); return;
    case 2: copyIn(static_cast<uint16_t*>(dst), static_cast<const uint16_t*>(value), 0, n); return;
    case 4: copyIn(static_cast<uint32_t*>(dst), static_cast<const uint32_t*>(value), 0, n); return;
    default: copyIn(static_cast<uint64_t*>(dst), static_cast<const uint64_t*>(value), 0, n);
  }
}
template <class T> static void countUp(void* to, const Walk& w, int64_t linear, int64_t n) {
  T* dst = static_cast<T*>(to);
  const int64_t stride = w.strides[w.rank - 1];
  forRuns(w, linear, n, [&](int64_t offset, int64_t len, int64_t done) {
    for (int64_t i = 0; i < len; i++) dst[done + i] = T(offset + i * stride);
  });
}
void countAs(DType d, void* to, const Walk& w, int64_t linear, int64_t n) {
  switch (d) {
    case Bool: countUp<bool>(to, w, linear, n); return;
    case U8: countUp<uint8_t>(to, w, linear, n); return;
    case U32: case I32: countUp<uint32_t>(to, w, linear, n); return;
    case I64: countUp<int64_t>(to, w, linear, n); return;
    case F32: countUp<float>(to, w, linear, n); return;
    case F64: countUp<double>(to, w, linear, n); return;
    default: return;  // the decoder refuses it
  }
}

#ifdef COT_X86
using Line = __m128i;
static inline void past(char* to, const char* from) {
  _mm_stream_si128(reinterpret_cast<Line*>(to), _mm_loadu_si128(reinterpret_cast<const Line*>(from)));
}
#endif
void stream(char* to, const void* source, int64_t bytes) {
  const char* from = static_cast<const char*>(source);
#ifdef COT_X86
  constexpr int64_t line = sizeof(Line);
  const int64_t head = least(bytes, -int64_t(reinterpret_cast<uintptr_t>(to)) & (line - 1));
  std::memmove(to, from, size_t(head));
  int64_t i = head;
  for (; i + line <= bytes; i += line) past(to + i, from + i);
  std::memmove(to + i, from + i, size_t(bytes - i));
#else
  std::memmove(to, from, size_t(bytes));
#endif
}
void settle() {
#ifdef COT_X86
  _mm_sfence();
#endif
}

}}  // namespace cot::COT_ISA
