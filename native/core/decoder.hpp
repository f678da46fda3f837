// Instructions of a program, each with the file that reads it.
#pragma once
#include "core/beside.hpp"
#include "core/emit.hpp"
#include "core/views.hpp"

namespace cot {

struct Decoder : Views {
  Emitter emitter;
  int depth = 0;
  std::vector<int32_t> keeps;
  Claimed claimed;               // by loop

  using Views::Views;

  // decodeLoop.cpp
  Source source(int64_t rank, const int64_t* d);
  void immediate(Source& s);
  /// `dtypeOf` holds the sources' dtypes on entry; operations are appended.
  void ops(Body& body, std::vector<DType>& dtypeOf);
  void body(Body& body, std::vector<DType>& dtypeOf, int64_t rank, const int64_t* d);
  Loop* loop(const View* made = nullptr);
  /// The source of an epilogue that is the result which it belongs to.
  int32_t reads(const Loop& l, const View& made);
  /// Of a product or a convolution parts are written while others are read: neither it nor its epilogue writes over operands (the
  /// first claims), and the epilogue reads what it was made of, if at all, as it lies.
  void beyond(size_t own) const;
  /// What an instruction ends with, or nothing: a loop over its result, which has no gaps, so that a part of it is a part of the loop.
  const Loop* epilogue(Instruction& i, const View& made, const int64_t* d);
  /// Which reductions of its row an operation waits for, and which registers are one value a row.
  void staged(Loop& l, const List<int64_t>& d, int kept);

  // decodeProduct.cpp
  Instruction* dot();
  void window(Window& w, int rank, int64_t low);
  void keep(int32_t buffer);
  Instruction* conv();
  Instruction* maxPool();

  // decodeIndex.cpp
  Instruction* indexed(bool scatter);
  Instruction* cumulative();
  Instruction* sort(bool positions);

  // decodeAttention.cpp
  Instruction* attention();

  // decodeFactor.cpp
  Instruction* dft();
  Instruction* factor();

  // decodeFlow.cpp
  Instruction* exchange();
  Instruction* wait();
  Instruction* repeat();
  /// Where devices have memory of their own: each once.
  void ownMemory(Gang& g);
  Instruction* devices();
  Instruction* cond();
  Instruction* whileLoop();

  // decode.cpp
  Instruction* instruction();
  List<Instruction*> list();
  void buffers();
  /// Words of each slot in the command: two for an i64, else one.
  void slots();
  void program();
};

}  // namespace cot
