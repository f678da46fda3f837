// The door to the group of processes: opened once, told of by one JavaScript function. The contract is in lib/run/addon.ts.
#include "comm.hpp"

#include <dlfcn.h>

#include <memory>

#include "core/comm.hpp"

namespace cot {
namespace {

using Info = Napi::CallbackInfo;
struct Group {
  std::unique_ptr<Comm> comm;
  Napi::ThreadSafeFunction tell;
  int64_t pending = 0;           // answers that keep the event loop alive
};
Group* group = nullptr;

/// What JavaScript is told: the number of a question (0: none), what went wrong, and bytes.
struct News {
  double id;
  std::string why;
  std::shared_ptr<std::vector<char>> bytes;
};
void told(Napi::Env env, Napi::Function fn, News* news) {
  std::unique_ptr<News> n(news);
  if (static_cast<napi_env>(env) == nullptr || group == nullptr) return;
  if (n->id != 0 && --group->pending == 0) group->tell.Unref(env);
  Napi::Value bytes = env.Undefined();
  if (n->bytes) {
    Napi::Uint8Array array = Napi::Uint8Array::New(env, n->bytes->size());
    std::memcpy(array.Data(), n->bytes->data(), n->bytes->size());
    bytes = array;
  }
  fn.Call({Napi::Number::New(env, n->id), Napi::String::New(env, n->why), bytes});
}
void tell(double id, const std::string& why, std::shared_ptr<std::vector<char>> bytes = nullptr) {
  News* news = new News{id, why, std::move(bytes)};
  if (group->tell.NonBlockingCall(news, told) != napi_ok) delete news;
}
void asks(Napi::Env env) {
  if (group->pending++ == 0) group->tell.Ref(env);
}
const ct_comm_v1* openEngine(const std::string& path, std::string* why) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  void* symbol = library == nullptr ? nullptr : dlsym(library, CT_COMM_OPEN);
  if (symbol == nullptr) {
    const char* said = dlerror();
    *why = said == nullptr ? path + " is no engine" : said;
    return nullptr;
  }
  char sentence[512] = "";
  const ct_comm_v1* engine = reinterpret_cast<ct_comm_open_fn>(symbol)(sentence, sizeof sentence);
  if (engine == nullptr) *why = sentence;
  else if (engine->version != CT_COMM_VERSION) {
    *why = path + " is of another version";
    return nullptr;
  }
  return engine;
}
[[noreturn]] void refuse(const Info& info, const char* sentence) { throw Napi::Error::New(info.Env(), sentence); }

void open(const Info& info) {
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsFunction()) refuse(info, "a path, a deadline and a function were expected");
  if (group != nullptr) refuse(info, "the group of processes is open already");
  const Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  group = new Group;
  group->tell = Napi::ThreadSafeFunction::New(env, info[2].As<Napi::Function>(), "cotangent", 0, 1);
  group->tell.Unref(env);
  asks(env);
  Comm::Settings s;
  s.hangs = 0.3;
  s.deadline = info[1].As<Napi::Number>();
  s.open = [path](std::string* why) { return openEngine(path, why); };
  s.opened = [](const std::string& why) { tell(1, why); };
  s.late = [](const std::string& sentence) { tell(0, sentence); };
  group->comm = std::make_unique<Comm>(std::move(s));
  setComm(group->comm.get());
  napi_add_env_cleanup_hook(env, [](void*) {
    group->comm.reset();
    group->tell.Abort();
    delete group;
    group = nullptr;
  }, nullptr);
}
Comm& opened(const Info& info) {
  if (group == nullptr || !group->comm->ready()) refuse(info, "there is no group of processes");
  return *group->comm;
}
Napi::Value world(const Info& info) {
  const Comm& c = opened(info);
  Napi::Object o = Napi::Object::New(info.Env());
  o.Set("rank", c.rank());
  o.Set("size", c.size());
  o.Set("local", c.local());
  return o;
}
void gather(const Info& info) {
  Comm& c = opened(info);
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsTypedArray()) refuse(info, "a number, a label and bytes were expected");
  const double id = info[0].As<Napi::Number>();
  const std::string label = info[1].As<Napi::String>();
  const Napi::TypedArray given = info[2].As<Napi::TypedArray>();
  const char* data = static_cast<const char*>(given.ArrayBuffer().Data()) + given.ByteOffset();
  auto in = std::make_shared<std::vector<char>>(data, data + given.ByteLength());
  auto out = std::make_shared<std::vector<char>>(in->size() * size_t(c.size()));
  Call call{How::gather, U8, in->data(), out->data(), int64_t(in->size()), {}};
  label.copy(call.label, longestLabel);
  asks(info.Env());
  c.later(call, [id, in, out](const std::string& why) { tell(id, why, out); });
}
void close(const Info& info) {
  Comm& c = opened(info);
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsString()) refuse(info, "a number and a label were expected");
  const double id = info[0].As<Napi::Number>();
  const std::string label = info[1].As<Napi::String>();
  asks(info.Env());
  c.close(label, [id](const std::string& why) { tell(id, why); });
}
void abort(const Info& info) {
  if (group != nullptr) group->comm->abort(info[0].As<Napi::Number>());
}
Napi::Value last(const Info& info) {
  const Comm::Last l = opened(info).last();
  Napi::Object o = Napi::Object::New(info.Env());
  o.Set("number", double(l.number));
  o.Set("label", l.label);
  o.Set("waiting", l.waiting);
  return o;
}

}  // namespace

void giveComm(Napi::Env env, Napi::Object exports) {
  Napi::Object o = Napi::Object::New(env);
  o.Set("open", Napi::Function::New(env, open, "open"));
  o.Set("world", Napi::Function::New(env, world, "world"));
  o.Set("gather", Napi::Function::New(env, gather, "gather"));
  o.Set("close", Napi::Function::New(env, close, "close"));
  o.Set("abort", Napi::Function::New(env, abort, "abort"));
  o.Set("last", Napi::Function::New(env, last, "last"));
  exports.Set("comm", o);
}

}  // namespace cot
