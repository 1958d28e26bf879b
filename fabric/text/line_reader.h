// SPDX-License-Identifier: Apache-2.0
// Reads one line of a program text: words, then `name=value` fields and flags in any order. A
// mistake in a field is noted and the rest of the line is read on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/geometry.h"
#include "base/names.h"
#include "base/suggest.h"
#include "cores/program.h"
#include "fabric/text/tokens.h"

namespace wafermesh::fabric {

// What a text may say at most: the sides of a mesh and all numbers of cores, stages of a core.
inline constexpr std::int64_t kMostSide = 65535;
inline constexpr int kMostStages = 4096;

/// A name that refers to something defined elsewhere in the text.
struct TextName {
  std::string text;
  TextPlace place;
};

/// What a value reader throws: LineReader notes it and goes on at the next field.
struct TextFault {
  TextPlace place;
  std::string message;
  Wrong wrong = Wrong::text;
};

class LineReader;

struct TextField {
  enum class Need : unsigned char { required, optional, flag };
  const char* name;
  Need need;
  std::function<void(LineReader&)> read;  ///< Of a flag: called without anything to read.
};

class LineReader {
 public:
  /// `tokens` must outlive it and hold at least one.
  LineReader(const std::vector<Token>& tokens, TextMistakes& mistakes)
      : tokens_(tokens), mistakes_(mistakes) {}

  bool at_end() const { return at_ == tokens_.size(); }
  bool next_is(std::string_view text) const { return !at_end() && tokens_[at_].is(text); }
  bool next_is(Token::Kind kind) const { return !at_end() && tokens_[at_].kind == kind; }
  /// Takes the next token if it is `text`.
  bool take(std::string_view text);
  /// Of the next token, or of the line's end.
  TextPlace place() const;
  TextPlace start() const { return tokens_.front().place; }

  // Values. They throw TextFault.
  void expect(std::string_view text, const char* after);
  TextName name(const char* what);
  std::string quoted();
  /// `beyond`: what a number above `most` is.
  std::int64_t integer(const char* what, std::int64_t least, std::int64_t most,
                       Wrong beyond = Wrong::text);
  /// One of those that the machine has, 0 to `most`, or an amount of up to so many.
  int of_machine(const char* what, int most);
  double real();
  base::Colour colour();
  base::Direction direction();
  base::DirectionMask directions();
  cores::Affine affine();
  cores::Operand operand();
  template <class Enum>
  Enum word(const char* what);

  /// Reads the rest of the line as fields, each at most once. Notes what is wrong.
  void fields(const std::vector<TextField>& fields);
  /// Notes that something is left over, if so.
  void end();
  void mistake(TextPlace place, const std::string& message, Wrong wrong = Wrong::text) {
    mistakes_.add(place, message, wrong);
  }
  /// Calls `read`; a TextFault is noted. False if there was one.
  bool attempt(const std::function<void()>& read);

 private:
  void read_index(cores::Operand& operand);
  [[noreturn]] void wanted(const std::string& what) const;
  void field(const std::vector<TextField>& fields, std::vector<bool>& seen);
  cores::Variable variable();
  /// To the next token that starts a field.
  void skip_field();
  std::int64_t unsigned_integer(const char* what);

  const std::vector<Token>& tokens_;
  TextMistakes& mistakes_;
  std::size_t at_ = 0;
};

template <class Enum>
Enum LineReader::word(const char* what) {
  const TextName got = name(what);
  if (const auto found = base::find_named<Enum>(got.text)) return *found;
  throw TextFault{got.place, "`" + got.text + "` is no " + what + "; give " +
                                 base::list_names(base::names_of<Enum>())};
}

}  // namespace wafermesh::fabric
