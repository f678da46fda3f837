#include "core/comm.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace cot {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t chunkBytes = int64_t(256) << 10;
constexpr int64_t payloadBytes = 1088;
struct Card {
  int64_t number, count;
  char label[longestLabel + 1];
};
constexpr int64_t frameBytes = int64_t(sizeof(Card)) + payloadBytes;

std::atomic<Comm*> current{nullptr};
/// Threads that wait for a transfer and do nothing else.
std::atomic<int> waitingThreads{0};

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}
/// Spins for a while, then sleeps between looks. Beside a thread that computes it sleeps at once: who spins or yields there is
/// not woken when something comes, but when the turn of the other one ends, milliseconds later.
struct Patience {
  bool beside;
  Clock::time_point from = Clock::now();
  int looks = 0;
  void rest() {
    relax();
    if (++looks % (beside ? 8 : 64) != 0) return;
    const auto passed = Clock::now() - from;
    if (beside && passed < std::chrono::milliseconds(20)) std::this_thread::sleep_for(std::chrono::microseconds(20));
    else if (passed > std::chrono::milliseconds(20)) std::this_thread::sleep_for(std::chrono::microseconds(200));
    else if (passed > std::chrono::microseconds(200)) std::this_thread::sleep_for(std::chrono::microseconds(20));
    else if (passed > std::chrono::microseconds(20)) std::this_thread::yield();
  }
};

template <class T> bool minus(T x) {
  if constexpr (std::is_floating_point<T>::value) return std::signbit(x);
  return false;
}
/// As kernels have it: NaN wins, and 0 is more than -0.
template <class T> T larger(T a, T b) { return b > a || b != b || (a == b && minus(a)) ? b : a; }
template <class T> T smaller(T a, T b) { return b < a || b != b || (a == b && minus(b)) ? b : a; }
template <class T> void folded(How how, const char* from, char* into, int64_t n) {
  const T* x = reinterpret_cast<const T*>(from);
  T* y = reinterpret_cast<T*>(into);
  switch (how) {
    case How::max:
      for (int64_t i = 0; i < n; i++) y[i] = larger(y[i], x[i]);
      return;
    case How::min:
      for (int64_t i = 0; i < n; i++) y[i] = smaller(y[i], x[i]);
      return;
    default:
      for (int64_t i = 0; i < n; i++) y[i] = T(y[i] + x[i]);
  }
}
/// Integers wrap, so sums are made without a sign.
void fold(How how, DType d, const char* from, char* into, int64_t n) {
  const bool sums = how == How::sum || how == How::scatter;
  switch (d) {
    case F32: return folded<float>(how, from, into, n);
    case F64: return folded<double>(how, from, into, n);
    case I32: return sums ? folded<uint32_t>(how, from, into, n) : folded<int32_t>(how, from, into, n);
    case I64: return sums ? folded<uint64_t>(how, from, into, n) : folded<int64_t>(how, from, into, n);
    case U32: return folded<uint32_t>(how, from, into, n);
    case Bool: case U8: return folded<uint8_t>(how, from, into, n);
    default: throw Unmet("a reduction of a dtype that is only stored");
  }
}
const char* const over = "the group of processes has ended";
/// A sentence, or the one that takes no memory.
template <class F> std::string said(const F& sentence) {
  try {
    return sentence();
  } catch (const std::bad_alloc&) {
    return "out of memory";
  }
}
std::string named(const Card& c) { return "#" + std::to_string(c.number) + " " + c.label; }

}  // namespace

Comm* comm() { return current.load(std::memory_order_acquire); }
void setComm(Comm* c) { current.store(c, std::memory_order_release); }

