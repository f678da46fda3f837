#include <tuple>

#include "core/comm.hpp"
#include "test/programs.hpp"

namespace cot::test {

static Words loopOf(const Words& dims, double reduced, const std::vector<Words>& sources, const std::vector<Words>& ops,
                    const std::vector<Words>& sinks) {
  return instruction(Kind::loop, {listed(dims), {reduced}, group(sources), group(ops), group(sinks)});
}
/// A loop at the end of another instruction: without a code and a length of its own.
static Words ending(const Words& loop) { return Words(loop.begin() + 2, loop.end()); }
static Words sink(SinkKind k, double reg, const Words& v) {
  Words w{double(int(k)), reg};
  append(w, v);
  return w;
}

std::vector<Words> samples() {
  std::vector<Words> all;
  // Elementwise with broadcasting, a transposed source, an index, an immediate, a slot, an arena.
  all.push_back(program(
      {{0, 35 * 4, 0}, {0, 7 * 4, 1}, {1, 35 * 4, 0}, {2, 35 * 4, 64}, {3, 4, 0}},
      {loopOf({5, 7}, 0,
              {source(view(0, F32, 0, {1, 5})), source(view(1, F32, 6, {0, -1})), {2, F32, 1}, immediate(F32, 2), source(view(4, F32, 0, {0, 0}))},
              {op(Code::add_, F32, F32, {0, 1}), op(Code::mul_, F32, F32, {5, 2}), op(Code::max_, F32, F32, {6, 3}), op(Code::exp_, F32, F32, {7}), op(Code::add_, F32, F32, {8, 4})},
              {sink(SinkKind::store, 9, view(3, F32, 0, {7, 1}))}),
       loopOf({35}, 0, {source(view(3, F32, 0, {1}))}, {op(Code::tanh_, F32, F32, {0})}, {sink(SinkKind::store, 1, view(2, F32, 0, {1}))})}));
  // Reductions along rows and columns, several sinks, more than one chunk.
  for (const bool columns : {false, true})
    all.push_back(program(
        {{0, 6 * 1500 * 4, 0}, {1, 24, 0}, {1, 24, 1}, {1, 24, 2}, {1, 6 * 1500 * 4, 3}},
        {loopOf({6, 1500}, 1, {source(view(0, F32, 0, columns ? Words{1, 6} : Words{1500, 1}))}, {op(Code::mul_, F32, F32, {0, 0})},
                {sink(SinkKind::sum, 1, view(1, F32, 0, {1})), sink(SinkKind::argmax, 0, view(2, I32, 0, {1})), sink(SinkKind::max, 1, view(3, F32, 0, {1})),
                 sink(SinkKind::store, 1, view(4, F32, 0, columns ? Words{1, 6} : Words{1500, 1}))})}));
  // A row's reductions read by its own later operations: short rows, whole vectors of 16 and of 8, none, and one of several chunks.
  for (const double length : {10.0, 40.0, 64.0, 72.0, 101.0, 1500.0})
    all.push_back(program(
        {{0, 12 * length * 4, 0}, {1, 12 * length * 4, 0}, {1, 48, 1}, {1, 48, 2}, {1, 48, 3}},
        {loopOf({12, length}, 1, {source(view(0, F32, 0, {length, 1})), {3, F32, 0}, {3, F32, 1}, immediate(F32, 2)},
                {op(Code::sub_, F32, F32, {0, 1}), op(Code::exp_, F32, F32, {4}), op(Code::mul_, F32, F32, {2, 3}), op(Code::div_, F32, F32, {5, 6})},
                {sink(SinkKind::max, 0, view(2, F32, 0, {1})), sink(SinkKind::sum, 5, view(3, F32, 0, {1})), sink(SinkKind::row, 6, view(4, F32, 0, {1})),
                 sink(SinkKind::store, 7, view(1, F32, 0, {length, 1}))})}));
  // One element a row picked by its place, and what is one value a row read from memory, also by what is computed once a row.
  for (const double length : {1.0, 10.0, 40.0, 64.0, 101.0, 1500.0})
    all.push_back(program(
        {{0, 12 * length * 4, 0}, {0, 48, 1}, {2, 48, 0}, {1, 12 * length * 4, 0}, {1, 48, 1}, {1, 48, 2}, {1, 48, 3}, {1, 48, 4}},
        {loopOf({12}, 0, {{2, I32, 0}}, {}, {sink(SinkKind::store, 0, view(2, I32, 0, {1}))}),
         loopOf({12, length}, 1,
                {source(view(0, F32, 0, {length, 1})), source(view(2, I32, 0, {1, 0})), {2, I32, 1}, {3, F32, 0}, {3, F32, 1}, source(view(1, F32, 11, {-1, 0}))},
                {op(Code::eq_, I32, Bool, {1, 2}), op(Code::sub_, F32, F32, {0, 3}), op(Code::exp_, F32, F32, {7}), op(Code::mul_, F32, F32, {4, 5}), op(Code::where_, F32, F32, {6, 8, 9})},
                {sink(SinkKind::max, 0, view(4, F32, 0, {1})), sink(SinkKind::sum, 8, view(5, F32, 0, {1})), sink(SinkKind::row, 9, view(6, F32, 0, {1})),
                 sink(SinkKind::store, 10, view(3, F32, 0, {length, 1})), sink(SinkKind::sum, 10, view(7, F32, 0, {1}))})}));
  // Long enough for code: floats with a mask, a choice, integers, a function between two groups, doubles; odd numbers of elements.
  const double many = 3001;
  all.push_back(program(
      {{0, many * 4, 0}, {0, many * 4, 1}, {0, 4, 2}, {1, many * 4, 0}, {1, many, 1}, {1, many * 4, 2}, {1, 4, 3}},
      {loopOf({many}, 1,
              {source(view(0, F32, 0, {1})), source(view(1, F32, many - 1, {-1})), source(view(2, F32, 0, {0})), immediate(F32, 2), source(view(0, I32, 0, {1}))},
              {op(Code::mul_, F32, F32, {0, 1}), op(Code::lt_, F32, Bool, {5, 2}), op(Code::max_, F32, F32, {5, 2}), op(Code::exp_, F32, F32, {7}),
               op(Code::where_, F32, F32, {6, 8, 3}), op(Code::rsqrt_, F32, F32, {9}), op(Code::sub_, F32, F32, {10, 0}), op(Code::mul_, I32, I32, {4, 4}),
               op(Code::gt_, I32, Bool, {12, 4}), op(Code::and_, Bool, Bool, {13, 6}), op(Code::not_, Bool, Bool, {14}), op(Code::cast_, Bool, F32, {15}), op(Code::div_, F32, F32, {11, 16}), op(Code::max_, I32, I32, {12, 4})},
              {sink(SinkKind::store, 17, view(3, F32, 0, {1})), sink(SinkKind::store, 14, view(4, Bool, 0, {1})), sink(SinkKind::store, 18, view(5, I32, 0, {1})), sink(SinkKind::sum, 11, view(6, F32, 0, {}))})}));
  all.push_back(program({{0, many * 8, 0}, {1, many * 8, 0}},
                        {loopOf({many}, 0, {source(view(0, F64, 0, {1})), immediate(F64, 3)},
                                {op(Code::mul_, F64, F64, {0, 1}), op(Code::abs_, F64, F64, {2}), op(Code::sqrt_, F64, F64, {3}), op(Code::min_, F64, F64, {4, 0}), op(Code::floor_, F64, F64, {5})},
                                {sink(SinkKind::store, 6, view(1, F64, 0, {1}))})}));
  // Halves of all bits, as they lie, one of them everywhere, chosen, and made of each other.
  all.push_back(program(
      {{0, many * 4, 0}, {0, many * 2, 1}, {0, many * 2, 2}, {1, many * 2, 0}, {1, many * 2, 1}, {1, many * 2, 2}, {1, many * 2, 3}, {1, many * 4, 4}},
      {loopOf({many}, 0,
              {source(view(0, F32, 0, {1})), source(view(1, F16, 0, {1})), source(view(2, BF16, many - 1, {-1})), source(view(1, F16, 5, {0})), source(view(2, BF16, 7, {0})), immediate(F32, 1.7)},
              {op(Code::lt_, F32, Bool, {0, 5}), op(Code::where_, F16, F16, {6, 1, 3}), op(Code::where_, BF16, BF16, {6, 4, 2}), op(Code::cast_, F16, F32, {7}), op(Code::cast_, BF16, F32, {8}),
               op(Code::mul_, F32, F32, {9, 5}), op(Code::mul_, F32, F32, {10, 5}), op(Code::cast_, F32, BF16, {11}), op(Code::cast_, F32, F16, {12}), op(Code::cast_, BF16, F32, {13}), op(Code::mul_, F32, F32, {15, 0})},
              {sink(SinkKind::store, 7, view(3, F16, 0, {1})), sink(SinkKind::store, 8, view(4, BF16, 0, {1})), sink(SinkKind::store, 13, view(5, BF16, 0, {1})), sink(SinkKind::store, 14, view(6, F16, many - 1, {-1})),
               sink(SinkKind::store, 16, view(7, F32, 0, {1}))})}));
  // Rows of halves, with what is one half a row.
  for (const DType half : {F16, BF16})
    for (const double length : {40.0, 64.0, 77.0, 256.0})
      all.push_back(program(
          {{0, 12 * length * 4, 0}, {2, 12 * length * 2, 0}, {1, 12 * length * 2, 0}, {1, 24, 1}, {1, 48, 2}},
          {loopOf({12 * length}, 0, {source(view(0, F32, 0, {1}))}, {op(Code::cast_, F32, half, {0})}, {sink(SinkKind::store, 1, view(1, half, 0, {1}))}),
           loopOf({12, length}, 1, {source(view(1, half, 0, {length, 1})), source(view(1, half, 0, {0, 1})), {3, F32, 0}},
                  {op(Code::cast_, half, F32, {0}), op(Code::cast_, half, F32, {1}), op(Code::cast_, F32, half, {2}), op(Code::cast_, half, F32, {5}), op(Code::sub_, F32, F32, {3, 6}), op(Code::mul_, F32, F32, {7, 4}),
                   op(Code::cast_, F32, half, {8})},
                  {sink(SinkKind::sum, 3, view(4, F32, 0, {1})), sink(SinkKind::row, 5, view(3, half, 0, {1})), sink(SinkKind::store, 9, view(2, half, 0, {length, 1}))})}));
  // Products: plain, batched with an epilogue, integers.
  all.push_back(program({{0, 13 * 21 * 4, 0}, {0, 21 * 37 * 4, 1}, {1, 13 * 37 * 4, 0}, {0, 37 * 4, 2}},
                        {instruction(Kind::dot, {listed({}), {13, 37, 21}, view(0, F32, 0, {21, 1}), view(1, F32, 0, {1, 21}), view(2, F32, 0, {37, 1}),
                                                 ending(loopOf({13, 37}, 0, {source(view(3, F32, 0, {0, 1})), immediate(F32, 0), source(view(2, F32, 0, {37, 1}))},
                                                               {op(Code::add_, F32, F32, {2, 0}), op(Code::max_, F32, F32, {3, 1})}, {sink(SinkKind::store, 4, view(2, F32, 0, {37, 1}))}))})}));
  all.push_back(program({{0, 3 * 8 * 5 * 8, 0}, {0, 5 * 9 * 8, 1}, {1, 3 * 8 * 9 * 8, 0}},
                        {instruction(Kind::dot, {listed({3}), {8, 9, 5}, view(0, F64, 0, {40, 1, 8}), view(1, F64, 0, {0, 9, 1}), view(2, F64, 0, {72, 1, 8})})}));
  all.push_back(program({{0, 30 * 4, 0}, {0, 35 * 4, 1}, {1, 42 * 4, 0}},
                        {instruction(Kind::dot, {listed({}), {6, 7, 5}, view(0, I32, 0, {5, 1}), view(1, I32, 0, {7, 1}), view(2, I32, 0, {7, 1})})}));
  // Convolutions.
  for (double which : {0, 1, 2}) {
    const int y = which == 0 ? 2 : which == 1 ? 0 : 1, x = which == 1 ? 2 : 0, w = which == 2 ? 2 : 1;
    const double xs = 2 * 4 * 9 * 8 * 4, ws = 6 * 2 * 3 * 2 * 4, ys = 2 * 6 * 4 * 3 * 4;
    const double bytes[3] = {which == 1 ? ys : xs, which == 2 ? ys : ws, which == 0 ? ys : which == 1 ? xs : ws};
    all.push_back(program({{0, bytes[0], 0}, {0, bytes[1], 1}, {1, bytes[2], 0}},
                          {instruction(Kind::conv, {{which, 2, 2, 4, 6, 2}, {9, 8}, {3, 2}, {4, 3}, {2, 3}, {0, 1}, {1, 1},
                                                    view(x, F32, 0, {288, 72, 8, 1}), view(w, F32, 0, {12, 6, 2, 1}), view(y, F32, 0, {72, 12, 3, 1})})}));
  }
  // Large enough for the kernels that do not unfold: 5 images, 6 to 16 channels, 15 x 15 to 13 x 13; strided and dilated.
  for (double which : {0, 1, 2})
    for (const bool strided : {false, true}) {
      const int y = which == 0 ? 2 : which == 1 ? 0 : 1, x = which == 1 ? 2 : 0, w = which == 2 ? 2 : 1;
      const double out = strided ? 6 : 13;
      const double xs = 5 * 6 * 225 * 4, ws = 16 * 6 * 9 * 4, ys = 5 * 16 * out * out * 4;
      const double bytes[3] = {which == 1 ? ys : xs, which == 2 ? ys : ws, which == 0 ? ys : which == 1 ? xs : ws};
      const Words window = strided ? Words{15, 15, 3, 3, out, out, 2, 2, 1, 0, 2, 1} : Words{15, 15, 3, 3, out, out, 1, 1, 0, 0, 1, 1};
      all.push_back(program({{0, bytes[0], 0}, {0, bytes[1], 1}, {1, bytes[2], 0}},
                            {instruction(Kind::conv, {{which, 2, 5, 6, 16, 1}, window, view(x, F32, 0, {1350, 225, 15, 1}), view(w, F32, 0, {54, 9, 3, 1}),
                                                      view(y, F32, 0, {16 * out * out, out * out, out, 1})})}));
    }
  // Convolutions that go on with a loop: over rows of few channels, over channels last by Winograd and not, over groups; into the
  // same place, and beside it with a mask.
  const auto followed = [&](double n, double c, double o, double groups, double in, double stride, bool last, DType d) {
    const double out = (in - 1) / stride + 1, bytes = double(sizeOf(d)), outs = n * o * out * out;
    const Words xs = last ? Words{c * in * in, 1, in * c, c} : Words{c * in * in, in * in, in, 1}, ys = last ? Words{o * out * out, 1, out * o, o} : Words{o * out * out, out * out, out, 1};
    for (const bool beside : {false, true}) {
      const Words y = view(2, d, 0, ys);
      std::vector<Words> sinks{sink(SinkKind::store, 4, view(beside ? 4 : 2, d, 0, ys))};
      if (beside) sinks.push_back(sink(SinkKind::store, 5, view(5, Bool, 0, ys)));
      all.push_back(program({{0, n * c * in * in * bytes, 0}, {0, o * c / groups * 9 * bytes, 1}, {1, outs * bytes, 0}, {0, o * bytes, 2}, {1, beside ? outs * bytes : 0, 1}, {1, beside ? outs : 0, 2}},
                   {instruction(Kind::conv, {{0, 2, n, c, o, groups}, {in, in, 3, 3, out, out, stride, stride, 1, 1, 1, 1}, view(0, d, 0, xs), view(1, d, 0, {c / groups * 9, 9, 3, 1}), y,
                                             ending(loopOf({n, o, out, out}, 0, {source(view(3, d, 0, {0, 1, 0, 0})), immediate(d, 0), source(y)},
                                                           {op(Code::add_, d, d, {2, 0}), op(Code::max_, d, d, {3, 1}), op(Code::gt_, d, Bool, {3, 1})}, sinks))})}));
    }
  };
  followed(3, 2, 5, 1, 13, 1, false, F32);
  followed(3, 2, 5, 1, 11, 2, false, F32);
  followed(2, 4, 6, 2, 12, 1, false, F64);
  followed(2, 16, 32, 1, 14, 1, true, F32);
  followed(2, 20, 37, 1, 9, 1, true, F32);
  followed(2, 16, 32, 1, 11, 2, true, F32);
  // Weights of size 0: nothing is unfolded.
  for (double which : {0, 1, 2}) {
    const int y = which == 0 ? 2 : which == 1 ? 0 : 1, x = which == 1 ? 2 : 0, w = which == 2 ? 2 : 1;
    const double xs = 5 * 6 * 225 * 4, ys = 5 * 16 * 16 * 13 * 4;
    const double bytes[3] = {which == 1 ? ys : xs, which == 2 ? ys : 0, which == 0 ? ys : which == 1 ? xs : 0};
    all.push_back(program({{0, bytes[0], 0}, {0, bytes[1], 1}, {1, bytes[2], 0}},
                          {instruction(Kind::conv, {{which, 2, 5, 6, 16, 1}, {15, 15, 0, 3, 16, 13, 1, 1, 0, 0, 1, 1}, view(x, F32, 0, {1350, 225, 15, 1}), view(w, F32, 0, {0, 0, 3, 1}),
                                                    view(y, F32, 0, {16 * 16 * 13, 16 * 13, 13, 1})})}));
  }
  // Many channels: 20 to 37, Winograd and not, channels last.
  for (double which : {0, 1, 2})
    for (const bool strided : {false, true}) {
      const int y = which == 0 ? 2 : which == 1 ? 0 : 1, x = which == 1 ? 2 : 0, w = which == 2 ? 2 : 1;
      const double out = strided ? 4 : 7;
      const double xs = 2 * 20 * 49 * 4, ws = 37 * 20 * 9 * 4, ys = 2 * 37 * out * out * 4;
      const double stride = strided ? 2 : 1;
      all.push_back(program({{0, which == 1 ? ys : xs, 0}, {0, which == 2 ? ys : ws, 1}, {1, which == 0 ? ys : which == 1 ? xs : ws, 0}},
                            {instruction(Kind::conv, {{which, 2, 2, 20, 37, 1}, {7, 7, 3, 3, out, out, stride, stride, 1, 1, 1, 1}, view(x, F32, 0, {980, 1, 140, 20}),
                                                      view(w, F32, 0, {180, 9, 3, 1}), view(y, F32, 0, {37 * out * out, 1, 37 * out, 37})})}));
    }
  // Weights that become panels: single elements, elements furthest apart, more elements than are turned at a time.
  for (double which : {0, 1}) {
    const int y = which == 0 ? 2 : 0, x = which == 0 ? 0 : 2;
    const auto sample = [&](double c, double o, double in, double kernel, double out, const Words& strides) {
      const double xs = 2 * c * in * in * 4, ws = o * c * kernel * kernel * 4, ys = 2 * o * out * out * 4;
      all.push_back(program({{0, which == 1 ? ys : xs, 0}, {0, ws, 1}, {1, which == 0 ? ys : xs, 0}},
                            {instruction(Kind::conv, {{which, 2, 2, c, o, 1}, {in, in, kernel, kernel, out, out, 2, 2, 0, 0, 1, 1}, view(x, F32, 0, {c * in * in, 1, in * c, c}),
                                                      view(1, F32, 0, strides), view(y, F32, 0, {o * out * out, 1, o * out, o})})}));
    };
    sample(20, 37, 7, 1, 4, {20, 1, 1, 1});
    sample(20, 37, 7, 1, 4, {1, 37, 1, 1});
    sample(18, 33, 7, 3, 3, {1, 33, 3 * 33 * 18, 33 * 18});
    sample(18, 33, 7, 3, 3, {9, 33 * 9, 3, 1});
    sample(16, 17, 14, 13, 1, {16 * 169, 169, 13, 1});
    sample(16, 17, 14, 13, 1, {1, 17 * 169, 13 * 17, 17});
  }
  // Windows over images with channels last.
  for (double which : {0, 1}) {
    std::vector<Words> parts{{which}, listed({2, 20}), {2, 7, 6, 3, 2, 3, 3, 2, 2, 0, 1, 1, 1}, view(0, F32, 0, {840, 1, 120, 20})};
    std::vector<BufferWords> buffers{{0, 2 * 840 * 4, 0}, {which == 0 ? 1 : 0, 2 * 180 * 4, which}};
    parts.push_back(view(1, F32, 0, {180, 1, 60, 20}));
    if (which == 1) {
      buffers.push_back({1, 2 * 840 * 4, 0});
      parts.push_back(view(2, F32, 0, {840, 1, 120, 20}));
    }
    all.push_back(program(buffers, {instruction(Kind::pool, parts)}));
  }
  // 2 x 2 windows side by side, an odd row and column left over.
  for (const double width : {13, 31})
    for (double which : {0, 1}) {
      const double half = (width - 1) / 2;
      std::vector<Words> parts{{which}, listed({3}), {2, 7, width, 2, 2, 3, half, 2, 2, 0, 0, 1, 1}, view(0, F32, 0, {7 * width, width, 1})};
      std::vector<BufferWords> buffers{{0, 3 * 7 * width * 4, 0}, {which == 0 ? 1 : 0, 3 * 3 * half * 4, which}};
      parts.push_back(view(1, F32, 0, {3 * half, half, 1}));
      if (which == 1) {
        buffers.push_back({1, 3 * 7 * width * 4, 0});
        parts.push_back(view(2, F32, 0, {7 * width, width, 1}));
      }
      all.push_back(program(buffers, {instruction(Kind::pool, parts)}));
    }
  // A transposed copy in tiles.
  all.push_back(program({{0, 60 * 48 * 4, 0}, {0, 60 * 48 * 4, 1}, {1, 60 * 48 * 4, 0}},
                        {loopOf({60, 48}, 0, {source(view(0, F32, 0, {1, 60})), source(view(1, F32, 0, {48, 1}))}, {op(Code::add_, F32, F32, {0, 1})},
                                {sink(SinkKind::store, 2, view(2, F32, 0, {48, 1}))})}));
  // Pooling and its gradient.
  for (double which : {0, 1}) {
    std::vector<Words> parts{{which}, listed({2, 3}), {2, 7, 6, 3, 2, 3, 3, 2, 2, 0, 1, 1, 1}, view(0, F32, 0, {126, 42, 6, 1})};
    std::vector<BufferWords> buffers{{0, 6 * 42 * 4, 0}, {which == 0 ? 1 : 0, 6 * 9 * 4, which}};
    parts.push_back(view(1, F32, 0, {27, 9, 3, 1}));
    if (which == 1) {
      buffers.push_back({1, 6 * 42 * 4, 0});
      parts.push_back(view(2, F32, 0, {126, 42, 6, 1}));
    }
    all.push_back(program(buffers, {instruction(Kind::pool, parts)}));
  }
  // Gather and scatter-add.
  all.push_back(program({{0, 2 * 5 * 3 * 4, 0}, {0, 2 * 4 * 4, 1}, {1, 2 * 4 * 3 * 4, 0}},
                        {instruction(Kind::gather, {listed({2}), {5}, listed({4}), listed({3}), view(0, F32, 0, {15, 3, 1}), view(1, I32, 0, {4, 1}), view(2, F32, 0, {12, 3, 1})})}));
  all.push_back(program({{0, 2 * 4 * 3 * 4, 0}, {0, 2 * 4, 1}, {1, 2 * 5 * 3 * 4, 0}},
                        {instruction(Kind::scatterAdd, {listed({2}), {5}, listed({4}), listed({3}), view(0, F32, 0, {12, 3, 1}), view(1, U8, 0, {4, 1}), view(2, F32, 0, {15, 3, 1})})}));
  // Scans and sorts.
  all.push_back(program({{0, 60 * 4, 0}, {1, 60 * 4, 0}}, {instruction(Kind::cumulative, {{1, 1}, listed({3, 20}), view(0, F32, 0, {1, 3}), view(1, F32, 0, {20, 1})})}));
  all.push_back(program({{0, 3 * 90 * 8, 0}, {1, 3 * 90 * 4, 0}}, {instruction(Kind::argsort, {listed({3, 90}), view(0, F64, 0, {90, 1}), view(1, I32, 0, {90, 1})})}));
  all.push_back(program({{0, 66000 * 4, 0}, {1, 66000 * 4, 0}, {1, 9000 * 4, 1}},
                        {instruction(Kind::sort, {listed({66000}), view(0, F32, 0, {1}), view(1, F32, 0, {1})}),
                         instruction(Kind::sort, {listed({3, 3000}), view(0, I32, 0, {3000, 1}), view(2, I32, 0, {1, 3})})}));
  all.push_back(program({{0, 66000 * 4, 0}, {1, 66000 * 4, 0}}, {instruction(Kind::argsort, {listed({66000}), view(0, F32, 0, {1}), view(1, I32, 0, {1})})}));
  // Transforms: in lanes, by a chirp, cut in two, and a long chirp.
  for (const auto& [lines, n, d] : {std::tuple<int, int, DType>{3, 12, F32}, {2, 17, F64}, {1, 4096, F32}, {1, 1031, F64}}) {
    const double size = double(sizeOf(d)), bytes = 2.0 * lines * n * size;
    all.push_back(program({{0, bytes, 0}, {1, bytes, 0}}, {instruction(Kind::dft, {{double(n % 2), 0.5}, listed({double(lines), double(n)}), view(0, d, 0, {2.0 * n, 2, 1}), view(1, d, 0, {2.0 * n, 2, 1})})}));
  }
  // Factorizations of two matrices, one of them read by columns: which, flags, m, n, k and the sizes that follow from them.
  const auto factor = [&](double which, double flags, double m, double n, double k, const std::vector<Words>& ins, const std::vector<Words>& outs, DType d) {
    std::vector<BufferWords> buffers;
    std::vector<Words> parts{{which, flags}, listed({2}), {m, n, k}};
    const auto put = [&](int kind, double at, const Words& shape, DType t) {
      double size = 1;
      Words strides;
      for (size_t i = shape.size(); i-- > 0; size *= shape[i]) strides.insert(strides.begin(), size);
      if (kind == 0 && shape.size() == 2) strides = {1, shape[0]};
      strides.insert(strides.begin(), size);
      buffers.push_back({kind, 2 * size * double(sizeOf(t)), at});
      parts.push_back(view(int(buffers.size()) - 1, t, 0, strides));
    };
    for (size_t i = 0; i < ins.size(); i++) put(0, double(i), ins[i], d);
    for (size_t i = 0; i < outs.size(); i++) put(1, double(i), outs[i], which == 2 && i > 0 ? I32 : d);
    all.push_back(program(buffers, {instruction(Kind::factor, parts)}));
  };
  for (const double n : {5.0, 70.0, 180.0}) {
    const double m = n + 9;
    const DType d = n == 70 ? F64 : F32;
    for (double both = 0; both < 2; both++) factor(0, both, n, n, 0, {{n, n}}, {{n, n}}, d);
    if (n < 10)
      for (double flags = 0; flags < 8; flags++) factor(1, flags, n, n, 3, {{n, n}, {n, 3}}, {{n, 3}}, d);
    factor(2, 0, m, n, 0, {{m, n}}, {{m, n}, {n}, {m}}, d);
    factor(2, 0, n, m, 0, {{n, m}}, {{n, m}, {n}, {n}}, d);
    factor(3, 0, m, n, 0, {{m, n}}, {{m, n}, {n, n}}, d);
    factor(3, 1, m, n, 0, {{m, n}}, {{m, m}, {m, n}}, d);
    factor(4, 0, n, n, 0, {{n, n}}, {{n}, {n, n}}, d);
    if (n < 100) factor(6, 0, n, n, 0, {{n, n}}, {{n}, {n}, {n, n}, {n, n}}, d);
    factor(5, 0, n, m, 0, {{n, m}}, {{n, n}, {n}, {n, m}}, d);
    factor(5, 1, m, n, 0, {{m, n}}, {{m, m}, {n}, {n, n}}, d);
  }
  // Attention and its gradient: of several blocks, causal or not, with a bias that repeats and a mask, read by strides.
  const auto attention = [&](double flags, double t, double s, double d, double e, DType type) {
    const bool gradient = (int(flags) & 1) != 0, biased = (int(flags) & 4) != 0, masked = (int(flags) & 8) != 0, moves = (int(flags) & 16) != 0;
    const double h = 2;
    std::vector<BufferWords> buffers;
    std::vector<Words> parts{{flags, 0.25}, listed({2}), {t, s, h, d, e}};
    int places[2] = {0, 0};
    const auto put = [&](int kind, double elements, DType what, const Words& strides) {
      parts.push_back(view(int(buffers.size()), what, 0, strides));
      buffers.push_back({kind, elements * double(sizeOf(what)), double(places[kind]++)});
    };
    const auto three = [&](int kind, double rows, double width) { put(kind, 2 * rows * h * width, type, {rows * h * width, h * width, width, 1}); };
    const auto rows = [&](int kind) { put(kind, 2 * h * t, type, {h * t, t, 1}); };
    three(0, t, d);
    put(0, 2 * s * h * d, type, {s * h * d, 1, s, s * h});   // by columns
    three(0, s, e);
    if (biased) put(0, 2 * s, type, {s, 0, 0, 1});
    if (masked) put(0, t * s, Bool, {0, 0, s, 1});
    if (!gradient) three(1, t, e);
    rows(gradient ? 0 : 1);
    rows(gradient ? 0 : 1);
    if (gradient) {
      three(0, t, e);
      rows(0);
      three(1, t, d);
      three(1, s, d);
      three(1, s, e);
      if (moves) put(1, 2 * h * t * s, type, {h * t * s, t * s, s, 1});
    }
    all.push_back(program(buffers, {instruction(Kind::attention, parts)}));
  };
  for (double flags = 0; flags < 32; flags++) {
    if (flags >= 16 && (int(flags) & 5) != 5) continue;   // only a gradient of a bias moves one
    attention(flags, 9, 21, 5, 3, F64);
    attention(flags, 70, 40, 8, 20, F32);
  }
  for (const double flags : {0.0, 2.0, 1.0, 3.0}) attention(flags, 130, 530, 17, 5, F32);
  // Control.
  const Words step = loopOf({4}, 0, {source(view(0, F32, 0, {1}, {0, 4})), source(view(1, F32, 0, {1}))}, {op(Code::add_, F32, F32, {0, 1})}, {sink(SinkKind::store, 2, view(2, F32, 0, {1}, {0, 4}))});
  all.push_back(program({{0, 48, 0}, {2, 16, 0}, {1, 48, 0}, {0, 1, 1}},
                        {loopOf({4}, 0, {immediate(F32, 1)}, {}, {sink(SinkKind::store, 0, view(1, F32, 0, {1}))}),
                         instruction(Kind::repeat, {{0, 3}, block({step})}),
                         instruction(Kind::cond, {view(3, Bool, 0, {}), block({loopOf({12}, 0, {immediate(F32, 1)}, {}, {sink(SinkKind::store, 0, view(2, F32, 0, {1}))})}), block({})})}));
  // Each kind of exchange, in a group of one.
  const auto wait = [](double left) { return instruction(Kind::wait, {{left}}); };
  for (double how = 0; how < hows; how++) {
    Words label{double(how), 1, 4, 'p', 's', 'u', 'm'};
    all.push_back(program({{0, 6 * 4, 0}, {1, 6 * 4, 0}},
                          {instruction(Kind::exchange, {label, listed({1, 6}), view(0, F32, 0, {6, 1}), view(1, F32, 0, how == int(How::gather) ? Words{6, 6, 1} : how == int(How::scatter) ? Words{1} : Words{6, 1})}), wait(0)}));
  }
  // Several under way, and bodies with exchanges of their own meanwhile.
  const double wide = 3000;
  const auto sum = [&](int to) { return instruction(Kind::exchange, {{0, 1, 1, 's'}, listed({wide}), view(0, F32, 0, {1}), view(to, F32, 0, {1})}); };
  const auto fill = [&](int to) { return loopOf({wide}, 0, {immediate(F32, 1)}, {}, {sink(SinkKind::store, 0, view(to, F32, 0, {1}))}); };
  all.push_back(program({{0, wide * 4, 0}, {1, wide * 4, 0}, {1, wide * 4, 1}, {1, wide * 4, 2}, {1, wide * 4, 3}, {0, 1, 1}},
                        {sum(1), fill(3), sum(2), fill(4), wait(1), fill(1), instruction(Kind::repeat, {{0, 3}, block({sum(3), wait(0), sum(4), fill(3), wait(0)})}),
                         instruction(Kind::cond, {view(5, Bool, 0, {}), block({sum(3), sum(4), wait(1), fill(3), wait(0)}), block({wait(0), fill(2)})}), wait(0), fill(2)}));
  // A state updated from itself: outputs may lie over inputs; what the second loop reads may not be written before.
  for (const DType d : {F32, F64, I32}) {
    const double n = 1003, bytes = n * double(sizeOf(d));
    const auto whole = [&](int b) { return view(b, d, 0, {1}); };
    const Words update = loopOf({n}, 0, {source(whole(0)), source(whole(1)), source(whole(2)), source(whole(3))},
                                {op(Code::add_, d, d, {1, 3}), op(Code::mul_, d, d, {4, 3}), op(Code::sub_, d, d, {0, 5}), op(Code::mul_, d, d, {2, 2})},
                                {sink(SinkKind::store, 6, whole(4)), sink(SinkKind::store, 4, whole(5)), sink(SinkKind::store, 7, whole(6))});
    const Words turned = loopOf({n}, 0, {source(view(3, d, n - 1, {-1}))}, {op(d == I32 ? Code::neg_ : Code::sin_, d, d, {0})}, {sink(SinkKind::store, 1, whole(7))});
    const Words last = loopOf({n}, 0, {source(whole(3))}, {op(d == I32 ? Code::neg_ : Code::sin_, d, d, {0})}, {sink(SinkKind::store, 1, whole(8))});
    for (const auto& list : {std::vector<Words>{update, turned, last}, std::vector<Words>{turned, update, last}, std::vector<Words>{last, turned, update}})
      all.push_back(program({{0, bytes, 0}, {0, bytes, 1}, {0, bytes, 2}, {0, bytes, 3}, {1, bytes, 0}, {1, bytes, 1}, {1, bytes, 2}, {1, bytes, 3}, {1, bytes, 4}}, list));
  }
  // Five devices: each squares its row in memory of its own, multiplies it by a matrix of all, and sums what it got in a repeat.
  const double k = 96, lie = 2 * 64 * k;
  const Words squared = loopOf({32, k}, 0, {source(view(0, F32, 0, {k, 1}, {0, 32 * k}))}, {op(Code::mul_, F32, F32, {0, 0})}, {sink(SinkKind::store, 1, view(3, F32, 0, {k, 1}))});
  const Words times = instruction(Kind::dot, {listed({}), {32, k, k}, view(3, F32, 0, {k, 1}), view(1, F32, 0, {k, 1}), view(2, F32, 0, {k, 1}, {0, 32 * k})});
  const Words summed = loopOf({k}, 1, {source(view(2, F32, 0, {1}, {0, 32 * k, 1, k}))}, {}, {sink(SinkKind::sum, 0, view(4, F32, 0, {}, {0, 32, 1, 1}))});
  all.push_back(program({{0, 5 * 32 * k * 4, 0}, {0, k * k * 4, 1}, {1, 5 * 32 * k * 4, 0}, {4, 32 * k * 4, 128, lie}, {1, 5 * 32 * 4, 1}},
                        {instruction(Kind::gang, {{0, 5}, block({squared, times, instruction(Kind::repeat, {{1, 32}, block({summed})})})})}));
  // x doubles while it is below 100.
  all.push_back(program({{1, 4, 0}, {2, 1, 0}},
                        {loopOf({}, 0, {immediate(F32, 3)}, {}, {sink(SinkKind::store, 0, view(0, F32, 0, {}))}),
                         instruction(Kind::while_, {view(1, Bool, 0, {}),
                                                    block({loopOf({}, 0, {source(view(0, F32, 0, {})), immediate(F32, 100)}, {op(Code::lt_, F32, Bool, {0, 1})}, {sink(SinkKind::store, 2, view(1, Bool, 0, {}))})}),
                                                    block({loopOf({}, 0, {source(view(0, F32, 0, {}))}, {op(Code::add_, F32, F32, {0, 0})}, {sink(SinkKind::store, 1, view(0, F32, 0, {}))})})})}));
  return all;
}

}  // namespace cot::test
