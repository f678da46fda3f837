#include "core/views.hpp"

#include <algorithm>
#include <cstring>

namespace cot {
namespace {

constexpr size_t mostKinds = 64;

}  // namespace

View Views::view(int64_t rank) {
  View v{};
  v.buffer = int32_t(integer(0, plan.buffers.size - 1, "a view's buffer"));
  v.dtype = dtype();
  v.offset = integer(0, maxInteger, "an offset");
  v.strides = integers(rank, -maxInteger, maxInteger, "a stride");
  v.steps = plan.shelf.list<Step>(length("the number of steps", maxLevels));
  for (auto& s : v.steps) {
    s.level = int32_t(integer(0, maxLevels - 1, "a step's level"));
    if (!open[s.level]) refuse("a step by a repeat that is not around it");
    s.step = integer(-maxInteger, maxInteger, "a step");
  }
  return v;
}
void Views::inside(View& v, const int64_t* d) {
  Buffer& b = plan.buffers[v.buffer];
  if (b.kind == BufferKind::slot) {
    if (b.bytes != sizeOf(v.dtype)) refuse("a slot read with a dtype of another size");
    if (!computes(v.dtype)) refuse("a slot of a dtype that is only stored");
    if (b.dtype != v.dtype && slotSeen[v.buffer]) refuse("a slot read with two dtypes");
    b.dtype = v.dtype;
    slotSeen[v.buffer] = true;
  }
  b.align = int32_t(most(b.align, sizeOf(v.dtype)));
  Wide lo = v.offset, hi = v.offset;
  const auto reach = [&](int64_t n, int64_t stride) {
    const Wide far = Wide(n - 1) * stride;
    (far < 0 ? lo : hi) += far;
  };
  // A stride that is never taken is 0 from here on: nobody multiplies with what nobody checked.
  bool empty = false;
  for (int i = 0; i < v.strides.size; i++) empty = empty || d[i] == 0;
  for (int i = 0; i < v.strides.size; i++)
    if (empty || d[i] == 1) v.strides[i] = 0;
  if (empty) {
    v.offset = 0;
    for (Step& s : v.steps) s.step = 0;
    return;
  }
  for (int i = 0; i < v.strides.size; i++) reach(d[i], v.strides[i]);
  for (const Step& s : v.steps) reach(most(count[s.level], 1), s.step);
  if (lo < 0 || (hi + 1) * sizeOf(v.dtype) > b.bytes) refuse("a view that leaves its buffer");
}
View Views::read(int64_t rank, const int64_t* d) {
  View v = view(rank);
  inside(v, d);
  apart(v, d, &Moving::out, "what an exchange under way writes is read or written");
  touch(v, d, false);
  Touched& t = touched[size_t(v.buffer)];
  if (t.first < 0) t.first = top;
  t.last = top;
  return v;
}
View Views::write(int64_t rank, const int64_t* d) {
  View v = read(rank, d);
  apart(v, d, &Moving::in, "what an exchange under way reads is written");
  const BufferKind k = plan.buffers[v.buffer].kind;
  if (k == BufferKind::input || k == BufferKind::slot) refuse("a write to an input or a slot");
  spread(v, d);
  claims.pop_back();
  touch(v, d, true);
  touched[size_t(v.buffer)].writes++;
  return v;
}
void Views::spread(const View& v, const int64_t* d) {
  int order[maxRank], n = 0;
  for (int i = 0; i < v.strides.size; i++) {
    if (d[i] == 0) return;
    if (d[i] > 1) order[n++] = i;
  }
  const auto size = [&](int i) { return v.strides[i] < 0 ? -Wide(v.strides[i]) : Wide(v.strides[i]); };
  std::sort(order, order + n, [&](int i, int j) { return size(i) < size(j); });
  Wide reach = 0;
  for (int k = 0; k < n; k++) {
    if (size(order[k]) <= reach) refuse("a result whose elements share one place");
    reach += Wide(d[order[k]] - 1) * size(order[k]);
  }
}
Span Views::span(const View& v, const int64_t* d) const {
  const Buffer& b = plan.buffers[v.buffer];
  Wide lo = v.offset, hi = v.offset;
  bool empty = false;
  for (int i = 0; i < v.strides.size; i++) {
    const Wide far = Wide(d[i] - 1) * v.strides[i];
    (far < 0 ? lo : hi) += far;
    empty = empty || d[i] == 0;
  }
  const bool shared = b.kind == BufferKind::arena || b.kind == BufferKind::own;
  const Wide base = shared ? Wide(b.at) : 0, bytes = sizeOf(v.dtype);
  return {memoryOf(b.kind, b.at), base + lo * bytes, empty ? base : base + (hi + 1) * bytes};
}
Span Views::everywhere(const View& v, const int64_t* d) const {
  Span s = during(v, d, [](int32_t) { return true; });
  s.to += Wide(most(gang.count, 1) - 1) * plan.buffers[v.buffer].every;
  return s;
}
void Views::touch(const View& v, const int64_t* d, bool writes) {
  claims.push_back({during(v, d, [&](int32_t level) { return level != gang.level; }), 0, writes});
  const Buffer& b = plan.buffers[v.buffer];
  if (gang.level < 0) {
    if (b.kind == BufferKind::own) refuse("a device's own memory outside of a gang");
    return;
  }
  Touch t{span(v, d), b.every, writes, {}};
  if (t.at.from == t.at.to) return;
  for (const Step& s : v.steps) {
    const Wide by = Wide(s.step) * sizeOf(v.dtype), far = Wide(most(count[s.level], 1) - 1) * by;
    if (s.level == gang.level) t.by += by;
    else if (gang.around[s.level]) t.around[s.level] += by;
    else (far < 0 ? t.at.from : t.at.to) += far;
  }
  gang.touched.push_back(t);
  if (b.kind == BufferKind::own) gang.own.push_back(v.buffer);
}
void Views::separate() {
  std::vector<const Wide*> kinds;   // of `around`
  std::vector<std::vector<Claim>> each;
  std::vector<Claim> between;
  const int64_t n = gang.count;
  if (n < 2) return;
  for (const Touch& t : gang.touched) {
    size_t k = 0;
    while (k < kinds.size() && std::memcmp(kinds[k], t.around, sizeof t.around) != 0) k++;
    if (k == kinds.size()) {
      if (k == mostKinds) refuse("a gang whose memory moves in too many ways");
      kinds.push_back(t.around);
      each.emplace_back();
    }
    const auto moved = [&](Wide by, int64_t times) {
      Span s = t.at;
      s.from += by * times;
      s.to += by * times;
      return s;
    };
    if (t.by == 0 && !t.writes) each[k].push_back({t.at, -1, false});
    else for (int64_t i = 0; i < n; i++) each[k].push_back({moved(t.by, i), i, t.writes});
    Span all = t.at;
    const auto widen = [&](Wide far) { (far < 0 ? all.from : all.to) += far; };
    widen(Wide(n - 1) * t.by);
    for (int l = 0; l < maxLevels; l++) widen(Wide(most(count[l], 1) - 1) * t.around[l]);
    between.push_back({all, int64_t(k), t.writes});
  }
  for (auto& claims : each)
    if (meet(claims)) refuse("what a device of a gang writes is touched by another");
  if (kinds.size() > 1 && meet(between)) refuse("what a device of a gang writes is touched by another, maybe");
}
void Views::apart(const View& v, const int64_t* d, Span Moving::*side, const char* why) {
  if (moving.empty()) return;
  const Span all = everywhere(v, d);
  for (const Moving& m : moving)
    if (all.meets(m.*side)) refuse(why);
}
void Views::same(const View& a, const View& b, const char* what) {
  if (a.dtype != b.dtype) refuse(std::string(what) + " have different dtypes");
}
bool Views::dense(const View& v, const int64_t* d) const {
  int64_t expected = 1;
  for (int i = 0; i < v.strides.size; i++)
    if (d[i] == 0) return v.steps.size == 0;
  for (int i = v.strides.size; i-- > 0;) {
    if (d[i] > 1 && v.strides[i] != expected) return false;
    expected *= d[i];
  }
  return v.steps.size == 0;
}

}  // namespace cot
