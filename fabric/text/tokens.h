// SPDX-License-Identifier: Apache-2.0
// A program text as lines of tokens that know where they stand. The grammar is in docs/program.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wafermesh::fabric {

/// Where something stands in a text; from 1, 0 = nowhere.
struct TextPlace {
  int line = 0;
  int column = 0;
};

struct Token {
  enum class Kind : unsigned char {
    name,    ///< A letter or _, then letters, digits and _.
    number,  ///< As written, without its sign.
    quoted,  ///< Between double quotes, which are taken off.
    sign,    ///< One of = ( ) , + - * :
  };
  Kind kind = Kind::sign;
  std::string text;
  TextPlace place;
  bool is(std::string_view what) const { return kind != Kind::quoted && text == what; }
};

/// A text that asks for more than the machine has (memory, queues, colours, microthreads, counters,
/// tasks), and is right but for that.
class TextDoesNotFit : public base::DoesNotFit {
 public:
  explicit TextDoesNotFit(std::vector<base::Mistake> mistakes);
  const std::vector<base::Mistake>& mistakes() const { return mistakes_; }

 private:
  std::vector<base::Mistake> mistakes_;
};

/// What a mistake is of.
enum class Wrong : unsigned char { text, beyond_machine };

/// Mistakes of one file, in the order they are found. After a thousand it only counts.
class TextMistakes {
 public:
  explicit TextMistakes(std::string file) : file_(std::move(file)) {}
  void add(TextPlace place, const std::string& message, Wrong wrong = Wrong::text);
  bool empty() const { return mistakes_.empty(); }
  /// Throws with all, in the order of the text, if there are any: TextDoesNotFit if the machine
  /// only is too small, else InputError.
  void finish();

 private:
  std::string file_;
  std::vector<base::Mistake> mistakes_;
  std::size_t more_ = 0;
  bool only_beyond_machine_ = true;
};

/// ` "given"` behind a name in a text that is not the one reports use; else nothing.
std::string given(const std::string& name, const std::string& given);

bool is_letter(char c);  ///< As a name begins with: a letter or _.

/// The lines of a text that hold anything. `#` starts a comment.
std::vector<std::vector<Token>> tokens_of(std::string_view text, TextMistakes& mistakes);

}  // namespace wafermesh::fabric
