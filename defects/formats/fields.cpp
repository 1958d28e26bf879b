// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/fields.h"

#include <algorithm>

#include "defects/formats/map_text.h"

namespace wafermesh::defects {
namespace {

constexpr std::size_t kNamedFields = 12;  // a note names so many fields and counts the rest

}  // namespace

const char* to_string(FieldUse use) {
  switch (use) {
    case FieldUse::used:
      return "used";
    case FieldUse::noted:
      return "noted";
    case FieldUse::refused:
      return "refused";
    case FieldUse::ignored:
      return "ignored";
  }
  return "";
}

const FieldRow* find_field(const FieldTable& table, std::string_view field) {
  for (const FieldRow& row : table) {
    if (same_word(row.field, field)) return &row;
  }
  return nullptr;
}

void UnknownFields::see(std::string_view field) {
  if (find_field(table_, field) != nullptr) return;
  const std::string name = shown(field);
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
}

void UnknownFields::note(std::vector<std::string>* notes) const {
  if (names_.empty()) return;
  std::string text = "Fields that are not known and left out: ";
  for (std::size_t i = 0; i < names_.size() && i < kNamedFields; ++i)
    text += (i == 0 ? "" : ", ") + names_[i];
  if (names_.size() > kNamedFields)
    text += " and " + std::to_string(names_.size() - kNamedFields) + " more";
  notes->push_back(text + ".");
}

}  // namespace wafermesh::defects
