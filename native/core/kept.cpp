#include "core/kept.hpp"

#include <algorithm>
#include <mutex>

#include "core/memory.hpp"

namespace cot {

/// Everything that is kept in this process.
struct Keeper {
  std::mutex lock;
  std::vector<Kept*> all;
  int64_t bytes = 0, looks = 0;

  static Keeper& one() {
    static Keeper* k = new Keeper;   // never destroyed: storages may outlive whatever ends a process
    return *k;
  }
  Keeper() { onShortage(dropKept); }

  /// A part of what may be taken at all.
  static int64_t budget() { return poolState().limit / 8; }
  /// Full pieces that nobody used for `unused` looks.
  std::vector<Kept::Piece*> idle(int64_t unused) {
    std::vector<Kept::Piece*> found;
    for (Kept* k : all)
      for (Kept::Piece& p : k->pieces)
        if (p.state == Kept::full && looks - p.used >= unused) found.push_back(&p);
    return found;
  }
  /// Their blocks, which are freed by whoever calls, without the lock.
  std::vector<std::shared_ptr<KeptBlock>> given(int64_t unused) {
    const auto pieces = idle(unused);
    std::vector<std::shared_ptr<KeptBlock>> blocks;
    blocks.reserve(pieces.size());   // blocks that an exception frees would ask for the lock
    for (Kept::Piece* p : pieces) {
      blocks.push_back(nullptr);
      blocks.back().swap(p->block);
      p->state = Kept::asked;
    }
    return blocks;
  }
  /// Any block that is kept, and no longer is: null where there is none. Takes no memory, for who asks is short of it.
  std::shared_ptr<KeptBlock> any() {
    std::shared_ptr<KeptBlock> block;
    std::lock_guard<std::mutex> hold(lock);
    for (Kept* k : all)
      for (Kept::Piece& p : k->pieces) {
        if (p.state != Kept::full) continue;
        p.state = Kept::asked;
        block.swap(p.block);
        return block;
      }
    return block;
  }
  /// Room for so many bytes; what nobody used while everything else was, several times over, makes way.
  bool room(int64_t n, std::vector<std::shared_ptr<KeptBlock>>& freed) {
    const auto over = [&] {
      int64_t going = 0;
      for (const auto& b : freed) going += b.use_count() == 1 ? b->bytes : 0;
      return bytes - going + n > budget();
    };
    if (over()) freed = given(8 * int64_t(idle(0).size()) + 8);
    return !over();
  }
};

std::shared_ptr<KeptBlock> KeptBlock::take(int64_t n) {
  const auto block = std::make_shared<KeptBlock>(nullptr, 0);   // first: it may throw
  block->at = takeSpare(n);
  if (block->at == nullptr) return nullptr;
  block->bytes = n;
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  k.bytes += n;
  return block;
}
KeptBlock::~KeptBlock() {
  giveBlock(at, bytes);
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  k.bytes -= bytes;
}
int64_t keptBytes() {
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  return k.bytes;
}
bool dropKept() {
  bool gave = false;
  while (Keeper::one().any() != nullptr) gave = true;
  return gave;
}

Kept::Kept() {
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  k.all.push_back(this);
}
Kept::~Kept() {
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  k.all.erase(std::find(k.all.begin(), k.all.end(), this));
}
/// So many things of one storage, and no more.
constexpr size_t mostPieces = 64;
Making Kept::find(const KeptKey& key, int64_t bytes) {
  Making m;
  Keeper& k = Keeper::one();
  std::vector<std::shared_ptr<KeptBlock>> freed;
  {
    std::lock_guard<std::mutex> hold(k.lock);
    k.looks++;
    const auto p = std::find_if(pieces.begin(), pieces.end(), [&](const Piece& x) { return x.key == key; });
    if (p == pieces.end()) {
      if (pieces.size() < mostPieces) pieces.push_back({key, asked, nullptr, k.looks});
      return m;
    }
    p->used = k.looks;
    if (p->state == making) return m;
    if (p->state == full) {
      m.block = p->block;
      m.whole = true;
      return m;
    }
    if (!k.room(bytes, freed)) return m;
    p->state = making;
  }
  freed.clear();
  m.of = this;
  m.key = key;
  m.block = KeptBlock::take(bytes);
  return m;
}
void Making::end(bool well) {
  if (of == nullptr) return;
  Keeper& k = Keeper::one();
  std::lock_guard<std::mutex> hold(k.lock);
  const auto p = std::find_if(of->pieces.begin(), of->pieces.end(), [&](const Kept::Piece& x) { return x.key == key; });
  const bool kept = well && block != nullptr;
  p->state = kept ? Kept::full : Kept::asked;
  if (kept) p->block = block;
  of = nullptr;
}

}  // namespace cot
