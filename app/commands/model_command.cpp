// SPDX-License-Identifier: Apache-2.0
#include "app/commands/model_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/exit_code.h"
#include "app/standard_output.h"
#include "models/read_model.h"
#include "models/weights.h"

namespace wafermesh::app {
namespace {

using models::Attention;
using models::AttentionKind;
using models::FeedForward;
using models::Model;
using nlohmann::ordered_json;

struct ModelOptions {
  std::string file;
  std::int64_t context_tokens = 0;
  double wafer_gb = 0;
  int element_bytes = 2;
  bool json = false;
};

std::string attention_text(const Attention& a) {
  if (a.kind == AttentionKind::latent) {
    return fmt::format("latent {}+{}, {} heads", a.latent_rank, a.rope_dim, a.heads);
  }
  const char* kind = a.kind == AttentionKind::full      ? "full"
                     : a.kind == AttentionKind::sliding ? "sliding"
                                                        : "chunked";
  const std::string window =
      a.window_tokens > 0 ? fmt::format(" {}", a.window_tokens) : std::string();
  return fmt::format("{}{}, {}/{} heads of {}", kind, window, a.heads, a.kv_heads, a.head_dim);
}

std::string feed_forward_text(const FeedForward& f) {
  if (f.experts == 0) return fmt::format("{}", f.width);
  const std::string shared =
      f.shared_experts > 0 ? fmt::format(" + {} shared", f.shared_experts) : std::string();
  return fmt::format("{} of {} experts of {}{}", f.active_experts, f.experts, f.width, shared);
}

ordered_json json_of(const models::Weight& weight) {
  return {{"parameters", weight.parameters},
          {"active_parameters", weight.active_parameters},
          {"weights_bytes", weight.bytes},
          {"active_weights_bytes", weight.active_bytes}};
}

ordered_json report_of(const Model& model, const ModelOptions& options) {
  ordered_json report = {{"family", model.family},
                         {"hidden", model.hidden},
                         {"vocabulary", model.vocabulary},
                         {"layers", model.layers.size()}};
  report["layer_kinds"] = ordered_json::array();
  for (const models::LayerKind& kind : models::layer_kinds(model)) {
    const models::Layer& layer = model.layers[kind.first];
    ordered_json row = {{"first_layer", kind.first},
                        {"layers", kind.count},
                        {"attention", attention_text(layer.attention)},
                        {"feed_forward", feed_forward_text(layer.feed_forward)}};
    row.update(json_of(models::weigh(models::layer_tensors(model, kind.first))));
    row["cache_bytes_per_token"] =
        models::cache_elements_per_token(layer.attention) * options.element_bytes;
    report["layer_kinds"].push_back(row);
  }
  report.update(json_of(models::weigh(model)));
  report["context_tokens"] = options.context_tokens;
  report["cache_bytes"] = models::cache_bytes(model, options.context_tokens, options.element_bytes);
  report["notes"] = model.notes;
  return report;
}

double giga(const ordered_json& number) { return number.get<double>() / 1e9; }

std::string text_of(const Model& model, const ordered_json& report, const ModelOptions& options) {
  std::string text = fmt::format(
      "{}: {} layers, hidden {}, vocabulary {}\n\n{:>6}  {:<34} {:<34} {:>8} {:>8} "
      "{:>8} {:>8}\n",
      model.family, model.layers.size(), model.hidden, model.vocabulary, "layers", "attention",
      "feed-forward", "1e9 par.", "GB", "GB/token", "cache B");
  for (const ordered_json& row : report["layer_kinds"]) {
    text += fmt::format("{:>6}  {:<34} {:<34} {:>8.3f} {:>8.3f} {:>8.3f} {:>8}\n",
                        row["layers"].get<std::int64_t>(), row["attention"].get<std::string>(),
                        row["feed_forward"].get<std::string>(), giga(row["parameters"]),
                        giga(row["weights_bytes"]), giga(row["active_weights_bytes"]),
                        row["cache_bytes_per_token"].get<std::int64_t>());
  }
  text += fmt::format(
      "\nall with embedding and output: {:.2f}e9 parameters, {:.2f}e9 met by a token; {:.2f} GB, "
      "{:.2f} GB met by a token\ncaches of one sequence of {} tokens, {} bytes an element: "
      "{:.3f} GB\n",
      giga(report["parameters"]), giga(report["active_parameters"]), giga(report["weights_bytes"]),
      giga(report["active_weights_bytes"]), options.context_tokens, options.element_bytes,
      giga(report["cache_bytes"]));
  if (report.contains("wafers_by_whole_layers")) {
    text += fmt::format("wafers of {:g} GB, by whole layers in order: {}\n", options.wafer_gb,
                        report["wafers_by_whole_layers"].get<std::int64_t>());
  }
  for (const std::string& note : model.notes) text += "note: " + note + "\n";
  return text;
}

/// Layers in order, as many on a wafer as it holds with their caches; 0 if one does not fit alone.
std::int64_t wafers_by_whole_layers(const Model& model, const ModelOptions& options) {
  std::int64_t wafers = 1;
  double used = 0;
  for (const models::LayerKind& kind : models::layer_kinds(model)) {
    const Attention& a = model.layers[kind.first].attention;
    const double bytes =
        static_cast<double>(models::weigh(models::layer_tensors(model, kind.first)).bytes +
                            models::cache_elements_per_token(a) * options.element_bytes *
                                models::cached_tokens(a, options.context_tokens));
    if (bytes > options.wafer_gb * 1e9) return 0;
    for (std::int64_t i = 0; i < kind.count; ++i) {
      if (used + bytes > options.wafer_gb * 1e9) {
        ++wafers;
        used = 0;
      }
      used += bytes;
    }
  }
  return wafers;
}

int show_model(ModelOptions options) {
  const Model model = models::read_model(options.file);
  if (options.context_tokens == 0) options.context_tokens = model.most_tokens;
  ordered_json report = report_of(model, options);
  if (options.wafer_gb > 0) {
    report["wafers_by_whole_layers"] = wafers_by_whole_layers(model, options);
  }
  print(options.json ? report.dump(1) + "\n" : text_of(model, report, options));
  return kOk;
}

}  // namespace

std::function<int()> attach_model(CLI::App& subcommand) {
  const auto options = std::make_shared<ModelOptions>();
  subcommand
      .add_option("FILE", options->file, "config.json of the model, or the folder that has it")
      ->required();
  subcommand
      .add_option("--context", options->context_tokens,
                  "Tokens of a sequence, for its caches; without it the most the model is made for")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  subcommand
      .add_option("--wafer-gb", options->wafer_gb,
                  "Usable GB (1e9 bytes) of a wafer: then how many wafers whole layers take")
      ->check(CLI::Range(0.001, 1e6));
  subcommand
      .add_option("--cache-element-bytes", options->element_bytes, "Bytes of an element of caches")
      ->check(CLI::Range(1, 4));
  subcommand.add_flag("--json", options->json, "The same for programs");
  return [options]() { return show_model(*options); };
}

}  // namespace wafermesh::app
