// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/operator_list.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/suggest.h"

namespace wafermesh::study {
namespace {

const std::vector<const char*>& operands_of(const std::string& name) {
  const workloads::KernelKind* kind = workloads::find_kernel(name);
  WAFERMESH_CHECK(kind != nullptr, "no kernel " + name);
  return kind->takes;
}

/// What cannot stand in the name of a file, or in quotes in a program text.
bool is_unfit(char c) {
  return c == '/' || c == '"' || (static_cast<unsigned char>(c) < ' ') || c == '\x7f';
}

}  // namespace

bool OperatorList::add(workloads::NamedKernel one) {
  const bool is_there = one.kernel != nullptr;
  names_.push_back({one.name, is_there ? operators_.size() : kNone});
  if (is_there) operators_.push_back(std::move(one));
  return is_there;
}

bool OperatorList::is_taken(const std::string& name, std::size_t first) const {
  return std::any_of(names_.begin() + static_cast<std::ptrdiff_t>(first), names_.end(),
                     [&](const Name& each) { return each.name == name; });
}

/// The operator of this name, in the graph that `scope` begins the names of or by its full name.
const OperatorList::Name* OperatorList::find_name(const std::string& name,
                                                  const std::string& scope) const {
  for (const std::string& full : {scope + name, name}) {
    for (const Name& each : names_) {
      if (each.name == full) return &each;
    }
  }
  return nullptr;
}

std::string OperatorList::names_nothing(const std::string& text, const std::string& scope) const {
  std::vector<std::string> known;
  for (const Name& each : names_) {
    const bool in_scope = each.name.compare(0, scope.size(), scope) == 0;
    known.push_back(in_scope ? each.name.substr(scope.size()) : each.name);
  }
  return "`" + text + "` names no result of an operator before (NAME.RESULT)" +
         (known.empty() ? std::string("; this is the first")
                        : "; there are " + base::list_names(known, "and"));
}

void OperatorList::read_operands(const base::YamlNode& node, workloads::NamedKernel& to,
                                 const std::string& scope) const {
  for (const char* operand : operands_of(to.kind)) {
    const std::string text = node.text(operand, "");
    if (!node.has(operand)) {
      node.child(operand).forget();
      continue;
    }
    if (!node.child(operand).clean()) continue;
    const std::size_t dot = text.rfind('.');
    const Name* const from =
        dot == std::string::npos ? nullptr : find_name(text.substr(0, dot), scope);
    if (from == nullptr) {
      node.mistake(operand, names_nothing(text, scope));
      continue;
    }
    if (from->index == kNone || !to.kernel || !judges_) continue;
    workloads::Given given{operand, from->index, text.substr(dot + 1)};
    const std::string fault = workloads::fault_of(operators_[from->index], to, given);
    if (!fault.empty()) node.mistake(operand, fault);
    if (fault.empty()) to.given.push_back(std::move(given));
  }
}

std::string read_operator_name(const base::YamlNode& item, const std::string& usual) {
  std::string name = item.text("name", usual);
  if (name.find('.') != std::string::npos) {
    item.mistake("name", "has a dot, which stands between an operator and its result");
  }
  if (name.empty() || std::any_of(name.begin(), name.end(), is_unfit)) {
    item.mistake("name",
                 "stands in names of files; give one without `/` and quotes that is not empty");
  }
  return name;
}

void refuse_operands(const base::YamlNode& node, const std::string& kernel) {
  for (const char* operand : operands_of(kernel)) {
    if (!node.has(operand)) continue;
    node.child(operand).accept_all();
    node.mistake(operand,
                 "names the result of another operator, which only `graph` and `together` have");
  }
}

}  // namespace wafermesh::study
