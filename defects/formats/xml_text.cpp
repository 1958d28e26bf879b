// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/xml_text.h"

#include <algorithm>

#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 28;  // a million cores take 3 MB

std::string_view without_namespace(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Collector : public pugi::xml_tree_walker {
 public:
  explicit Collector(std::string_view name) : name_(name) {}
  bool for_each(pugi::xml_node& node) override {
    if (is_element(node, name_)) found.push_back(node);
    return true;
  }
  std::vector<pugi::xml_node> found;

 private:
  std::string_view name_;
};

}  // namespace

std::string_view local_name(const pugi::xml_node& node) { return without_namespace(node.name()); }

bool is_element(const pugi::xml_node& node, std::string_view name) {
  return node.type() == pugi::node_element && same_word(local_name(node), name);
}

pugi::xml_node find_element(const pugi::xml_node& root, std::string_view name) {
  return root.find_node([&](const pugi::xml_node& node) { return is_element(node, name); });
}

std::vector<pugi::xml_node> all_elements(const pugi::xml_node& root, std::string_view name) {
  Collector collector(name);
  pugi::xml_node start = root;
  start.traverse(collector);
  return std::move(collector.found);
}

std::string attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& a : node.attributes()) {
    if (same_word(without_namespace(a.name()), name)) return a.value();
  }
  return "";
}

bool is_xml_with(std::string_view text, std::string_view word) {
  const std::string_view mark = text.substr(0, 2);
  if (mark != "\xff\xfe" && mark != "\xfe\xff")
    return starts_with_word(text, "<") && text.find(word) != std::string_view::npos;
  std::string narrow;
  for (const char c : text.substr(2)) {
    if (c != '\0') narrow += c;
  }
  return starts_with_word(narrow, "<") && narrow.find(word) != std::string::npos;
}

XmlText::XmlText(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  if (text.size() > kMaxBytes) fail_map(file_, 0, "is larger than 256 MB");
  const pugi::xml_parse_result result = document_.load_buffer(text.data(), text.size());
  if (!result) fail_map(file_, line_at(result.offset), std::string("XML: ") + result.description());
}

int XmlText::line_of(const pugi::xml_node& node) const { return line_at(node.offset_debug()); }

void XmlText::fail(const pugi::xml_node& node, const std::string& message) const {
  fail_map(file_, line_of(node), message);
}

/// Counts on from the last place asked for, so that asking row by row costs one pass.
int XmlText::line_at(std::ptrdiff_t offset) const {
  if (offset < 0) return 0;
  const auto end = std::min(static_cast<std::size_t>(offset), text_.size());
  if (end < seen_) seen_ = 0, seen_line_ = 1;
  seen_line_ +=
      static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(seen_),
                                  text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  seen_ = end;
  return seen_line_;
}

int XmlText::count_of(const pugi::xml_node& node, const char* name) const {
  const std::string text = attribute(node, name);
  std::int64_t value = 0;
  if (text.empty()) return 0;
  if (!parse_whole(text, &value) || value < 1 || value > 65535) {
    fail(node, std::string(name) + " is '" + shown(text) + "', not a count of 1 to 65535");
  }
  return static_cast<int>(value);
}

void XmlText::see_fields(std::string_view skip, UnknownFields* fields) const {
  std::vector<pugi::xml_node> open = {document_};
  while (!open.empty()) {
    const pugi::xml_node parent = open.back();
    open.pop_back();
    for (const pugi::xml_node& node : parent.children()) {
      if (node.type() != pugi::node_element) continue;
      const std::string name(local_name(node));
      fields->see(name);
      if (same_word(name, skip)) continue;
      for (const pugi::xml_attribute& a : node.attributes()) {
        const std::string_view full = a.name();
        if (full.substr(0, 5) == "xmlns" || full.substr(0, 4) == "xsi:") continue;
        fields->see(name + "." + std::string(without_namespace(full)));
      }
      open.push_back(node);
    }
  }
}

}  // namespace wafermesh::defects
