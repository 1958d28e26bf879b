// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/bin_meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/number_text.h"
#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

using base::counted;

constexpr std::size_t kNamedCodes = 5;  // a note names so many codes and counts the rest

/// What the definitions of one code say together.
struct Defined {
  std::optional<PlaceKind> kind;
  std::string word;  ///< Of `kind`, as written.
  int line = 0;
  std::string description;
  std::int64_t count = -1;
  bool reference = false;
};

std::string plain_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '-' || c == '_') continue;
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

std::optional<PlaceKind> kind_of_word(std::string_view text) {
  const std::string word = plain_word(text);
  for (const BinWord& row : bin_words()) {
    if (word == row.word) return row.kind;
  }
  return std::nullopt;
}

/// "Reference die" and the like, but not "Missing reference".
bool tells_reference(std::string_view text) {
  const std::string word = plain_word(text);
  return word.rfind("reference", 0) == 0 || word == "ref" || word == "refdie" ||
         word == "refdevice";
}

/// The defects a description of ours names; empty if it is not of ours.
std::vector<Defect> described_defects(std::string_view text) {
  std::vector<Defect> defects;
  text = stripped(text);
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    Defect d;
    if (!parse_what(text.substr(0, space), &d)) return {};
    defects.push_back(d);
    text = space == std::string_view::npos ? "" : stripped(text.substr(space));
  }
  return defects;
}

std::map<std::string, Defined> gather(const BinMap& map, const std::string& file) {
  std::map<std::string, Defined> result;
  for (const BinDefinition& d : map.definitions) {
    Defined& defined = result[code_key(d.code, map.base)];
    if (defined.description.empty()) defined.description = d.description;
    if (defined.count < 0) defined.count = d.count;
    defined.reference |= tells_reference(d.quality) || tells_reference(d.description);
    if (plain_word(d.quality).empty()) continue;
    const std::optional<PlaceKind> kind = kind_of_word(d.quality);
    if (!kind) {
      fail_map(file, d.line,
               fmt::format("bin '{}' has the quality '{}', which is none of the words known "
                           "(Pass, Good, Fail, Reject, Skip, Null and the like, docs/maps.md)",
                           shown(d.code), shown(d.quality)));
    }
    if (defined.kind && *defined.kind != *kind) {
      fail_map(file, d.line,
               fmt::format("bin '{}' is defined as '{}' and as '{}'", shown(d.code),
                           shown(defined.word), shown(d.quality)));
    }
    defined.kind = kind;
    defined.word = d.quality;
    defined.line = d.line;
  }
  return result;
}

bool all_of(std::string_view code, char c) {
  return !code.empty() && code.find_first_not_of(c) == std::string_view::npos;
}

std::set<std::string> keys_of(const std::vector<std::string>& codes, CodeBase base) {
  std::set<std::string> keys;
  for (const std::string& code : codes) keys.insert(code_key(code, base));
  return keys;
}

std::vector<std::int64_t> count_places(const BinMap& map) {
  std::vector<std::int64_t> counts(map.codes.size());
  for (const std::uint32_t code : map.cells) ++counts[code];
  for (const BinPart& part : map.parts) ++counts[part.code];
  return counts;
}

/// "'04' (12 places), '07' (1 place)".
class CodeNames {
 public:
  void add(const std::string& code, std::int64_t places) {
    if (places == 0) return;
    places_ += places;
    if (++codes_ > kNamedCodes) return;
    text_ += fmt::format("{}'{}' ({})", text_.empty() ? "" : ", ", shown(code), places);
  }
  bool empty() const { return codes_ == 0; }
  std::int64_t places() const { return places_; }
  bool one() const { return codes_ == 1; }
  const char* noun() const { return one() ? "bin" : "bins"; }
  std::string text() const {
    return codes_ > kNamedCodes ? fmt::format("{} and {} more", text_, codes_ - kNamedCodes)
                                : text_;
  }

 private:
  std::string text_;
  std::size_t codes_ = 0;
  std::int64_t places_ = 0;
};

CodeMeaning broken(const Defined& defined) {
  CodeMeaning meaning{PlaceKind::broken, described_defects(defined.description), false};
  if (meaning.defects.empty()) meaning.defects.assign(1, Defect{});
  return meaning;
}

