// Words to a plan. Everything is checked here, once: after `decode` returns, no kernel can leave its buffers whatever the
// words were. Memory and time are proportional to the number of words.
#pragma once
#include <memory>
#include <string>

#include "core/emit.hpp"
#include "core/shelf.hpp"

namespace cot {

/// An output that may lie where an input lies: nobody reads the input after what is written there.
struct Overlay { int64_t output, input; };
struct Plan {
  Shelf shelf;
  CodePages code;
  List<Buffer> buffers;
  List<Instruction*> instructions;
  int64_t inputs = 0, outputs = 0, slots = 0;   // how many the command must bring
  List<int64_t> slotWord;                       // each slot's first word, counted from the first slot word
  int64_t slotWords = 0, words = 0;             // words = all of the command, plan id included
  int64_t arena = 0;                            // bytes
  double micros = 0;                            // predicted, one thread
  List<Overlay> overlays;                       // each output and each input once at most (core/overlay.cpp)
  List<int32_t> keeps;                          // input buffers of which kernels may keep what they make (core/kept.hpp)
  int64_t calm = 0;                             // bytes of work memory with which nothing fails once these are written
};

/// A program that its decoder refuses; the sentence says which word and why.
struct BadProgram : std::exception {
  std::string sentence;
  explicit BadProgram(std::string s) : sentence(std::move(s)) {}
  const char* what() const noexcept override { return sentence.c_str(); }
};
/// Throws BadProgram.
std::unique_ptr<Plan> decode(const double* words, int64_t count);

}  // namespace cot
