// The door to JavaScript. It knows storages, plans and statuses, and no operation of the library; the contract of each
// export is in lib/run/addon.ts. `run` takes no arguments and returns a number: what it needs lies in the shared command
// array, because values that cross the boundary cost more than a small plan.
#include <napi.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "comm.hpp"
#include "core/decode.hpp"
#include "core/execute.hpp"
#include "core/group.hpp"
#include "core/memory.hpp"
#include "core/peak.hpp"
#include "cpu/kernels.hpp"
#include "storage.hpp"

namespace cot {
namespace {

constexpr int64_t commandWords = 65536;

enum Status : int { fine = 0, unknownPlan = 1, deadStorage = 2, badRange = 3, outOfMemory = 4, failed = 5 };

/// Where the buffers of a run lie.
struct Places {
  std::vector<char*> inputs, outputs;
  std::vector<std::shared_ptr<Kept>> kept;    // by place in `plan.keeps`; null of a storage that is written
  std::vector<Kept*> keptAt;
};
struct Job : Places {
  std::shared_ptr<Plan> plan;
  std::vector<double> slots, pins;
  napi_ref done = nullptr;
  int status = fine;
  std::string why;
};

struct Addon {
  napi_env env;
  Storages storages;
  struct PlanEntry { std::shared_ptr<Plan> plan; uint32_t generation = 0; };
  std::vector<PlanEntry> plans;
  std::vector<uint32_t> sparePlans;
  double* command = nullptr;
  napi_ref commandRef = nullptr;
  Runner runner;
  Places places;
  std::string sentence;            // about the last run that failed

  // The executor: one thread, started by the first runAsync.
  std::thread thread;
  std::mutex lock;
  std::condition_variable wake;
  std::deque<std::unique_ptr<Job>> queue;
  bool leaving = false;
  napi_threadsafe_function report = nullptr;
  int64_t inFlight = 0;
  Runner asyncRunner;

  explicit Addon(napi_env e) : env(e), storages(e) {}
  ~Addon() { close(); }

  void close() {
    if (thread.joinable()) {
      {
        std::lock_guard<std::mutex> hold(lock);
        leaving = true;
        queue.clear();
        wake.notify_all();
      }
      thread.join();
    }
    if (report != nullptr) napi_release_threadsafe_function(report, napi_tsfn_abort);
    report = nullptr;
    storages.forget();
  }

  static constexpr double step = 16777216;
  std::shared_ptr<Plan>* planOf(double id) {
    if (!(id >= 0 && id <= 9007199254740992.0)) return nullptr;
    const uint64_t whole = uint64_t(id);
    const uint64_t index = whole % uint64_t(step);
    if (double(whole) != id || index >= plans.size()) return nullptr;
    PlanEntry& e = plans[index];
    return e.plan && double(e.generation) == double(whole / uint64_t(step)) ? &e.plan : nullptr;
  }

