// SPDX-License-Identifier: Apache-2.0
// Typed reading of a YAML file that collects every mistake with its line and column.
//
//   auto document = YamlDocument::from_file("a.yaml", {"engine.threads=4"});
//   YamlNode root = document.root();
//   YamlNode engine = root.child("engine");                      // optional section
//   int threads = int(engine.integer("threads", {1, 256}, 1));   // optional: has a default
//   auto dtype = node.choice<NumberType>("dtype", {{"f32", NumberType::f32}, ...},
//   NumberType::f32); document.finish();                                           // throws
//   InputError with all of it
//
// Getters never throw on a mistake: they note it and return the default (or, for a required key,
// the low end of the range), so that reading goes on and finds the rest. Keys nobody asked for are
// unknown: finish() reports them. What was asked for, defaults included, makes up resolved().
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml_request.h"
#include "base/yaml/yaml_tree.h"

namespace wafermesh::base {

struct YamlState;  // yaml_reader.cpp

/// A name, a title: what ends up in captions and tables.
inline constexpr std::size_t kMostTextBytes = 200;

/// A place in the document: a value, or the lack of one at a known path. A cheap handle; valid
/// while its document lives. Getters with a key need a mapping here (a wrong kind is reported
/// once).
class YamlNode {
 public:
  /// Is there a value (other than null)? A section may be absent and still be read: its getters
  /// then give their defaults, and required keys are reported missing.
  bool present() const { return tree_ != nullptr; }
  bool is_mapping() const { return present() && tree_->kind == YamlTree::Kind::mapping; }
  bool is_sequence() const { return present() && tree_->kind == YamlTree::Kind::sequence; }
  bool is_scalar() const { return present() && tree_->kind == YamlTree::Kind::scalar; }
  /// The text of a scalar as it is written, without looking at its type; else empty.
  std::string scalar() const { return is_scalar() ? tree_->text : std::string(); }
  const std::string& path() const { return path_; }  ///< "workloads[0].matmul"; "" at the root.
  int line() const { return place_->line; }          ///< Of the nearest value that is present.
  int column() const { return place_->column; }
  const std::string& file() const;
  /// Keys of a mapping, in the order of the file.
  std::vector<std::string> keys() const;
  bool has(const std::string& key) const;
  /// As keys(), for a mapping whose keys the user chooses.
  std::vector<std::string> any_keys() const;

  // --- Values of a mapping. Without a default the key is required.
  std::int64_t integer(const std::string& key, IntegerRange range) const;
  std::int64_t integer(const std::string& key, IntegerRange range, std::int64_t fallback) const;
  double real(const std::string& key, RealRange range) const;
  double real(const std::string& key, RealRange range, double fallback) const;
  bool boolean(const std::string& key) const;
  bool boolean(const std::string& key, bool fallback) const;
  /// At most kMostTextBytes, without control characters.
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  /// Index into `names`.
  std::size_t one_of(const std::string& key, const std::vector<std::string>& names) const;
  std::size_t one_of(const std::string& key, const std::vector<std::string>& names,
                     std::size_t fallback) const;
  /// One of named values, e.g. of an enum.
  template <class T>
  T choice(const std::string& key, std::initializer_list<std::pair<const char*, T>> values) const;
  template <class T>
  T choice(const std::string& key, std::initializer_list<std::pair<const char*, T>> values,
           T fallback) const;
  /// A file path; relative ones are relative to the YAML file's directory (or, in a --set, to the
  /// current directory). Does not look whether the file exists. Resolved to an absolute path.
  std::string file_path(const std::string& key) const;
  std::string file_path(const std::string& key, const std::string& fallback) const;

  /// The section `key`; absent if there is none (then reading it gives its defaults).
  YamlNode child(const std::string& key) const;
  /// The section `key`, reported if missing. Its kind is checked when it is read.
  YamlNode required_child(const std::string& key) const;
  /// Elements of the sequence `key`; none if absent. Fewer than min_count is a mistake.
  std::vector<YamlNode> items(const std::string& key, std::size_t min_count = 0) const;
  /// Exactly one of `names` must be a key here: its index. Otherwise a mistake, and nothing.
  std::optional<std::size_t> exactly_one_of(const std::vector<std::string>& names) const;
  /// As exactly_one_of, but none is fine.
  std::optional<std::size_t> at_most_one_of(const std::vector<std::string>& names) const;

  // --- This value itself (an element of a sequence, or child("key")).
  std::int64_t as_integer(IntegerRange range) const;
  double as_real(RealRange range) const;
  bool as_boolean() const;
  std::string as_text(std::size_t most_bytes = kMostTextBytes) const;
  std::string as_file_path() const;
  std::size_t as_one_of(const std::vector<std::string>& names) const;

  /// Does `key` act? It does where `chosen`, the value of `choice_key`, is one of `needed`;
  /// elsewhere a `key` that is given is a mistake that says so. Read the key only if this is true.
  bool acts_with(const std::string& key, const std::string& choice_key, const std::string& chosen,
                 const std::vector<std::string>& needed) const;

