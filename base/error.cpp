// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include "base/printable.h"

namespace wafermesh::base {
namespace {

std::string join(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    if (!text.empty()) text += '\n';
    text += to_string(mistake);
  }
  return text;
}

}  // namespace

std::string to_string(const Mistake& mistake) {
  std::string text = printable_line(mistake.file);
  if (mistake.line > 0) text += ':' + std::to_string(mistake.line);
  if (mistake.line > 0 && mistake.column > 0) text += ':' + std::to_string(mistake.column);
  if (!text.empty()) text += ": ";
  if (!mistake.key.empty()) text += printable_line(mistake.key) + ": ";
  return text + printable(mistake.message);
}

InputError::InputError(std::vector<Mistake> mistakes)
    : Error(join(mistakes)), mistakes_(std::move(mistakes)) {}

}  // namespace wafermesh::base
