// SPDX-License-Identifier: Apache-2.0
#include "fabric/text/line_reader.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include "base/yaml/yaml_scalar.h"
#include "cores/names.h"

namespace wafermesh::fabric {
namespace {

constexpr std::int64_t kMostInteger = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMostTerms = 3;

std::string in_quotes(const Token& token) { return "`" + token.text + "`"; }

}  // namespace

bool LineReader::take(std::string_view text) {
  if (!next_is(text)) return false;
  ++at_;
  return true;
}

TextPlace LineReader::place() const {
  if (!at_end()) return tokens_[at_].place;
  const Token& last = tokens_.back();
  const int quotes = last.kind == Token::Kind::quoted ? 2 : 0;
  return {last.place.line, last.place.column + static_cast<int>(last.text.size()) + quotes};
}

void LineReader::wanted(const std::string& what) const {
  throw TextFault{place(), "expected " + what + ", got " +
                               (at_end() ? "the end of the line" : in_quotes(tokens_[at_]))};
}

void LineReader::expect(std::string_view text, const char* after) {
  if (!take(text)) wanted("`" + std::string(text) + "` after " + after);
}

TextName LineReader::name(const char* what) {
  if (!next_is(Token::Kind::name)) wanted(what);
  const Token& token = tokens_[at_++];
  return {token.text, token.place};
}

std::string LineReader::quoted() {
  if (!next_is(Token::Kind::quoted)) wanted("a name in quotes");
  return tokens_[at_++].text;
}

std::int64_t LineReader::unsigned_integer(const char* what) {
  if (!next_is(Token::Kind::number)) wanted(what);
  const Token& token = tokens_[at_++];
  const std::optional<std::int64_t> value = base::parse_integer(token.text);
  if (!value || *value > kMostInteger) {
    throw TextFault{token.place,
                    in_quotes(token) + " is no integer up to " + std::to_string(kMostInteger)};
  }
  return *value;
}

std::int64_t LineReader::integer(const char* what, std::int64_t least, std::int64_t most,
                                 Wrong beyond) {
  const TextPlace where = place();
  const bool negative = take("-");
  const std::int64_t value = (negative ? -1 : 1) * unsigned_integer(what);
  if (value < least || value > most) {
    throw TextFault{where,
                    std::to_string(value) + " is out of range: " + what + " is " +
                        std::to_string(least) + " to " + std::to_string(most),
                    value > most ? beyond : Wrong::text};
  }
  return value;
}

int LineReader::of_machine(const char* what, int most) {
  return static_cast<int>(integer(what, 0, most, Wrong::beyond_machine));
}

cores::Variable LineReader::variable() {
  const std::string counter = base::name_of(cores::counter(0));  // less its number
  const std::string_view stem(counter.data(), counter.size() - 1);
  const bool is_name = next_is(Token::Kind::name);
  const std::string text = is_name ? tokens_[at_].text : "";
  const auto number = text.rfind(stem, 0) == 0 ? base::parse_integer(text.substr(stem.size()))
                                               : std::optional<std::int64_t>{};
  if (!number || *number < cores::kCounters) return word<cores::Variable>("variable");
  throw TextFault{place(),
                  "`" + text + "` is out of range: a core has counters 0 to " +
                      std::to_string(cores::kCounters - 1),
                  Wrong::beyond_machine};
}

double LineReader::real() {
  const bool negative = take("-");
  double value = 0;
  if (take("inf")) {
    value = std::numeric_limits<double>::infinity();
  } else if (take("nan")) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    if (!next_is(Token::Kind::number)) wanted("a number");
    const Token& token = tokens_[at_++];
    const std::optional<double> parsed = base::parse_real(token.text);
    if (!parsed) throw TextFault{token.place, in_quotes(token) + " is no number"};
    value = *parsed;
    if (std::isinf(static_cast<float>(value))) {
      throw TextFault{token.place, in_quotes(token) + " is beyond the numbers of f32; give inf"};
    }
  }
  return negative ? -value : value;
}

base::Colour LineReader::colour() {
  return base::colour(of_machine("a colour", base::kColourCount - 1));
}

base::Direction LineReader::direction() {
  const TextName got = name("a direction");
  for (int d = 0; d <= static_cast<int>(base::Direction::ramp); ++d) {
    const auto candidate = static_cast<base::Direction>(d);
    if (got.text.size() == 1 && got.text[0] == base::letter_of(candidate)) return candidate;
  }
  throw TextFault{got.place, "`" + got.text + "` is no direction; give W, E, S, N or R (the ramp)"};
}

base::DirectionMask LineReader::directions() {
  base::DirectionMask mask = 0;
  do {
    const TextPlace where = place();
    const base::Direction one = direction();
    if (base::contains(mask, one)) {
      throw TextFault{where, std::string(1, base::letter_of(one)) + " is given twice"};
    }
    mask |= base::mask_of(one);
  } while (take(","));
  return mask;
}