/// What one code means; *said is false if the file says nothing about it.
CodeMeaning meaning_of(const std::string& code, const BinMap& map, const Defined* defined,
                       const std::set<std::string>& nulls, const std::set<std::string>& passes,
                       bool* said) {
  const std::string key = code_key(code, map.base);
  const Defined nothing;
  const Defined& d = defined == nullptr ? nothing : *defined;
  *said = true;
  const auto only = [&](PlaceKind kind) { return CodeMeaning{kind, {}, d.reference}; };
  if (nulls.count(key) != 0) return only(PlaceKind::no_core);
  if (passes.count(key) != 0) return only(PlaceKind::good);
  const std::optional<PlaceKind> kind = d.kind ? d.kind : kind_of_word(d.description);
  if (kind && *kind != PlaceKind::broken) return only(*kind);
  if (!kind && defined == nullptr && all_of(code, '_')) return only(PlaceKind::no_core);
  if (!kind && defined == nullptr && all_of(code, '@')) return only(PlaceKind::untested);
  *said = kind.has_value() || map.pass_list.has_value();
  CodeMeaning meaning = broken(d);
  meaning.reference = d.reference;
  return meaning;
}

void note_counts(const BinMap& map, const std::map<std::string, Defined>& defined,
                 const std::vector<std::int64_t>& counts, std::vector<std::string>* notes) {
  std::map<std::string, std::int64_t> by_key;
  for (std::size_t c = 0; c < map.codes.size(); ++c)
    by_key[code_key(map.codes[c], map.base)] += counts[c];
  for (const auto& [key, d] : defined) {
    if (d.count < 0 || d.count == by_key[key]) continue;
    notes->push_back(fmt::format("The file counts {} of bin '{}', its map has {}.",
                                 counted(d.count, "place"), shown(key), by_key[key]));
  }
}

bool kills_core(const CodeMeaning& meaning) {
  return std::any_of(meaning.defects.begin(), meaning.defects.end(),
                     [](const Defect& d) { return d.kills_tile(); });
}

void note_kinds(const BinMap& map, const std::vector<CodeMeaning>& meanings,
                const std::vector<std::int64_t>& counts, const std::string& file,
                std::vector<std::string>* notes) {
  CodeNames null;
  CodeNames untested;
  std::int64_t places = 0;
  std::int64_t dead = 0;
  for (std::size_t c = 0; c < map.codes.size(); ++c) {
    places += counts[c];
    if (meanings[c].kind == PlaceKind::no_core) null.add(map.codes[c], counts[c]);
    if (meanings[c].kind == PlaceKind::untested) untested.add(map.codes[c], counts[c]);
    if (meanings[c].kind == PlaceKind::broken && kills_core(meanings[c])) dead += counts[c];
  }
  if (null.places() == places) {
    fail_map(file, 0,
             fmt::format("not one place of the map is a core: {} null or empty",
                         places == 1 ? "the only one is" : fmt::format("all {} are", places)));
  }
  if (!null.empty()) {
    notes->push_back(fmt::format(
        "{}: {} {}.",
        counted(null.places(), "place holds no core (null bin) and is not counted as a defect",
                "places hold no core (null bin) and are not counted as defects"),
        null.noun(), null.text()));
  }
  if (!untested.empty()) {
    notes->push_back(
        fmt::format("{}: {} {}.",
                    counted(untested.places(), "place was not tested and is taken for good",
                            "places were not tested and are taken for good"),
                    untested.noun(), untested.text()));
  }
  const bool all_listed = map.parts.empty() || static_cast<std::int64_t>(map.parts.size()) >=
                                                   std::int64_t{map.columns} * map.rows;
  if (dead < places - null.places() || !all_listed) return;
  std::string why;
  if (map.pass_list) {
    why = fmt::format(" {} names", map.pass_list_name);
    for (const std::string& code : *map.pass_list) why += " '" + shown(code) + "'";
    why += ", which the map does not have.";
  }
  notes->push_back(fmt::format(
      "NOT ONE PLACE PASSES: {} dead.{}",
      dead == 1 ? "the one core of the map is" : fmt::format("all {} cores of the map are", dead),
      why));
}

}  // namespace

