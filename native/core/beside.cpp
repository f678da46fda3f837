#include "core/beside.hpp"

namespace cot {
namespace {

constexpr double brief = 100;        // microseconds, one thread: what takes longer is shared out well enough alone
constexpr int32_t mostTogether = 64;

bool joins(const Instruction& i) {
  if (i.kind != Kind::loop || i.micros > brief) return false;
  const Loop& l = static_cast<const Loop&>(i);
  return !l.reduces && !l.byRows && l.count > 0;
}
bool apart(const std::vector<Claim>& some, const std::vector<Claim>& others) {
  for (const Claim& a : some)
    for (const Claim& b : others)
      if ((a.writes || b.writes) && a.at.meets(b.at)) return false;
  return true;
}
void among(const List<Instruction*>& list, const Claimed& claimed) {
  std::vector<Claim> all;
  Instruction* first = nullptr;
  for (Instruction* i : list) {
    switch (i->kind) {
      case Kind::repeat: case Kind::gang: among(static_cast<Repeat*>(i)->body, claimed); break;
      case Kind::cond: among(static_cast<Cond*>(i)->then, claimed); among(static_cast<Cond*>(i)->otherwise, claimed); break;
      case Kind::while_: among(static_cast<While*>(i)->test, claimed); among(static_cast<While*>(i)->body, claimed); break;
      default: break;
    }
    i->together = 1;
    if (!joins(*i)) {
      first = nullptr;
      continue;
    }
    const std::vector<Claim>& own = claimed.at(i);
    if (first == nullptr || first->together == mostTogether || !apart(all, own)) {
      first = i;
      all.clear();
    } else {
      first->together++;
    }
    all.insert(all.end(), own.begin(), own.end());
  }
}

}  // namespace

void findBeside(Plan& plan, Claimed& claimed) {
  // An output over an input is written where that is read.
  std::unordered_map<int32_t, int32_t> over;
  for (const Overlay& o : plan.overlays) over[memoryOf(BufferKind::output, o.output)] = memoryOf(BufferKind::input, o.input);
  for (auto& of : claimed)
    for (Claim& c : of.second)
      if (const auto found = over.find(c.at.memory); found != over.end()) c.at.memory = found->second;
  among(plan.instructions, claimed);
}

}  // namespace cot
