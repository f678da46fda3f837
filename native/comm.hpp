#pragma once
#include <napi.h>

namespace cot {
/// Adds `comm`, the door to the group of processes.
void giveComm(Napi::Env env, Napi::Object exports);
}  // namespace cot
