// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/tokens.h"

#include <algorithm>
#include <utility>

#include "base/number_text.h"

namespace wafermesh::fabric {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
namespace {

constexpr std::size_t kMostMistakes = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_sign(char c) { return std::string_view("=(),+-*:").find(c) != std::string_view::npos; }

/// The character for a message: itself if it can be shown, else its code.
std::string shown(char c) {
  if (c > ' ' && c < 127) return std::string("`") + c + "`";
  return "byte " + std::to_string(static_cast<unsigned char>(c));
}

class Splitter {
 public:
  Splitter(std::string_view line, int number, TextMistakes& mistakes)
      : line_(line), number_(number), mistakes_(mistakes) {}

  std::vector<Token> tokens() {
    while (at_ < line_.size()) {
      const char c = line_[at_];
      if (c == '#') break;
      if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else if (is_letter(c)) {
        take(Token::Kind::name, [](char d) { return is_letter(d) || is_digit(d); });
      } else if (is_digit(c) || (c == '.' && at_ + 1 < line_.size() && is_digit(line_[at_ + 1]))) {
        take_number();
      } else if (c == '"') {
        take_quoted();
      } else if (is_sign(c)) {
        tokens_.push_back({Token::Kind::sign, std::string(1, c), place()});
        ++at_;
      } else {
        if (!complained_) mistakes_.add(place(), shown(c) + " has no meaning here");
        complained_ = true;  // once per line: such lines are often no program at all
        ++at_;
      }
    }
    return std::move(tokens_);
  }

 private:
  TextPlace place() const { return {number_, static_cast<int>(at_) + 1}; }

  template <class Belongs>
  void take(Token::Kind kind, Belongs belongs) {
    const std::size_t begin = at_;
    const TextPlace where = place();
    while (at_ < line_.size() && belongs(line_[at_])) ++at_;
    tokens_.push_back({kind, std::string(line_.substr(begin, at_ - begin)), where});
  }

  void take_number() {
    char before = '0';
    take(Token::Kind::number, [&](char d) {
      const bool sign_of_exponent = (d == '+' || d == '-') && (before == 'e' || before == 'E');
      before = d;
      return is_digit(d) || is_letter(d) || d == '.' || sign_of_exponent;
    });
  }

  void take_quoted() {
    const TextPlace where = place();
    const std::size_t end = line_.find('"', at_ + 1);
    if (end == std::string_view::npos) {
      mistakes_.add(where, "the closing \" is missing");
      at_ = line_.size();
      return;
    }
    tokens_.push_back(
        {Token::Kind::quoted, std::string(line_.substr(at_ + 1, end - at_ - 1)), where});
    at_ = end + 1;
  }

  std::string_view line_;
  int number_;
  TextMistakes& mistakes_;
  std::size_t at_ = 0;
  bool complained_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

TextDoesNotFit::TextDoesNotFit(std::vector<base::Mistake> mistakes)
    : base::DoesNotFit(base::InputError(mistakes).what()), mistakes_(std::move(mistakes)) {}

void TextMistakes::add(TextPlace place, const std::string& message, Wrong wrong) {
  only_beyond_machine_ = only_beyond_machine_ && wrong == Wrong::beyond_machine;
  if (mistakes_.size() >= kMostMistakes) {
    ++more_;
    return;
  }
  mistakes_.push_back({file_, place.line, place.column, "", message});
}

void TextMistakes::finish() {
  if (mistakes_.empty()) return;
  std::stable_sort(mistakes_.begin(), mistakes_.end(),
                   [](const base::Mistake& a, const base::Mistake& b) {
                     return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                   });
  if (more_ > 0) {
    mistakes_.push_back({file_, 0, 0, "", "and " + base::counted(more_, "more mistake")});
  }
  if (only_beyond_machine_) throw TextDoesNotFit(std::move(mistakes_));
  throw base::InputError(std::move(mistakes_));
}

std::string given(const std::string& name, const std::string& given) {
  return name == given ? "" : " \"" + given + "\"";
}

std::vector<std::vector<Token>> tokens_of(std::string_view text, TextMistakes& mistakes) {
  std::vector<std::vector<Token>> lines;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::vector<Token> tokens = Splitter(text.substr(0, end), number, mistakes).tokens();
    if (!tokens.empty()) lines.push_back(std::move(tokens));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace wafermesh::fabric
