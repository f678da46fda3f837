#include "core/overlay.hpp"

#include <algorithm>

#include "cpu/kernels.hpp"

namespace cot {
namespace {

/// A run that fails leaves its inputs as they were. So only the last instructions of a plan write over them: loops without
/// reductions, which need a little work memory, and that is there before the plan begins.
bool calm(const Instruction& i) {
  const bool loop = i.kind == Kind::loop;
  return loop && !static_cast<const Loop&>(i).reduces && !static_cast<const Loop&>(i).byRows;
}
/// All of a buffer, front to back.
bool covers(const Plan& plan, const Loop& l, const View& v, Reach reach) {
  return reach == Reach::whole && v.offset == 0 && v.steps.size == 0 && l.count * sizeOf(v.dtype) == plan.buffers[v.buffer].bytes;
}
/// The operation that reads a source last, or -1 for one that `sink` may not be written over: whoever reads an element of it
/// must do so before, or while, that element is made. Operations are in the order in which they run, as code or one by one.
int32_t lastReader(const Loop& l, int source, int sink) {
  const int32_t made = l.sinks[sink].reg - l.body.sources.size;
  int32_t last = -1;
  for (const Sink& s : l.sinks)
    if (s.reg == source) return -1;
  for (int32_t i = 0; i < l.body.ops.size; i++)
    for (const int32_t a : l.body.ops[i].args)
      if (a == source) last = i;
  return last <= made ? last : -1;
}
struct Search {
  Plan& plan;
  const std::vector<Touched>& touched;
  std::vector<bool> taken;
  std::vector<Overlay> found;

  bool fits(const Buffer& b, const Buffer& out) const { return b.kind == BufferKind::input && b.bytes == out.bytes && !taken[size_t(b.at)]; }
  /// The input that a loop reads element for element where it writes, or -1: of several the one that is read last, for those
  /// that are read early may lie under what is made early.
  int32_t read(const Loop& l, int sink, int32_t now) const {
    const Buffer& out = plan.buffers[l.sinks[sink].view.buffer];
    int32_t best = -1, latest = -1;
    for (const Source& s : l.body.sources) {
      if (s.kind != SourceKind::view || !fits(plan.buffers[s.view.buffer], out) || touched[size_t(s.view.buffer)].last != now) continue;
      int32_t last = -1;
      bool alike = sizeOf(s.dtype) == sizeOf(l.sinks[sink].dtype);
      for (int j = 0; j < l.body.sources.size; j++) {
        const Source& t = l.body.sources[j];
        if (t.kind != SourceKind::view || t.view.buffer != s.view.buffer) continue;
        const int32_t reader = lastReader(l, j, sink);
        alike = alike && reader >= 0 && covers(plan, l, t.view, t.reach);
        last = std::max(last, reader);
      }
      if (!alike || last <= latest) continue;
      best = s.view.buffer;
      latest = last;
    }
    return best;
  }
  /// One that nobody reads from here on, or -1.
  int32_t dead(int32_t output, int32_t now) const {
    for (int32_t i = 0; i < plan.buffers.size; i++)
      if (fits(plan.buffers[i], plan.buffers[output]) && touched[size_t(i)].last < now) return i;
    return -1;
  }
  void loop(const Loop& l, int32_t now) {
    for (int k = 0; k < l.sinks.size; k++) {
      const Sink& s = l.sinks[k];
      const Buffer& out = plan.buffers[s.view.buffer];
      const Touched& t = touched[size_t(s.view.buffer)];
      if (out.kind != BufferKind::output || out.bytes == 0 || t.writes != 1 || t.first != now || !covers(plan, l, s.view, s.reach)) continue;
      bool own = false;
      for (const Source& from : l.body.sources) own = own || (from.kind == SourceKind::view && from.view.buffer == s.view.buffer);
      if (own) continue;
      int32_t over = read(l, k, now);
      if (over < 0) over = dead(s.view.buffer, now);
      if (over < 0) continue;
      taken[size_t(plan.buffers[over].at)] = true;
      found.push_back({out.at, plan.buffers[over].at});
    }
  }
};

}  // namespace

void findOverlays(Plan& plan, const std::vector<Touched>& touched) {
  Search search{plan, touched, std::vector<bool>(size_t(plan.inputs), false), {}};
  // Two buffers may be one input.
  std::vector<int> places(size_t(plan.inputs), 0), results(size_t(plan.outputs), 0);
  for (const Buffer& b : plan.buffers) {
    if (b.kind == BufferKind::input && ++places[size_t(b.at)] > 1) search.taken[size_t(b.at)] = true;
    if (b.kind == BufferKind::output && ++results[size_t(b.at)] > 1) return;
  }
  int32_t from = plan.instructions.size;
  while (from > 0 && calm(*plan.instructions[from - 1])) from--;
  for (int32_t i = from; i < plan.instructions.size; i++) {
    const Loop& l = static_cast<const Loop&>(*plan.instructions[i]);
    plan.calm = most(plan.calm, kernels().loopBytes(l));
    search.loop(l, i);
  }
  plan.overlays = plan.shelf.list<Overlay>(int64_t(search.found.size()));
  std::copy(search.found.begin(), search.found.end(), plan.overlays.begin());
}

}  // namespace cot
