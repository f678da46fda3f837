// Programs large enough that tasks are really shared out: how results are cut may follow from sizes only.
#include <cmath>

#include "test/programs.hpp"

namespace cot::test {
namespace {

/// Channels last, or first where they are few. Some image is made, or the weights (which 2).
Words conv(double which, double n, double c, double o, double groups, double in, double kernel, double stride, bool last, DType d = F32) {
  const double pad = (kernel - 1) / 2, out = (in + 2 * pad - kernel) / stride + 1, size = double(sizeOf(d));
  const double elements[3] = {n * c * in * in, o * c / groups * kernel * kernel, n * o * out * out};   // x, w, y
  const int made = which == 0 ? 2 : which == 1 ? 0 : 1;
  std::vector<BufferWords> buffers;
  int places[3];
  for (int b = 0, given = 0; b < 3; b++) {
    places[b] = b;
    buffers.push_back({b == made ? 1 : 0, elements[b] * size, b == made ? 0.0 : double(given++)});
  }
  const auto image = [&](int b, double channels, double side) {
    return view(places[b], d, 0, last ? Words{channels * side * side, 1, side * channels, channels} : Words{channels * side * side, side * side, side, 1});
  };
  return program(buffers, {instruction(Kind::conv, {{which, 2, n, c, o, groups}, {in, in, kernel, kernel, std::floor(out), std::floor(out), stride, stride, pad, pad, 1, 1}, image(0, c, in),
                                                    view(places[1], d, 0, {c / groups * kernel * kernel, kernel * kernel, kernel, 1}), image(2, o, std::floor(out))})});
}
Words pool(double which, double n, double c, double side, double kernel, double stride, bool last) {
  const double out = (side - kernel) / stride + 1, whole = n * c * side * side * 4, windows = n * c * out * out * 4;
  const auto image = [&](int b, double s) { return view(b, F32, 0, last ? Words{c * s * s, 1, s * c, c} : Words{c * s * s, s * s, s, 1}); };
  std::vector<Words> parts{{which}, listed({n, c}), {2, side, side, kernel, kernel, out, out, stride, stride, 0, 0, 1, 1}, image(0, side), image(1, out)};
  std::vector<BufferWords> buffers{{0, whole, 0}, {which == 0 ? 1 : 0, windows, which}};
  if (which == 1) {
    parts.push_back(image(2, side));
    buffers.push_back({1, whole, 0});
  }
  return program(buffers, {instruction(Kind::pool, parts)});
}
/// A factorization of x xᵀ, which is symmetric and positive definite as some of them want it.
Words factor(double which, double flags, double n, const std::vector<Words>& outs, DType d) {
  const double size = double(sizeOf(d));
  std::vector<BufferWords> buffers{{0, n * 2 * n * size, 0}, {2, n * n * size, 0}};
  std::vector<Words> parts{{which, flags}, listed({}), {n, n, 0}, view(1, d, 0, {n, 1})};
  for (size_t i = 0; i < outs.size(); i++) {
    const DType t = which == 2 && i > 0 ? I32 : d;
    double elements = 1;
    for (const double k : outs[i]) elements *= k;
    parts.push_back(view(int(buffers.size()), t, 0, outs[i].size() == 2 ? Words{outs[i][1], 1} : Words{1}));
    buffers.push_back({1, elements * double(sizeOf(t)), double(i)});
  }
  return program(buffers, {instruction(Kind::dot, {listed({}), {n, n, 2 * n}, view(0, d, 0, {2 * n, 1}), view(0, d, 0, {1, 2 * n}), view(1, d, 0, {n, 1})}), instruction(Kind::factor, parts)});
}
Words cumulative(double op, double reverse, double rows, double length, bool columns) {
  const Words strides = columns ? Words{1, rows} : Words{length, 1};
  return program({{0, rows * length * 4, 0}, {1, rows * length * 4, 0}}, {instruction(Kind::cumulative, {{op, reverse}, listed({rows, length}), view(0, F32, 0, strides), view(1, F32, 0, strides)})});
}
Words sorted(Kind k, double rows, double length, DType d) {
  const DType out = k == Kind::argsort ? I32 : d;
  return program({{0, rows * length * double(sizeOf(d)), 0}, {1, rows * length * double(sizeOf(out)), 0}},
                 {instruction(k, {listed({rows, length}), view(0, d, 0, {length, 1}), view(1, out, 0, {length, 1})})});
}
/// 256 rows of `width` numbers, to which `many` are added, many to the same.
Words scattered(double many, double width) {
  return program({{0, many * width * 4, 0}, {0, many, 1}, {1, 256 * width * 4, 0}},
                 {instruction(Kind::scatterAdd, {listed({}), {256}, listed({many}), listed({width}), view(0, F32, 0, {width, 1}), view(1, U8, 0, {1}), view(2, F32, 0, {width, 1})})});
}
/// Products, functions and sums of rows, each of matrices that are there already; the sums lie in the same place.
Words anything(uint64_t seed) {
  Random r(seed);
  constexpr int matrices = 9;
  const double n = double(150 + r.below(150)), bytes = n * n * 4;
  std::vector<BufferWords> buffers{{0, bytes, 0}, {0, bytes, 1}};
  for (int i = 2; i < matrices; i++) buffers.push_back({1, bytes, double(i - 2)});
  buffers.push_back({2, n * 4, 0});
  std::vector<Words> list;
  const auto loop = [&](double reduced, const std::vector<Words>& sources, const Words& operation, SinkKind how, const Words& to) {
    Words sink{double(int(how)), double(sources.size())};
    append(sink, to);
    list.push_back(instruction(Kind::loop, {listed({n, n}), {reduced}, group(sources), group({operation}), group({sink})}));
  };
  for (int made = 2; made < matrices; made++) {
    const auto any = [&] { return view(int(r.below(made)), F32, 0, r.below(2) == 0 ? Words{n, 1} : Words{1, n}); };
    const Words x = any(), y = any(), out = view(made, F32, 0, {n, 1});
    switch (r.below(3)) {
      case 0: list.push_back(instruction(Kind::dot, {listed({}), {n, n, n}, x, y, out})); break;
      case 1: loop(0, {source(x), source(y)}, op(Code::atan2_, F32, F32, {0, 1}), SinkKind::store, out); break;
      default:
        loop(1, {source(x)}, op(Code::tanh_, F32, F32, {0}), r.below(2) == 0 ? SinkKind::sum : SinkKind::max, view(matrices, F32, 0, {1}));
        loop(0, {source(view(matrices, F32, 0, {1, 0})), source(y)}, op(Code::add_, F32, F32, {0, 1}), SinkKind::store, out);
    }
  }
  return program(buffers, list);
}

}  // namespace

std::vector<Words> large() {
  std::vector<Words> all;
  for (const double which : {0, 1, 2}) {
    all.push_back(conv(which, 4, 3, 16, 1, 33, 5, 1, false));     // few channels, first
    all.push_back(conv(which, 4, 3, 32, 1, 65, 7, 2, false));
    all.push_back(conv(which, 4, 64, 64, 1, 28, 3, 1, true));     // last: Winograd, strips, panels
    all.push_back(conv(which, 3, 48, 80, 1, 57, 3, 1, true));
    all.push_back(conv(which, 2, 256, 256, 1, 7, 3, 1, true));
    all.push_back(conv(which, 4, 64, 96, 1, 29, 3, 2, true));
    all.push_back(conv(which, 4, 64, 128, 1, 28, 1, 1, true));
    all.push_back(conv(which, 4, 64, 128, 1, 29, 1, 2, true));
    all.push_back(conv(which, 4, 32, 48, 4, 20, 3, 1, true));     // groups, one channel each
    all.push_back(conv(which, 4, 64, 64, 64, 40, 3, 1, true));
    all.push_back(conv(which, 2, 16, 24, 1, 20, 3, 1, false, F64));
  }
  for (const double which : {0, 1})
    for (const bool last : {false, true}) {
      all.push_back(pool(which, 4, 32, 56, 2, 2, last));
      all.push_back(pool(which, 4, 32, 57, 3, 2, last));
    }
  for (const double op : {1, 2, 3})
    for (const bool columns : {false, true}) {
      all.push_back(cumulative(op, 0, 50, 5000, columns));
      all.push_back(cumulative(op, 1, 1, 400000, columns));
    }
  all.push_back(scattered(20000, 48));
  all.push_back(scattered(300000, 1));
  for (const DType d : {F32, F64, I32}) {
    all.push_back(sorted(Kind::sort, 1, 300000, d));
    all.push_back(sorted(Kind::argsort, 1, 300000, d));
    all.push_back(sorted(Kind::argsort, 60, 4000, d));
  }
  for (const DType d : {F32, F64}) {
    const double n = 210;
    all.push_back(factor(0, 0, n, {{n, n}}, d));
    all.push_back(factor(2, 0, n, {{n, n}, {n}, {n}}, d));
    all.push_back(factor(3, 0, n, {{n, n}, {n, n}}, d));
    all.push_back(factor(4, 0, n, {{n}, {n, n}}, d));
    all.push_back(factor(5, 0, n, {{n, n}, {n}, {n, n}}, d));
    all.push_back(factor(6, 0, 60, {{60}, {60}, {60, 60}, {60, 60}}, d));
  }
  for (uint64_t seed = 1; seed <= 12; seed++) all.push_back(anything(seed));
  return all;
}

}  // namespace cot::test