Comm::Comm(Settings s) : settings(std::move(s)) {
  thread = std::thread([this] { work(); });
}
Comm::~Comm() {
  if (comm() == this) setComm(nullptr);
  {
    std::lock_guard<std::mutex> hold(lock);
    leaving = true;
    wake.notify_all();
  }
  if (thread.joinable()) thread.join();
  // whoever makes a transfer of its own sees that we leave
  const std::lock_guard<std::mutex> last(turn);
}
void Comm::put(Job job) {
  {
    std::lock_guard<std::mutex> hold(lock);
    if (!ended) {
      queue.push_back(std::move(job));
      wake.notify_all();
      return;
    }
  }
  job.done(over);
}
/// Nobody waits for what will not happen.
void Comm::end() {
  std::deque<Job> left;
  {
    std::lock_guard<std::mutex> hold(lock);
    ended = true;
    left.swap(queue);
  }
  for (Job& job : left) job.done(over);
}
void Comm::later(const Call& call, std::function<void(const std::string&)> done) { put({call, false, std::move(done)}); }
void Comm::exchange(const Call& call) {
  std::string problem;
  if (atOnce(call, &problem)) {
    if (!problem.empty()) throw Unmet(problem);
    return;
  }
  Transfers own;
  own.begin(*this, call);
  own.wait(0);
}
void Transfers::begin(Comm& c, const Call& call) {
  if (told == nullptr) told = std::make_unique<Told>();
  c.later(call, [to = told.get()](const std::string& why) {
    std::lock_guard<std::mutex> hold(to->lock);
    if (to->problem.empty()) to->problem = why;
    to->done++;
    to->wake.notify_all();
  });
  begun++;   // what could not be handed over is not waited for
}
void Transfers::until(int64_t number) {
  if (number <= waited) return;
  waitingThreads++;
  std::unique_lock<std::mutex> hold(told->lock);
  told->wake.wait(hold, [&] { return told->done >= number; });
  waited = number;
  waitingThreads--;
}
void Transfers::wait(int64_t left) {
  if (begun - left <= waited) return;
  until(begun - left);
  std::lock_guard<std::mutex> hold(told->lock);
  if (!told->problem.empty()) throw Unmet(told->problem);
}
/// Where nothing is before it, a call needs no other thread.
bool Comm::atOnce(const Call& call, std::string* why) {
  std::unique_lock<std::mutex> mine(turn, std::try_to_lock);
  if (!mine.owns_lock() || !ready()) return false;
  {
    std::lock_guard<std::mutex> hold(lock);
    if (ended || !queue.empty()) return false;
  }
  *why = serve({call, false, nullptr});
  return true;
}
void Comm::begins(const Call& call) {
  std::lock_guard<std::mutex> hold(lock);
  std::memcpy(label, call.label, sizeof label);
  number++;
}
void Comm::close(const std::string& as, std::function<void(const std::string&)> done) {
  Call call{How::gather, U8, nullptr, nullptr, 0, {}};
  as.copy(call.label, longestLabel);
  put({call, true, std::move(done)});
}
void Comm::abort(int code) {
  if (!ready()) return;
  if (settings.hangs > 0)
    std::thread([code, seconds = settings.hangs] {
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      std::_Exit(code);
    }).detach();
  engine->abort(engine->self, code);
}
Comm::Last Comm::last() {
  std::lock_guard<std::mutex> hold(lock);
  return {number.load(), label, waiting.load()};
}

