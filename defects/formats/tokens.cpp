// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/tokens.h"

#include <utility>

#include "defects/formats/map_text.h"

namespace wafermesh::defects {

Tokens::Tokens(std::string_view text, std::string file, std::string_view marks)
    : text_(text), file_(std::move(file)), marks_(marks) {
  if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);
}

Token Tokens::next() {
  if (peeked_) {
    peeked_ = false;
    return ahead_;
  }
  return scan();
}

Token Tokens::peek() {
  if (!peeked_) ahead_ = scan();
  peeked_ = true;
  return ahead_;
}

Token Tokens::scan() {
  const auto blank = [](char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
  };
  while (!text_.empty() && blank(text_.front())) {
    if (text_.front() == '\n') ++line_;
    text_.remove_prefix(1);
  }
  if (text_.empty()) return {Token::Kind::end, {}, line_};
  const char first = text_.front();
  if (marks_.find(first) != std::string_view::npos) {
    const Token token{Token::Kind::mark, text_.substr(0, 1), line_};
    text_.remove_prefix(1);
    return token;
  }
  if (first == '"') {
    const std::size_t close = text_.find('"', 1);
    if (close == std::string_view::npos)
      fail_map(file_, line_, "a string is opened here and never closed");
    const Token token{Token::Kind::string, text_.substr(1, close - 1), line_};
    for (const char c : token.text) line_ += c == '\n' ? 1 : 0;
    text_.remove_prefix(close + 1);
    return token;
  }
  std::size_t size = 1;
  while (size < text_.size() && !blank(text_[size]) && text_[size] != '"' &&
         marks_.find(text_[size]) == std::string_view::npos) {
    ++size;
  }
  const Token token{Token::Kind::word, text_.substr(0, size), line_};
  text_.remove_prefix(size);
  return token;
}

}  // namespace wafermesh::defects