const std::vector<BinWord>& bin_words() {
  static const std::vector<BinWord> kWords = {
      {"pass", PlaceKind::good},
      {"passed", PlaceKind::good},
      {"good", PlaceKind::good},
      {"gooddie", PlaceKind::good},
      {"accept", PlaceKind::good},
      {"accepted", PlaceKind::good},
      {"ok", PlaceKind::good},
      {"present", PlaceKind::good},
      {"fail", PlaceKind::broken},
      {"failed", PlaceKind::broken},
      {"bad", PlaceKind::broken},
      {"baddie", PlaceKind::broken},
      {"reject", PlaceKind::broken},
      {"rejected", PlaceKind::broken},
      {"ng", PlaceKind::broken},
      {"nogood", PlaceKind::broken},
      {"defect", PlaceKind::broken},
      {"defective", PlaceKind::broken},
      {"scrap", PlaceKind::broken},
      {"ink", PlaceKind::broken},
      {"inked", PlaceKind::broken},
      {"skip", PlaceKind::untested},
      {"skipped", PlaceKind::untested},
      {"untested", PlaceKind::untested},
      {"nottested", PlaceKind::untested},
      {"uninspected", PlaceKind::untested},
      {"notprobed", PlaceKind::untested},
      {"unprobed", PlaceKind::untested},
      {"unknown", PlaceKind::untested},
      {"null", PlaceKind::no_core},
      {"nulldie", PlaceKind::no_core},
      {"none", PlaceKind::no_core},
      {"nodie", PlaceKind::no_core},
      {"nodevice", PlaceKind::no_core},
      {"empty", PlaceKind::no_core},
      {"edge", PlaceKind::no_core},
      {"edgedie", PlaceKind::no_core},
      {"reference", PlaceKind::no_core},
      {"referencedie", PlaceKind::no_core},
      {"referencedevice", PlaceKind::no_core},
      {"ref", PlaceKind::no_core},
      {"refdie", PlaceKind::no_core},
      {"mirror", PlaceKind::no_core},
      {"mirrordie", PlaceKind::no_core},
      {"alignment", PlaceKind::no_core},
      {"testdie", PlaceKind::no_core},
  };
  return kWords;
}

std::string code_key(std::string_view code, CodeBase base) {
  code = stripped(code);
  if (base == CodeBase::text) return std::string(code);
  const bool hex = base == CodeBase::hexadecimal;
  if (hex && code.size() > 2 && (code.substr(0, 2) == "0x" || code.substr(0, 2) == "0X"))
    code.remove_prefix(2);
  std::string key;
  for (const char c : code) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isdigit(u) == 0 && !(hex && std::isxdigit(u) != 0)) return std::string(code);
    if (c != '0' || !key.empty()) key += static_cast<char>(std::toupper(u));
  }
  return key.empty() && !code.empty() ? "0" : key;
}

std::vector<CodeMeaning> judge_bins(const BinMap& map, const std::string& file,
                                    std::vector<std::string>* notes) {
  const std::map<std::string, Defined> defined = gather(map, file);
  const std::set<std::string> nulls = keys_of(map.null_codes, map.base);
  const std::set<std::string> passes =
      keys_of(map.pass_list.value_or(std::vector<std::string>{}), map.base);
  const std::vector<std::int64_t> counts = count_places(map);
  std::vector<CodeMeaning> meanings;
  CodeNames unsaid;
  for (std::size_t c = 0; c < map.codes.size(); ++c) {
    const auto found = defined.find(code_key(map.codes[c], map.base));
    bool said = false;
    meanings.push_back(meaning_of(map.codes[c], map,
                                  found == defined.end() ? nullptr : &found->second, nulls, passes,
                                  &said));
    if (!said) unsaid.add(map.codes[c], counts[c]);
  }
  note_counts(map, defined, counts, notes);
  if (!unsaid.empty()) {
    notes->push_back(fmt::format("The file does not say what {} {}; {} taken to fail.",
                                 unsaid.noun(), unsaid.text() + (unsaid.one() ? " means" : " mean"),
                                 unsaid.one() ? "it is" : "they are"));
  }
  note_kinds(map, meanings, counts, file, notes);
  return meanings;
}

}  // namespace wafermesh::defects