void Comm::work() {
  std::string why;
  engine = settings.open(&why);
  if (engine == nullptr) {
    settings.opened(why.empty() ? "the engine gave no reason" : why);
    return end();
  }
  frames.resize(size_t(frameBytes * (engine->size + 1)));
  open_.resize(1);
  up.store(true, std::memory_order_release);
  settings.opened("");
  for (;;) {
    Job job;
    std::string problem;
    {
      std::unique_lock<std::mutex> hold(lock);
      wake.wait(hold, [&] { return leaving || !queue.empty(); });
      hold.unlock();
      // who asks for the turn later finds the queue not empty
      std::lock_guard<std::mutex> mine(turn);
      hold.lock();
      if (leaving) break;
      job = std::move(queue.front());
      queue.pop_front();
      hold.unlock();
      apart = true;
      problem = serve(job);
      apart = false;
    }
    job.done(problem);
    if (job.closes && problem.empty()) break;
  }
  end();
}
std::string Comm::serve(const Job& job) {
  const struct Busy {
    std::atomic<bool>& flag;
    double* span;
    Busy(std::atomic<bool>& f, double* s) : flag(f), span(s) {
      flag = true;
      if (span != nullptr) span[0] = span[1] = microsNow();
    }
    ~Busy() {
      if (span != nullptr) span[1] = microsNow();
      flag = false;
    }
  } busy(waiting, job.call.span);
  try {
    room(job.call);
    begins(job.call);
    if (!broken.empty()) return broken;
    meet(job.call);
    if (job.closes) {
      up = false;
      check(engine->close(engine->self));
    }
    return "";
  } catch (const std::bad_alloc&) {
    return said([&] { return std::string(job.call.label) + ": out of memory"; });
  } catch (const std::exception& e) {
    return said([&] { return std::string(e.what()); });
  }
}
void Comm::check(int code) {
  if (code == 0) return;
  // What is under way stays so: nothing can be asked of this engine any more.
  broken = said([&] { return "collective #" + std::to_string(number.load()) + " " + label + " failed on rank " + std::to_string(rank()) + ": " + engine->why(engine->self); });
  throw Unmet(broken);
}
void Comm::receive(std::vector<void*>& list, char* to, int64_t bytes, int by, int tag) {
  if (bytes <= 0) return;
  list.push_back(nullptr);
  check(engine->receive(engine->self, to, bytes, by, tag, &list.back()));
}
void Comm::send(std::vector<void*>& list, const char* from, int64_t bytes, int to, int tag) {
  if (bytes <= 0) return;
  list.push_back(nullptr);
  check(engine->send(engine->self, from, bytes, to, tag, &list.back()));
}
/// Until all transfers under way are done. Past the deadline the memory of a transfer may still be written, so nobody may go on:
/// the process ends here.
void Comm::settle() {
  const auto from = Clock::now();
  const auto beside = [&] { return apart && waitingThreads.load(std::memory_order_relaxed) == 0; };
  Patience patience{beside()};
  for (size_t left = open_.size(); left > 0;) {
    bool moved = false;
    for (size_t i = 0; i < left;) {
      int32_t done = 0;
      check(engine->test(engine->self, open_[i], &done));
      if (done == 0) { i++; continue; }
      std::swap(open_[i], open_[--left]);
      moved = true;
    }
    if (left == 0) break;
    if (moved || patience.beside != beside()) patience = Patience{beside()};
    patience.rest();
    if (leaving) throw Unmet("this process leaves");
    if (patience.looks % 64 != 0 || std::chrono::duration<double>(Clock::now() - from).count() < settings.deadline) continue;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", settings.deadline);
    const std::string sentence = said([&] { return "collective #" + std::to_string(number.load()) + " " + label + " did not finish in " + seconds + " s on rank " + std::to_string(rank()) + " of " + std::to_string(size()); });
    settings.late(sentence);
    const auto told = Clock::now();
    while (!leaving && std::chrono::duration<double>(Clock::now() - told).count() < settings.grace) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::fprintf(stderr, "[cotangent rank %d/%d] aborting the job: %s\n", rank(), size(), sentence.c_str());
    std::fflush(stderr);
    abort(71);
    throw Unmet(broken = sentence);
  }
  open_.clear();
}
const char* Comm::payload(int r) const { return frames.data() + frameBytes * (r + 1) + sizeof(Card); }