  int refuse(int status, int64_t word, std::string why) {
    sentence = std::move(why);
    if (command != nullptr) {
      command[0] = status;
      command[1] = double(word);
    }
    return status;
  }
  /// Ids and offsets to addresses; every range is checked against what the plan touches.
  int resolve(const Plan& plan, const double* words, Places& to) {
    to.inputs.resize(size_t(plan.inputs));
    to.outputs.resize(size_t(plan.outputs));
    const double* outputs = words + 1 + 2 * plan.inputs + plan.slotWords;
    for (int i = 0; i < plan.buffers.size; i++) {
      const Buffer& b = plan.buffers[i];
      if (b.kind != BufferKind::input && b.kind != BufferKind::output) continue;
      const bool isIn = b.kind == BufferKind::input;
      const double* w = (isIn ? words + 1 : outputs) + 2 * b.at;
      int64_t bytes = 0;
      char* data = isIn ? storages.find(w[0], &bytes) : storages.open(w[0], &bytes);
      const auto name = [&] { return (isIn ? "input " : "output ") + std::to_string(b.at); };
      if (data == nullptr) return refuse(deadStorage, w - words, name() + " is not a live storage");
      if (!(w[1] >= 0 && w[1] <= double(bytes)) || double(int64_t(w[1])) != w[1] || int64_t(w[1]) + b.bytes > bytes)
        return refuse(badRange, w - words, name() + " is too small for its plan");
      char* at = data + int64_t(w[1]);
      if (reinterpret_cast<uintptr_t>(at) % uintptr_t(b.align) != 0) return refuse(badRange, w - words, name() + " is not aligned");
      (isIn ? to.inputs : to.outputs)[size_t(b.at)] = at;
    }
    keep(plan, words, to);
    return fine;
  }
  void keep(const Plan& plan, const double* words, Places& to) {
    to.kept.clear();
    to.keptAt.clear();
    const double* outputs = words + 1 + 2 * plan.inputs + plan.slotWords;
    for (const int32_t b : plan.keeps) {
      const double id = words[1 + 2 * plan.buffers[b].at];
      bool written = false;
      for (int64_t i = 0; i < plan.outputs; i++) written = written || outputs[2 * i] == id;
      to.kept.push_back(written ? nullptr : storages.kept(id));
      to.keptAt.push_back(to.kept.back().get());
    }
  }
  /// Runs and turns every exception into a status.
  static int guarded(Runner& r, const Plan& plan, const Places& at, const double* slots, std::string* why, double* clock = nullptr) {
    try {
      r.run(plan, at.inputs.data(), slots, at.outputs.data(), clock, at.keptAt.data());
      return fine;
    } catch (const OutOfMemory& e) {
      *why = "out of memory: " + std::to_string(int64_t(e.bytes)) + " bytes of work memory wanted";
      return outOfMemory;
    } catch (const std::bad_alloc&) {
      *why = "out of memory";
      return outOfMemory;
    } catch (const std::exception& e) {
      *why = e.what();
      return failed;
    }
  }
  int run(double* clock = nullptr) {
    std::shared_ptr<Plan>* p = planOf(command[0]);
    if (p == nullptr) return refuse(unknownPlan, 0, "no such plan");
    const Plan& plan = **p;
    const int s = resolve(plan, command, places);
    if (s != fine) return s;
    std::string why;
    int status = guarded(runner, plan, places, command + 1 + 2 * plan.inputs, &why, clock);
    if (status == outOfMemory) {
      // Dead storages may hold what the arena wants.
      storages.sweep(true);
      trimPool();
      status = guarded(runner, plan, places, command + 1 + 2 * plan.inputs, &why, clock);
    }
    places.kept.clear();
    return status == fine ? fine : refuse(status, 0, why);
  }

