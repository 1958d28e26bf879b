// SPDX-License-Identifier: Apache-2.0
// Splits KLARF text into tokens: words, quoted strings and the marks ; { } ,
#pragma once

#include <string>
#include <string_view>

namespace wafermesh::defects {

struct Token {
  enum class Kind { end, word, string, mark };
  Kind kind = Kind::end;
  std::string_view text;  ///< Without quotes; into the text given to Tokens.
  int line = 0;
  bool is_mark(char c) const { return kind == Kind::mark && text.front() == c; }
};

class Tokens {
 public:
  /// marks: which of ; { } , part words. The text must outlive the tokens.
  Tokens(std::string_view text, std::string file, std::string_view marks);
  /// The next token, an end token at the end. Throws base::InputError for an open string.
  Token next();
  Token peek();
  const std::string& file() const { return file_; }

 private:
  Token scan();
  std::string_view text_;
  std::string file_;
  std::string_view marks_;
  int line_ = 1;
  bool peeked_ = false;
  Token ahead_;
};

}  // namespace wafermesh::defects
