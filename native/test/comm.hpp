#pragma once
namespace cot::test {
/// How many things are wrong with groups of processes.
int commFailures();
/// A group of one process, which plans use while it lives.
class Alone {
 public:
  Alone();
  ~Alone();
  Alone(const Alone&) = delete;

 private:
  struct Group;
  Group* group;
};
}  // namespace cot::test