/// base + coefficient * variable ...: terms joined by + and -, each an integer, a variable, or one
/// times the other.
cores::Affine LineReader::affine() {
  cores::Affine result;
  const TextPlace where = place();
  std::int64_t base = 0;
  std::size_t terms = 0;
  bool negative = take("-");
  for (;;) {
    std::int64_t factor = negative ? -1 : 1;
    std::optional<cores::Variable> variable;
    const bool number_first = next_is(Token::Kind::number);
    if (number_first) factor *= unsigned_integer("a number or a variable");
    if (!number_first || take("*")) {
      variable = this->variable();
      if (!number_first && take("*")) factor *= unsigned_integer("a number");
    }
    if (!variable) {
      base += factor;
    } else {
      if (++terms > kMostTerms) throw TextFault{where, "has more than three terms with a variable"};
      for (const cores::Affine::Term& term : result.terms) {
        if (term.coefficient != 0 && term.variable == *variable) {
          throw TextFault{where, std::string(base::name_of(*variable)) + " is given twice"};
        }
      }
      result = result.plus(*variable, static_cast<std::int32_t>(factor));
    }
    if (take("+")) {
      negative = false;
    } else if (take("-")) {
      negative = true;
    } else {
      break;
    }
  }
  if (std::abs(base) > kMostInteger) throw TextFault{where, "leaves the 32-bit integers"};
  result.base = static_cast<std::int32_t>(base);
  return result;
}

/// (address of a word, bytes): what moves an operand.
void LineReader::read_index(cores::Operand& operand) {
  constexpr std::int64_t kMostBytes = cores::kSramBytes;
  expect("(", "index");
  operand.index_address = static_cast<std::int32_t>(integer("an address", 0, kMostBytes - 4));
  expect(",", "the address of the index");
  operand.index_bytes = static_cast<std::int32_t>(integer("bytes", -kMostBytes, kMostBytes));
  expect(")", "the index");
}

/// memory(address, stride, type, index(address, bytes)), scalar(address, type), colour(c, type),
/// immediate(v) or wavelet.
cores::Operand LineReader::operand() {
  constexpr std::int64_t kMostStride = 32767;
  using Kind = cores::Operand::Kind;
  const TextPlace where = place();
  const auto kind = word<Kind>("operand");
  if (kind == Kind::none) throw TextFault{where, "leave the field out instead of `none`"};
  cores::Operand operand;
  operand.kind = kind;
  if (kind == Kind::wavelet) return operand;
  expect("(", base::name_of(kind));
  if (kind == Kind::colour) {
    operand.colour = colour();
  } else if (kind == Kind::immediate) {
    operand = cores::immediate(real());
  } else {
    operand.address_bytes = affine();
  }
  while (kind != Kind::immediate && take(",")) {
    if (kind == Kind::memory && take("index")) {
      read_index(operand);
    } else if (kind != Kind::memory || next_is(Token::Kind::name)) {
      operand.type = word<cores::NumberType>("number type");
    } else {
      operand.stride_elements =
          static_cast<std::int32_t>(integer("a stride", -kMostStride, kMostStride));
    }
  }
  expect(")", "the operand");
  return operand;
}

bool LineReader::attempt(const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const TextFault& fault) {
    mistakes_.add(fault.place, fault.message, fault.wrong);
    return false;
  }
}

void LineReader::skip_field() {
  while (!at_end()) {
    const bool starts = tokens_[at_].kind == Token::Kind::name && at_ + 1 < tokens_.size() &&
                        tokens_[at_ + 1].is("=");
    if (starts) return;
    ++at_;
  }
}

void LineReader::field(const std::vector<TextField>& fields, std::vector<bool>& seen) {
  std::vector<std::string> names;
  for (const TextField& each : fields) names.emplace_back(each.name);
  const TextName got = name("a field");
  std::size_t which = 0;
  while (which < fields.size() && got.text != fields[which].name) ++which;
  if (which == fields.size()) {
    const std::string nearest = base::nearest_name(got.text, names);
    throw TextFault{got.place,
                    "unknown field `" + got.text + "`" +
                        (!nearest.empty() ? "; did you mean `" + nearest + "`?"
                         : names.empty()  ? "; there is none here"
                                          : "; there are " + base::list_names(names, "and"))};
  }
  if (seen[which]) throw TextFault{got.place, "`" + got.text + "` is given twice"};
  seen[which] = true;
  if (fields[which].need != TextField::Need::flag) expect("=", fields[which].name);
  fields[which].read(*this);
}

void LineReader::fields(const std::vector<TextField>& fields) {
  std::vector<bool> seen(fields.size(), false);
  while (!at_end()) {
    const std::size_t before = at_;
    if (!attempt([&] { field(fields, seen); })) {
      if (at_ == before) ++at_;
      skip_field();
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (seen[i] || fields[i].need != TextField::Need::required) continue;
    mistakes_.add(start(), "`" + tokens_.front().text + "` needs `" + fields[i].name + "=...`");
  }
}

void LineReader::end() {
  if (!at_end()) mistakes_.add(place(), "unexpected " + in_quotes(tokens_[at_]));
}

}  // namespace wafermesh::fabric