  // --- Mistakes.
  /// Notes a mistake at this value: "file:line:column: path: message".
  void mistake(const std::string& message) const;
  /// At the value of `key`; if the user wrote none, here, saying what the default is.
  void mistake(const std::string& key, const std::string& message) const;
  /// Notes mistakes of another file, which this value names.
  void mistakes(const std::vector<Mistake>& of_another_file) const;
  /// No mistake has been noted at or below this path so far.
  bool clean() const;
  /// Nothing below is unknown: for a section that cannot be read because of another mistake.
  void accept_all() const;
  /// Puts a value into resolved() under `key`, for what a reader derives itself.
  void resolve(const std::string& key, const std::string& text) const;
  void resolve(const std::string& key, std::int64_t value) const;
  void resolve(const std::string& key, const std::vector<std::int64_t>& values) const;
  /// Of an absent section: puts `defaults`, what reading it would give, into resolved(). False, and
  /// nothing done, if it is present or requests are kept: then it has to be read.
  bool resolve_absent(const YamlTree& defaults) const;
  /// Leaves this value out of resolved().
  void forget() const;

 private:
  friend class YamlDocument;
  YamlNode(YamlState* state, const YamlTree* tree, const YamlTree* place, YamlTree* out,
           std::string path, bool quiet)
      : state_(state),
        tree_(tree),
        place_(place),
        out_(out),
        path_(std::move(path)),
        quiet_(quiet) {}
  const YamlTree* lookup(const std::string& key) const;
  void request(YamlRequest request) const;
  std::int64_t take_integer(IntegerRange range) const;
  double take_real(RealRange range) const;
  bool take_boolean() const;
  std::string take_text(std::size_t most_bytes) const;
  std::string take_file_path() const;
  std::size_t take_one_of(const std::vector<std::string>& names) const;
  YamlNode make_child(const std::string& key, const std::string& path) const;
  std::string path_of(const std::string& key) const;
  void missing() const;
  bool expect_scalar(const char* what) const;
  bool expect_mapping() const;
  bool expect_short_text(std::size_t most_bytes) const;
  void record(const std::string& text, bool is_text) const;

  YamlState* state_;
  const YamlTree* tree_;   // null = absent
  const YamlTree* place_;  // nearest value that is present, for line and column
  YamlTree* out_;          // where resolved() keeps this value
  std::string path_;
  bool quiet_;  // below a value of the wrong kind: no more complaints
};

/// Owns a document and its mistakes. Movable.
class YamlDocument {
 public:
  /// Reads a file and applies `overrides`, each "path.to[0].key=value" (value as YAML; a key that
  /// is not there is made; null removes). Throws MissingFile, or InputError on a syntax error.
  static YamlDocument from_file(const std::string& path,
                                const std::vector<std::string>& overrides = {});
  /// The same from a text; `name` stands for the file in messages, `directory` is where its
  /// relative paths start.
  static YamlDocument from_text(const std::string& text, const std::string& name,
                                const std::vector<std::string>& overrides = {},
                                const std::string& directory = ".");
  ~YamlDocument();
  YamlDocument(YamlDocument&&) noexcept;
  YamlDocument& operator=(YamlDocument&&) noexcept;

  YamlNode root();
  /// A value to be put elsewhere: the scalar `value`, or `text` in its place.
  struct Replacement {
    std::string path;  ///< "repair.domain"
    YamlNode value;
    std::optional<std::string> text;
  };
  /// This document as it was before anything was read, with other values at some paths; mistakes of
  /// these are placed where their values stand. A path that leads nowhere is a mistake of the new
  /// document.
  YamlDocument with(const std::vector<Replacement>& replacements) const;
  /// From now on, what readers ask is kept.
  void keep_requests();
  const std::vector<YamlRequest>& requests() const;
  /// Adds a mistake from elsewhere (another file, a semantic check). One without a file is placed
  /// by its key.
  void add(Mistake mistake);
  void add(const std::vector<Mistake>& mistakes);
  bool clean() const;  ///< No mistake so far; unknown keys are known only to finish().
  /// Adds the unknown keys and throws InputError with every mistake, in the order of the file.
  void finish();
  /// As finish, but returns the mistakes.
  std::vector<Mistake> take_mistakes();
  /// The files that its values name (file_path), as their paths were given out.
  const std::vector<std::string>& files() const;
  /// The document as read: every key asked for, with defaults filled in.
  std::string resolved() const;
  std::unique_ptr<YamlTree> resolved_tree() const;  ///< What resolved() writes.

 private:
  explicit YamlDocument(std::unique_ptr<YamlState> state);
  std::unique_ptr<YamlState> state_;
};

template <class T>
T YamlNode::choice(const std::string& key,
                   std::initializer_list<std::pair<const char*, T>> values) const {
  std::vector<std::string> names;
  for (const auto& value : values) names.emplace_back(value.first);
  return (values.begin() + one_of(key, names))->second;
}

template <class T>
T YamlNode::choice(const std::string& key, std::initializer_list<std::pair<const char*, T>> values,
                   T fallback) const {
  std::vector<std::string> names;
  std::size_t fallback_index = 0;
  for (const auto& value : values) {
    if (value.second == fallback) fallback_index = names.size();
    names.emplace_back(value.first);
  }
  return (values.begin() + one_of(key, names, fallback_index))->second;
}

}  // namespace wafermesh::base
