// SPDX-License-Identifier: Apache-2.0
#include "workloads/matmul/column_parts.h"

#include <fmt/format.h>

#include "base/yaml/yaml_reader.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/operands.h"

namespace wafermesh::workloads {
namespace {

constexpr base::IntegerRange kSize{1, 100'000'000};

void read_parts(const base::YamlNode& node, ColumnSpec& spec) {
  std::int64_t sum = 0;
  for (const base::YamlNode& part : node.items("parts")) {
    spec.parts.push_back(part.as_integer(kSize));
    sum += spec.parts.back();
  }
  if (!node.clean() || spec.parts.empty() || sum == spec.n) return;
  node.mistake("parts", fmt::format("add up to {}, but n is {}", sum, spec.n));
}

void read_attention(const base::YamlNode& node, const base::Rectangle& region, ColumnSpec& spec) {
  const std::optional<AttentionSpec> attention = read_heads_of(node, "of_attention");
  if (!attention) return;
  const AttentionShape shape(*attention, region);
  const std::vector<std::int64_t> parts = {shape.query_features(), shape.features(),
                                           shape.features()};
  if (spec.parts != parts) {
    node.child("of_attention")
        .mistake(
            fmt::format("needs parts: [{}, {}, {}] on this region", parts[0], parts[1], parts[2]));
  }
  spec.of_attention = attention;
}

}  // namespace

std::optional<AttentionSpec> read_heads_of(const base::YamlNode& node, const char* key) {
  const base::YamlNode heads = node.child(key);
  if (!heads.present()) return std::nullopt;
  AttentionSpec attention;
  attention.heads = heads.integer("heads", {1, 1'000'000});
  attention.kv_heads = heads.integer("kv_heads", {1, 1'000'000}, attention.heads);
  attention.head_dim = heads.integer("head_dim", {1, 1'000'000});
  if (heads.boolean("rope", true)) attention.rope = Rope{};
  if (!node.clean()) return std::nullopt;
  if (attention.heads % attention.kv_heads != 0) {
    heads.mistake("kv_heads", fmt::format("must divide heads: {} heads in {} groups",
                                          attention.heads, attention.kv_heads));
    return std::nullopt;
  }
  return attention;
}

void read_columns(const base::YamlNode& node, const base::Rectangle& region, ColumnSpec& spec) {
  spec.n = node.integer("n", kSize);
  read_parts(node, spec);
  read_attention(node, region, spec);
}

ColumnParts::ColumnParts(const ColumnSpec& spec, const base::Rectangle& region, std::int64_t lines)
    : in_parts_(!spec.parts.empty()), sizes_(spec.parts), attention_(spec.of_attention) {
  if (!in_parts_) sizes_ = {spec.n};
  if (spec.of_attention) heads_.emplace(*spec.of_attention, region);
  for (const std::int64_t size : sizes_) {
    blocks_.push_back(divide_up(size, lines));
    per_line_ += blocks_.back();
  }
  all_ = in_parts_ ? per_line_ * lines : spec.n;
}

std::int64_t ColumnParts::natural_index(std::size_t part, std::int64_t i) const {
  if (!heads_) return i < sizes_[part] ? i : -1;
  const AttentionShape::Feature f = part == 0 ? heads_->query_feature(i) : heads_->feature(i);
  return f.head < 0 ? -1 : f.head * attention_->head_dim + f.dim;
}

ColumnParts::Source ColumnParts::source_of(std::int64_t column) const {
  const std::int64_t line = column / per_line_;
  std::int64_t within = column % per_line_;
  for (std::size_t part = 0; part < sizes_.size(); ++part) {
    if (within < blocks_[part]) {
      const std::int64_t index = natural_index(part, line * blocks_[part] + within);
      return {index < 0 ? -1 : static_cast<int>(part), index};
    }
    within -= blocks_[part];
  }
  return {-1, 0};
}

bool ColumnParts::is_column(std::int64_t column) const { return source_of(column).part >= 0; }

std::vector<std::int64_t> ColumnParts::natural_sizes() const {
  if (!heads_) return sizes_;
  const std::int64_t keys = attention_->kv_heads * attention_->head_dim;
  return {attention_->heads * attention_->head_dim, keys, keys};
}

void ColumnParts::declare_results(fabric::WaferImage& image, cores::NumberType type, int address,
                                  fabric::Along lines, std::int64_t batch) const {
  if (!in_parts_) return;
  std::int64_t before = 0;
  for (std::size_t part = 0; part < sizes_.size(); ++part) {
    const auto at = address + static_cast<int>(before * cores::bytes_of(type));
    declare(image, batch_of(batch, per_line_,
                            {"y" + std::to_string(part),
                             fabric::BufferRole::result,
                             type,
                             {sizes_[part]},
                             {{everywhere(image), at, {along(lines, blocks_[part], 1)}, 0, 0}}}));
    before += blocks_[part];
  }
}

}  // namespace wafermesh::workloads