  void execute() {
    for (;;) {
      std::unique_ptr<Job> job;
      {
        std::unique_lock<std::mutex> hold(lock);
        wake.wait(hold, [&] { return leaving || !queue.empty(); });
        if (leaving) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      job->status = guarded(asyncRunner, *job->plan, *job, job->slots.data(), &job->why);
      if (napi_call_threadsafe_function(report, job.get(), napi_tsfn_nonblocking) == napi_ok) (void)job.release();
    }
  }
  /// On the JavaScript thread, once a job is done.
  static void finished(napi_env env, napi_value, void* context, void* data) {
    Addon* a = static_cast<Addon*>(context);
    std::unique_ptr<Job> job(static_cast<Job*>(data));
    if (env == nullptr) return;
    for (double id : job->pins) a->storages.pin(id, -1);
    if (job->status != fine) a->sentence = job->why;
    napi_value done, status, global, result;
    napi_get_reference_value(env, job->done, &done);
    napi_delete_reference(env, job->done);
    if (--a->inFlight == 0) napi_unref_threadsafe_function(env, a->report);
    napi_create_int32(env, job->status, &status);
    napi_get_global(env, &global);
    napi_call_function(env, global, done, 1, &status, &result);
  }
  void start(Napi::Env e) {
    if (thread.joinable()) return;
    napi_value name = Napi::String::New(e, "cotangent");
    if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, finished, &report) != napi_ok)
      throw Napi::Error::New(e, "no threadsafe function");
    napi_unref_threadsafe_function(env, report);
    thread = std::thread([this] { execute(); });
  }
};

using Info = Napi::CallbackInfo;
Addon& self(const Info& info) { return *static_cast<Addon*>(info.Data()); }

[[noreturn]] void raise(Napi::Env env, const char* code, const std::string& sentence) {
  Napi::Error e = Napi::Error::New(env, sentence);
  e.Set("code", Napi::String::New(env, code));
  throw e;
}
double number(const Info& info, size_t i) {
  if (info.Length() <= i || !info[i].IsNumber()) raise(info.Env(), "BadArgument", "a number was expected");
  return info[i].As<Napi::Number>().DoubleValue();
}
int64_t whole(const Info& info, size_t i) {
  const double n = number(info, i);
  if (!(n >= 0 && n <= 9007199254740992.0) || n != double(int64_t(n))) raise(info.Env(), "BadArgument", "a size was expected");
  return int64_t(n);
}
struct Bytes { char* at; int64_t size; };
Bytes bytesOf(const Info& info, size_t i) {
  if (info.Length() <= i || !info[i].IsTypedArray()) raise(info.Env(), "BadArgument", "a typed array was expected");
  const Napi::TypedArray t = info[i].As<Napi::TypedArray>();
  return {static_cast<char*>(t.ArrayBuffer().Data()) + t.ByteOffset(), int64_t(t.ByteLength())};
}

Napi::Value describe(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Object o = Napi::Object::New(env);
  o.Set("version", "0.1.0");
  o.Set("abi", 1);
  Napi::Array cpu = Napi::Array::New(env);
  uint32_t n = 0;
#ifdef COT_X86
  __builtin_cpu_init();
#define COT_FEATURE(f) if (__builtin_cpu_supports(f)) cpu.Set(n++, f);
  COT_FEATURE("avx2") COT_FEATURE("fma") COT_FEATURE("avx512f")
#undef COT_FEATURE
#endif
  (void)n;
  o.Set("cpu", cpu);
  o.Set("isa", kernels().name);
  o.Set("threads", threadCount());
  o.Set("cores", coreCount());
  o.Set("commandWords", double(commandWords));
  return o;
}
Napi::Value granted(const Info& info) {
  Napi::Object o = Napi::Object::New(info.Env());
  o.Set("cores", grantedCores());
  o.Set("bytes", grantedBytes());
  return o;
}
Napi::Value peaks(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Object o = Napi::Object::New(env);
  try {
    o.Set("flops", peakFlops());
    o.Set("copy", peakCopy());
  } catch (const OutOfMemory&) {
    raise(env, "OutOfMemory", "out of memory for a copy of 256 MB");
  }
  return o;
}
Napi::Value kernelNames(const Info& info) {
  const Napi::Env env = info.Env();
  Napi::Array names = Napi::Array::New(env);
  uint32_t n = 0;
#define COT_NAME(name) names.Set(n++, #name);
  COT_OPS(COT_NAME)
#undef COT_NAME
  Napi::Object o = Napi::Object::New(env);
  o.Set("elementwise", names);
  return o;
}
Napi::Value alloc(const Info& info) {
  const int64_t bytes = whole(info, 0);
  if (info.Length() < 2 || !info[1].IsObject()) raise(info.Env(), "BadArgument", "an owner was expected");
  return Napi::Number::New(info.Env(), self(info).storages.take(bytes, info[1]));
}
/// The part of a storage that upload and download mean.
char* part(const Info& info, const Bytes& b, bool writes) {
  int64_t bytes = 0;
  const double id = number(info, 0);
  char* data = writes ? self(info).storages.open(id, &bytes) : self(info).storages.find(id, &bytes);
  if (data == nullptr) raise(info.Env(), "DeadStorage", "not a live storage");
  const int64_t offset = whole(info, 1);
  if (offset > bytes || b.size > bytes - offset)
    raise(info.Env(), "BadRange", std::to_string(b.size) + " bytes at " + std::to_string(offset) + " of a storage of " + std::to_string(bytes));
  return data + offset;
}
void upload(const Info& info) {
  const Bytes b = bytesOf(info, 2);
  char* to = part(info, b, true);
  if (self(info).storages.pinned(number(info, 0))) raise(info.Env(), "InFlight", "a storage that a running plan uses");
  if (b.size > 0) std::memcpy(to, b.at, size_t(b.size));
}
void download(const Info& info) {
  const Bytes b = bytesOf(info, 2);
  const char* from = part(info, b, false);
  if (b.size > 0) std::memcpy(b.at, from, size_t(b.size));
}
void emptyStorage(const Info& info) { self(info).storages.empty(number(info, 0)); }
Napi::Value load(const Info& info) {
  Addon& a = self(info);
  if (info.Length() < 1 || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    raise(info.Env(), "BadArgument", "a Float64Array was expected");
  const Bytes b = bytesOf(info, 0);
  std::shared_ptr<Plan> plan;
  try {
    plan = decode(reinterpret_cast<const double*>(b.at), b.size / 8);
  } catch (const BadProgram& e) {
    raise(info.Env(), "BadProgram", e.sentence);
  } catch (const OutOfMemory&) {
    raise(info.Env(), "OutOfMemory", "out of memory while decoding a program");
  } catch (const std::bad_alloc&) {
    raise(info.Env(), "OutOfMemory", "out of memory while decoding a program");
  }
  if (plan->words > commandWords) raise(info.Env(), "BadProgram", "more inputs and outputs than a command holds");
  uint32_t i;
  if (a.sparePlans.empty()) {
    i = uint32_t(a.plans.size());
    a.plans.emplace_back();
  } else {
    i = a.sparePlans.back();
    a.sparePlans.pop_back();
  }
  a.plans[i].plan = std::move(plan);
  return Napi::Number::New(info.Env(), double(a.plans[i].generation) * Addon::step + double(i));
}
void unload(const Info& info) {
  Addon& a = self(info);
  std::shared_ptr<Plan>* p = a.planOf(number(info, 0));
  if (p == nullptr) return;
  p->reset();
  const uint32_t i = uint32_t(uint64_t(number(info, 0)) % uint64_t(Addon::step));
  a.plans[i].generation = (a.plans[i].generation + 1) & 0x1FFFFFFF;
  a.sparePlans.push_back(i);
}
Napi::Value shared(const Info& info) {
  Addon& a = self(info);
  const Napi::Env env = info.Env();
  if (a.commandRef == nullptr) {
    Napi::Float64Array words = Napi::Float64Array::New(env, size_t(commandWords));
    a.command = words.Data();
    napi_create_reference(env, words, 1, &a.commandRef);
  }
  napi_value v;
  napi_get_reference_value(env, a.commandRef, &v);
  return Napi::Value(env, v);
}
/// Raw Node-API: the wrapper's 10 ns are worth saving here.
napi_value run(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Addon& a = *static_cast<Addon*>(data);
  int status = failed;
  try {
    status = a.command == nullptr ? int(unknownPlan) : a.run();
  } catch (...) {
    a.sentence = "a run that failed before it began";
  }
  napi_value result;
  napi_create_int32(env, status, &result);
  return result;
}
/// The command's run with a clock, a Float64Array.
Napi::Value runTimed(const Info& info) {
  Addon& a = self(info);
  if (info.Length() < 1 || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    raise(info.Env(), "BadArgument", "a Float64Array was expected");
  const Bytes b = bytesOf(info, 0);
  std::shared_ptr<Plan>* p = a.command == nullptr ? nullptr : a.planOf(a.command[0]);
  if (p == nullptr) raise(info.Env(), "BadRun", "no such plan");
  if (b.size / 8 < clockWords(**p)) raise(info.Env(), "BadArgument", "a clock with too few words");
  return Napi::Number::New(info.Env(), a.run(reinterpret_cast<double*>(b.at)));
}
void runAsync(const Info& info) {
  Addon& a = self(info);
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array || !info[1].IsFunction())
    raise(env, "BadArgument", "a Float64Array and a function were expected");
  const Bytes b = bytesOf(info, 0);
  const double* words = reinterpret_cast<const double*>(b.at);
  auto job = std::make_unique<Job>();
  std::shared_ptr<Plan>* p = b.size >= 8 ? a.planOf(words[0]) : nullptr;
  if (p == nullptr) raise(env, "BadRun", "no such plan");
  job->plan = *p;
  const Plan& plan = **p;
  if (b.size / 8 < plan.words) raise(env, "BadRun", "a command with too few words");
  if (a.resolve(plan, words, *job) != fine) raise(env, "BadRun", a.sentence);
  const double* slots = words + 1 + 2 * plan.inputs;
  job->slots.assign(slots, slots + plan.slotWords);
  for (int64_t i = 0; i < plan.inputs; i++) job->pins.push_back(words[1 + 2 * i]);
  for (int64_t i = 0; i < plan.outputs; i++) job->pins.push_back(slots[plan.slotWords + 2 * i]);
  a.start(env);
  napi_create_reference(env, info[1], 1, &job->done);
  for (double id : job->pins) a.storages.pin(id, 1);
  if (a.inFlight++ == 0) napi_ref_threadsafe_function(env, a.report);
  std::lock_guard<std::mutex> hold(a.lock);
  a.queue.push_back(std::move(job));
  a.wake.notify_one();
}
Napi::Value failure(const Info& info) { return Napi::String::New(info.Env(), self(info).sentence); }
Napi::Value memory(const Info& info) {
  Addon& a = self(info);
  const PoolState p = poolState();
  Napi::Object o = Napi::Object::New(info.Env());
  o.Set("live", double(a.storages.live));
  o.Set("pooled", double(p.cached));
  o.Set("used", double(p.used));
  o.Set("peak", double(p.peak));
  o.Set("limit", double(p.limit));
  o.Set("threshold", double(a.storages.threshold));
  o.Set("storages", double(a.storages.count));
  o.Set("collections", double(a.storages.collections));
  o.Set("kept", double(keptBytes()));
  o.Set("arena", double(a.runner.arenaBytes() + a.asyncRunner.arenaBytes()));
  return o;
}
Napi::Value largest(const Info& info) { return Napi::Value(info.Env(), self(info).storages.largest(size_t(whole(info, 0)))); }
void sweep(const Info& info) { self(info).storages.sweep(true); }
void setPoisonJs(const Info& info) { setPoison(info.Length() > 0 && info[0].ToBoolean().Value()); }
void setEmitsJs(const Info& info) { setEmits(int(least(whole(info, 0), 512))); }
void setThreads(const Info& info) { setThreadCount(int(least(whole(info, 0), 256))); }
void limit(const Info& info) { setPoolLimit(whole(info, 0)); }
void trim(const Info& info) {
  self(info).runner.release();
  dropKept();
  trimPool();
}
void collector(const Info& info) {
  if (info.Length() < 1 || !info[0].IsFunction()) raise(info.Env(), "BadArgument", "a function was expected");
  self(info).storages.collector(info[0]);
}
Napi::Value predictedMicros(const Info& info) {
  std::shared_ptr<Plan>* p = self(info).planOf(number(info, 0));
  if (p == nullptr) raise(info.Env(), "BadRun", "no such plan");
  return Napi::Number::New(info.Env(), (*p)->micros);
}

/// Output and input, again and again.
Napi::Value overlays(const Info& info) {
  std::shared_ptr<Plan>* p = self(info).planOf(number(info, 0));
  if (p == nullptr) raise(info.Env(), "BadRun", "no such plan");
  const List<Overlay>& list = (*p)->overlays;
  Napi::Float64Array pairs = Napi::Float64Array::New(info.Env(), 2 * size_t(list.size));
  for (size_t i = 0; i < size_t(list.size); i++) {
    pairs[2 * i] = double(list[int64_t(i)].output);
    pairs[2 * i + 1] = double(list[int64_t(i)].input);
  }
  return pairs;
}
/// The predicted time of each instruction.
Napi::Value predictions(const Info& info) {
  std::shared_ptr<Plan>* p = self(info).planOf(number(info, 0));
  if (p == nullptr) raise(info.Env(), "BadRun", "no such plan");
  const List<Instruction*>& list = (*p)->instructions;
  Napi::Float64Array micros = Napi::Float64Array::New(info.Env(), size_t(list.size));
  for (int i = 0; i < list.size; i++) micros[size_t(i)] = list[i]->micros;
  return micros;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Addon* a = new Addon(env);
  env.SetInstanceData<Addon>(a);
  napi_add_env_cleanup_hook(env, [](void* p) { static_cast<Addon*>(p)->close(); }, a);
  const auto give = [&](const char* name, auto fn) { exports.Set(name, Napi::Function::New(env, fn, name, a)); };
  give("describe", describe);
  give("kernels", kernelNames);
  give("granted", granted);
  give("peaks", peaks);
  give("alloc", alloc);
  give("upload", upload);
  give("download", download);
  give("empty", emptyStorage);
  give("load", load);
  give("unload", unload);
  give("shared", shared);
  give("runAsync", runAsync);
  give("failure", failure);
  give("memory", memory);
  give("largest", largest);
  give("sweep", sweep);
  give("poison", setPoisonJs);
  give("emits", setEmitsJs);
  give("setThreads", setThreads);
  give("limit", limit);
  give("trim", trim);
  give("collector", collector);
  give("predictedMicros", predictedMicros);
  give("predictions", predictions);
  give("overlays", overlays);
  give("runTimed", runTimed);
  napi_value fn;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, a, &fn);
  exports.Set("run", Napi::Value(env, fn));
  giveComm(env, exports);
  return exports;
}

}  // namespace
}  // namespace cot

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return cot::init(env, exports); }
NODE_API_MODULE(cotangent, Init)
