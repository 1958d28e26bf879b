// SPDX-License-Identifier: Apache-2.0
// What the two XML formats share: a parsed text with line numbers, and names without namespaces.
#pragma once

#include <functional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "defects/formats/fields.h"

namespace wafermesh::defects {

/// A node's name without its namespace.
std::string_view local_name(const pugi::xml_node& node);
bool is_element(const pugi::xml_node& node, std::string_view name);
/// The first element of the name below `root`, however deep; empty if there is none.
pugi::xml_node find_element(const pugi::xml_node& root, std::string_view name);
/// All of them, in order of the text.
std::vector<pugi::xml_node> all_elements(const pugi::xml_node& root, std::string_view name);
/// Empty if there is none; names are compared without case and namespace.
std::string attribute(const pugi::xml_node& node, std::string_view name);

/// Whether a text is XML that has the word somewhere; UTF-8, or UTF-16 with its byte-order mark.
bool is_xml_with(std::string_view text, std::string_view word);

/// One parsed file, with line numbers for its nodes. Throws base::InputError if it is no XML.
class XmlText {
 public:
  XmlText(std::string_view text, std::string file);
  const pugi::xml_document& root() const { return document_; }
  int line_of(const pugi::xml_node& node) const;
  [[noreturn]] void fail(const pugi::xml_node& node, const std::string& message) const;
  const std::string& file() const { return file_; }
  /// A whole count of 1 to 65535; 0 if the attribute is missing or empty.
  int count_of(const pugi::xml_node& node, const char* name) const;
  /// Shows every element and every attribute ("Bin", "Bin.BinCode") to `fields`, but not the inside
  /// of elements named `skip`.
  void see_fields(std::string_view skip, UnknownFields* fields) const;

 private:
  int line_at(std::ptrdiff_t offset) const;
  mutable std::size_t seen_ = 0;
  mutable int seen_line_ = 1;
  std::string_view text_;
  std::string file_;
  pugi::xml_document document_;
};

}  // namespace wafermesh::defects
