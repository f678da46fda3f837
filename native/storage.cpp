#include "storage.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>

#include "core/memory.hpp"

namespace cot {

Storages::~Storages() { forget(); }
void Storages::forget() {
  for (uint32_t i = 0; i < entries.size(); i++)
    if (entries[i].data != nullptr) release(i);
  young.clear();
  old.clear();
  if (gc != nullptr) napi_delete_reference(env, gc);
  gc = nullptr;
}
void Storages::release(uint32_t index) {
  Entry& e = entries[index];
  e.kept = nullptr;
  giveBlock(e.data, e.bytes);
  live -= classBytes(e.bytes);
  count--;
  if (e.owner != nullptr) napi_delete_reference(env, e.owner);
  e.data = nullptr;
  e.owner = nullptr;
  e.generation = (e.generation + 1) & 0x3FFFFFF;
  spare.push_back(index);
}

const Storages::Entry* Storages::entry(double id) const {
  if (!(id >= 0 && id <= 9007199254740992.0)) return nullptr;
  const double generation = std::floor(id / step);
  const double index = id - generation * step;
  if (index != std::floor(index) || index >= double(entries.size())) return nullptr;
  const Entry& e = entries[size_t(index)];
  return e.data != nullptr && double(e.generation) == generation ? &e : nullptr;
}
char* Storages::find(double id, int64_t* bytes) const {
  const Entry* e = entry(id);
  if (e == nullptr) return nullptr;
  *bytes = e->bytes;
  return e->data;
}
char* Storages::open(double id, int64_t* bytes) {
  const Entry* e = entry(id);
  if (e == nullptr) return nullptr;
  const_cast<Entry*>(e)->kept = nullptr;
  *bytes = e->bytes;
  return e->data;
}
std::shared_ptr<Kept> Storages::kept(double id) {
  const Entry* e = entry(id);
  if (e == nullptr) return nullptr;
  if (e->kept == nullptr) const_cast<Entry*>(e)->kept = std::make_shared<Kept>();
  return e->kept;
}
void Storages::pin(double id, int by) {
  if (const Entry* e = entry(id)) const_cast<Entry*>(e)->pins += by;
}
bool Storages::pinned(double id) const {
  const Entry* e = entry(id);
  return e != nullptr && e->pins > 0;
}

void Storages::collector(napi_value fn) {
  if (gc != nullptr) napi_delete_reference(env, gc);
  gc = nullptr;
  napi_create_reference(env, fn, 1, &gc);
}
void Storages::collect(bool minor) {
  if (gc == nullptr) return;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value fn, global, options, kind, result;
  napi_get_reference_value(env, gc, &fn);
  napi_get_global(env, &global);
  napi_create_object(env, &options);
  napi_create_string_utf8(env, "minor", NAPI_AUTO_LENGTH, &kind);
  napi_set_named_property(env, options, "type", kind);
  if (napi_call_function(env, global, fn, minor ? 1 : 0, &options, &result) != napi_ok) {
    napi_value ignored;
    napi_get_and_clear_last_exception(env, &ignored);
  }
  napi_close_handle_scope(env, scope);
  collections++;
}
void Storages::sweepList(std::vector<uint32_t>& list) {
  size_t kept = 0;
  for (size_t from = 0; from < list.size();) {
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    for (const size_t to = from + 1024 < list.size() ? from + 1024 : list.size(); from < to; from++) {
      const uint32_t i = list[from];
      Entry& e = entries[i];
      napi_value owner = nullptr;
      napi_get_reference_value(env, e.owner, &owner);
      if (owner == nullptr && e.pins == 0) {
        release(i);
      } else if (&list == &young && ++e.age >= 2) {
        old.push_back(i);
      } else {
        list[kept++] = i;
      }
    }
    napi_close_handle_scope(env, scope);
  }
  list.resize(kept);
}
void Storages::sweep(bool all) {
  // Old ones first: what grows old in this sweep was just seen to be alive.
  if (all) sweepList(old);
  sweepList(young);
}

void Storages::empty(double id) {
  const Entry* e = entry(id);
  if (e == nullptr || e->pins > 0) return;
  Entry& mine = entries[size_t(e - entries.data())];
  mine.kept = nullptr;
  giveBlock(mine.data, mine.bytes);
  live += classBytes(0) - classBytes(mine.bytes);
  mine.data = takeBlock(0);
  mine.bytes = 0;
}

napi_value Storages::largest(size_t most) const {
  std::vector<uint32_t> by;
  for (uint32_t i = 0; i < entries.size(); i++)
    if (entries[i].data != nullptr && entries[i].bytes > 0) by.push_back(i);
  std::sort(by.begin(), by.end(), [&](uint32_t x, uint32_t y) { return entries[x].bytes > entries[y].bytes; });
  napi_value list;
  napi_create_array(env, &list);
  uint32_t found = 0;
  for (size_t k = 0; k < by.size() && found < most; k++) {
    napi_value owner = nullptr;
    napi_get_reference_value(env, entries[by[k]].owner, &owner);
    if (owner != nullptr) napi_set_element(env, list, found++, owner);
  }
  return list;
}

static double microsOf(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return double(t.tv_sec) * 1e6 + double(t.tv_nsec) / 1e3;
}
void Storages::makeRoom(int64_t bytes) {
  const double began = microsOf(CLOCK_THREAD_CPUTIME_ID);
  collect(true);
  sweep(false);
  // Much is live; if hardly more than a full collection left last time, there is little for another one to find.
  const bool grown = live > settled + most(settled / 4, 2 * bytes) || live + bytes > threshold;
  if (live + bytes > threshold / 10 * 6 && grown) {
    collect(false);
    sweep(true);
    settled = live;
    base = most(firstThreshold, 2 * (live + bytes));
  }
  // Processor time against time that passed: a machine that is busy elsewhere does not look like an expensive collection.
  const double now = microsOf(CLOCK_MONOTONIC), spent = microsOf(CLOCK_THREAD_CPUTIME_ID) - began;
  // Over the last eight or so: one slow collection is no reason to hold more memory for good.
  if (lastRoom > 0) {
    spentLately = spentLately * 7 / 8 + spent;
    passedLately = passedLately * 7 / 8 + (now - lastRoom);
    if (++seen >= 8 && spentLately * 10 > passedLately) {
      patience = least(mostPatience, 2 * patience);
      spentLately = passedLately = 0;
      seen = 0;
    }
  }
  lastRoom = now;
  threshold = least(patience * base, poolState().limit);
}

double Storages::take(int64_t bytes, napi_value owner) {
  const int64_t size = classBytes(bytes);
  fresh += size;
  if (live + size > threshold) {
    makeRoom(size);
    fresh = 0;
  } else if (fresh > firstThreshold && !atHand(bytes)) {
    // A page that was never used costs more than to look for one that is not used any more.
    collect(true);
    sweep(false);
    fresh = 0;
  }
  char* data = takeBlock(bytes);
  if (data == nullptr) {
    collect(true);
    sweep(false);
    data = takeBlock(bytes);
  }
  if (data == nullptr) {
    collect(false);
    sweep(true);
    trimPool();
    data = takeBlock(bytes);
  }
  if (data == nullptr) {
    const Napi::Env e(env);
    Napi::Error error = Napi::Error::New(e, "out of memory: " + std::to_string(bytes) + " bytes wanted, " +
                                              std::to_string(live) + " live, limit " + std::to_string(poolState().limit));
    error.Set("code", Napi::String::New(e, "OutOfMemory"));
    throw error;
  }
  uint32_t i;
  if (spare.empty()) {
    i = uint32_t(entries.size());
    entries.emplace_back();
  } else {
    i = spare.back();
    spare.pop_back();
  }
  Entry& e = entries[i];
  e.data = data;
  e.bytes = bytes;
  e.pins = 0;
  e.age = 0;
  live += classBytes(bytes);
  count++;
  napi_create_reference(env, owner, 0, &e.owner);
  young.push_back(i);
  return double(e.generation) * step + double(i);
}

}  // namespace cot
