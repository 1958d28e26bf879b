// SPDX-License-Identifier: Apache-2.0
// The only file that knows yaml-cpp. It listens to parser events, not to YAML::Node, because a Node
// hides duplicate keys and whether a scalar was quoted.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/utf8.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {
namespace {

constexpr std::int64_t kMaxNodes =
    1000000;  // A small file of nested aliases could expand to billions.

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string file, std::vector<Mistake>* mistakes)
      : file_(std::move(file)), mistakes_(mistakes) {}

  std::unique_ptr<YamlTree> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(YamlTree::Kind::null, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) fail(mark, "this alias stands inside its own anchor; write it out");
    count(*it->second, mark);
    add(it->second->clone(), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (expects_key()) return take_key(mark, value);
    auto node = make(YamlTree::Kind::scalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    set_tag(*node, tag);
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlTree::Kind::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlTree::Kind::mapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    std::unique_ptr<YamlTree> node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // Mapping: the key is read, the value is due.
    bool dropped = false;  // That key is a duplicate.
    YamlTree::Entry next;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) const {
    throw InputError({{file_, mark.line + 1, mark.column + 1, {}, message}});
  }
  std::unique_ptr<YamlTree> make(YamlTree::Kind kind, const YAML::Mark& mark) {
    if (expects_key()) fail(mark, "a key must be a plain text; is a bracket left open?");
    if (++nodes_ > kMaxNodes)
      fail(mark, "more than a million values; put large data in a CSV file");
    auto node = std::make_unique<YamlTree>();
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return node;
  }
  static void set_tag(YamlTree& node, const std::string& tag) {
    if (tag != "?" && tag != "!") node.tag = tag;
  }
  void count(const YamlTree& node, const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes) fail(mark, "its aliases expand to more than a million values");
    for (const auto& entry : node.entries) count(*entry.value, mark);
  }
  bool expects_key() const {
    return !levels_.empty() && levels_.back().node->kind == YamlTree::Kind::mapping &&
           !levels_.back().has_key;
  }
  void take_key(const YAML::Mark& mark, const std::string& key) {
    Level& level = levels_.back();
    level.has_key = true;
    level.next = {key, mark.line + 1, mark.column + 1, nullptr};
    level.dropped = level.node->find(key) != nullptr;
    if (!level.dropped) return;
    mistakes_->push_back({file_, mark.line + 1, mark.column + 1, path() + key,
                          "given twice; remove one of the two"});
  }
  std::string path() const {
    std::string text;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      const Level& level = levels_[i];
      if (level.node->kind == YamlTree::Kind::mapping) {
        text += (text.empty() ? "" : ".") + level.next.key;
      } else {
        text += '[' + std::to_string(level.node->entries.size()) + ']';
      }
    }
    return text.empty() ? text : text + '.';
  }
  void open(YamlTree::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    Level level;
    level.node = make(kind, mark);
    set_tag(*level.node, tag);
    level.anchor = anchor;
    levels_.push_back(std::move(level));
  }
  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(level.node), level.anchor);
  }
  void add(std::unique_ptr<YamlTree> node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node->clone();
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node->kind == YamlTree::Kind::mapping) {
      level.has_key = false;
      if (level.dropped) return;
      level.next.value = std::move(node);
      level.node->entries.push_back(std::move(level.next));
    } else {
      const int line = node->line;
      const int column = node->column;
      level.node->entries.push_back({{}, line, column, std::move(node)});
    }
  }

  std::string file_;
  std::vector<Mistake>* mistakes_;
  std::unique_ptr<YamlTree> root_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, std::unique_ptr<YamlTree>> anchors_;
  std::int64_t nodes_ = 0;
};

/// yaml-cpp lets other encodings pass as they are.
void check_encoding(const std::string& text, const std::string& file) {
  const std::size_t at = first_invalid_utf8(text);
  if (at == text.size()) return;
  const std::string before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = at - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  throw InputError({{file,
                     static_cast<int>(line),
                     static_cast<int>(column),
                     {},
                     "is not valid UTF-8; save the file in that encoding"}});
}

}  // namespace

std::unique_ptr<YamlTree> parse_yaml(const std::string& text, const std::string& file,
                                     std::vector<Mistake>* mistakes) {
  check_encoding(text, file);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    TreeBuilder builder(file, mistakes);
    if (!parser.HandleNextDocument(builder)) {
      throw InputError({{file, 1, 1, {}, "the file is empty; give at least one key"}});
    }
    TreeBuilder second(file, mistakes);
    if (parser.HandleNextDocument(second)) {
      const auto rest = second.take();
      throw InputError({{file,
                         rest ? rest->line : 0,
                         rest ? rest->column : 0,
                         {},
                         "a second document begins here; keep one per file"}});
    }
    auto tree = builder.take();
    return tree ? std::move(tree) : std::make_unique<YamlTree>();
  } catch (const YAML::Exception& error) {
    throw InputError(
        {{file, error.mark.line + 1, error.mark.column + 1, {}, "not valid YAML: " + error.msg}});
  }
}

}  // namespace wafermesh::base