/// All the memory that a call takes, had before it begins: who has none has told nobody anything, and may call again.
void Comm::room(const Call& call) {
  const int64_t n = size(), bytes = call.count * sizeOf(call.dtype), chunks = ceilDiv(bytes, chunkBytes);
  if (n == 1 || bytes <= payloadBytes) return;
  open_.reserve(size_t(2 * n));
  if (!reduces(call.how)) return;
  coming.reserve(size_t(2 * n));
  given.reserve(size_t(2 * n * chunks));
  if (scratch.size() < size_t(2 * n * chunkBytes)) scratch.resize(size_t(2 * n * chunkBytes));
}
void Comm::meet(const Call& call) {
  const int64_t bytes = call.count * sizeOf(call.dtype);
  Card card{};
  card.number = number;
  card.count = call.count;
  std::memcpy(card.label, call.label, sizeof card.label);
  std::memcpy(frames.data(), &card, sizeof card);
  if (bytes > 0 && bytes <= payloadBytes) std::memcpy(frames.data() + sizeof card, call.in, size_t(bytes));
  open_.assign(1, nullptr);
  check(engine->gather(engine->self, frames.data(), frames.data() + frameBytes, frameBytes, open_.data()));
  settle();
  compare(call);
  if (bytes > payloadBytes) large(call);
  else if (bytes > 0) small(call);
}
void Comm::compare(const Call& call) const {
  Card own, other;
  std::memcpy(&own, frames.data(), sizeof own);
  for (int r = 0; r < size(); r++) {
    std::memcpy(&other, frames.data() + frameBytes * (r + 1), sizeof other);
    if (other.number == own.number && other.count == own.count && std::strcmp(other.label, call.label) == 0) continue;
    const bool before = r < rank();
    throw Unmet("the processes do not meet: rank " + std::to_string(before ? r : rank()) + " calls " + named(before ? other : own) + ", rank " + std::to_string(before ? rank() : r) + " calls " +
                named(before ? own : other) + "; every process must call the same collectives in the same order, with the same shapes");
  }
}
void Comm::small(const Call& call) const {
  const int n = size(), me = rank();
  const int64_t each = sizeOf(call.dtype), part = call.how == How::scatter || call.how == How::swap ? call.count / n : call.count, bytes = part * each;
  const int64_t at = part == call.count ? 0 : me * bytes;
  for (int r = 0; r < n; r++) {
    if (!reduces(call.how)) std::memcpy(call.out + r * bytes, payload(r) + at, size_t(bytes));
    else if (r == 0) std::memcpy(call.out, payload(r) + at, size_t(bytes));
    else fold(call.how, call.dtype, payload(r) + at, call.out, part);
  }
}
void Comm::large(const Call& call) {
  if (size() == 1) std::memcpy(call.out, call.in, size_t(call.count * sizeOf(call.dtype)));
  else if (reduces(call.how)) reduced(call);
  else moved(call);
}
/// Each process sums its own part, chunk by chunk, and gives it to all while the next chunk comes in.
void Comm::reduced(const Call& call) {
  const int n = size(), me = rank();
  const bool keeps = call.how == How::scatter;
  const int64_t each = sizeOf(call.dtype), chunk = chunkBytes / each;
  const int64_t part = keeps ? call.count / n : ceilDiv(call.count, n);
  const auto from = [&](int r) { return least(r * part, call.count); };
  const auto length = [&](int r, int64_t c) { return most(0, least(chunk, (keeps ? from(r) + part : from(r + 1)) - from(r) - c)); };
  const auto inbox = [&](int64_t c, int r) { return scratch.data() + ((c / chunk % 2) * n + r) * chunkBytes; };
  const auto ask = [&](int64_t c) {
    for (int k = 1; k < n; k++) {
      const int to = (me + k) % n, by = (me + n - k) % n;
      receive(coming, inbox(c, by), length(me, c) * each, by, 1);
      send(coming, call.in + (from(to) + c) * each, length(to, c) * each, to, 1);
    }
  };
  ask(0);
  for (int64_t c = 0; c < part; c += chunk) {
    open_.swap(coming);
    settle();
    coming.clear();
    if (c + chunk < part) ask(c + chunk);
    const int64_t mine = length(me, c);
    char* out = call.out + ((keeps ? 0 : from(me)) + c) * each;
    // In pieces that stay in the first cache while all ranks are added.
    for (int64_t b = 0, l = 0; b < mine; b += l) {
      l = least(mine - b, 8192 / each);
      for (int r = 0; r < n; r++) {
        const char* x = (r == me ? call.in + (from(me) + c) * each : inbox(c, r)) + b * each;
        if (r == 0) std::memcpy(out + b * each, x, size_t(l * each));
        else fold(call.how, call.dtype, x, out + b * each, l);
      }
    }
    for (int k = 1; k < n && !keeps; k++) {
      const int to = (me + k) % n, by = (me + n - k) % n;
      receive(given, call.out + (from(by) + c) * each, length(by, c) * each, by, 2);
      send(given, out, mine * each, to, 2);
    }
  }
  open_.swap(given);
  settle();
}
void Comm::moved(const Call& call) {
  const int n = size(), me = rank();
  const bool swaps = call.how == How::swap;
  const int64_t part = (swaps ? call.count / n : call.count) * sizeOf(call.dtype);
  std::memcpy(call.out + me * part, call.in + (swaps ? me * part : 0), size_t(part));
  constexpr int64_t most_ = int64_t(64) << 20;
  for (int64_t c = 0; c < part; c += most_) {
    const int64_t l = least(most_, part - c);
    open_.clear();
    for (int k = 1; k < n; k++) {
      const int to = (me + k) % n, by = (me + n - k) % n;
      receive(open_, call.out + by * part + c, l, by, 3);
      send(open_, call.in + (swaps ? to * part : 0) + c, l, to, 3);
    }
    settle();
  }
}

}  // namespace cot
