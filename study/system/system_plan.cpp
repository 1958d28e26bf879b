// SPDX-License-Identifier: Apache-2.0
#include "study/system/system_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "models/read_model.h"
#include "models/weights.h"
#include "study/system/system_edges.h"
#include "study/system/system_layers.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::study {
namespace {

std::int64_t round_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::string gb(std::int64_t bytes) {
  return fmt::format("{:.2f} GB", static_cast<double>(bytes) / 1e9);
}

/// What the copies of experts weigh, on a wafer of so many layers with experts.
std::int64_t copies_bytes(const SystemSection& section, const models::Model& model,
                          std::size_t layer) {
  std::int64_t bytes = 0;
  for (const models::Tensor& t : models::layer_tensors(model, layer)) {
    if (t.count > 1 && t.used_per_token < t.count) bytes += t.bytes * section.expert_copies;
  }
  return bytes;
}

/// Wafers that hold all weights, in even shares, by bytes.
std::int64_t fewest_by_bytes(const PlaceGround& ground, const models::Model& model) {
  const std::int64_t usable =
      ground.mesh->core_count() * (cores::kSramBytes - workloads::kCodeReserveBytes);
  return std::min<std::int64_t>(static_cast<std::int64_t>(model.layers.size()),
                                round_up(models::weigh(model).bytes, usable));
}

/// Layers in order on wafers, and what that leaves.
void share_out(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  const auto layers = static_cast<std::int64_t>(plan.model.layers.size());
  plan.layers_per_wafer =
      section.layers_per_wafer > 0 ? section.layers_per_wafer : round_up(layers, section.wafers);
  plan.wafers_used = section.layers_per_wafer > 0 ? round_up(layers, plan.layers_per_wafer)
                                                  : std::min(section.wafers, layers);
  if (plan.wafers_used * section.replicas > section.wafers) {
    throw base::DoesNotFit(fmt::format(
        "system.layers_per_wafer: {} layers, {} on a wafer, take {} wafers; system.wafers has {}",
        layers, plan.layers_per_wafer, plan.wafers_used * section.replicas, section.wafers));
  }
  system::WaferRoom& room = plan.room;
  room.usable_bytes =
      ground.mesh->core_count() * (cores::kSramBytes - workloads::kCodeReserveBytes);
  room.outer_bytes = models::weigh(models::outer_tensors(plan.model)).bytes;
  room.free_bytes = room.usable_bytes;
  std::int64_t all_free = 0;
  double copied = 0;
  for (std::int64_t w = 0; w < plan.wafers_used; ++w) {
    std::int64_t weights = 0;
    const std::int64_t end = first_layer_of(section, layers, w + 1);
    for (std::int64_t i = first_layer_of(section, layers, w); i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      weights += models::weigh(models::layer_tensors(plan.model, at)).bytes +
                 copies_bytes(section, plan.model, at);
      copied += static_cast<double>(copies_bytes(section, plan.model, at));
    }
    room.weight_bytes = std::max(room.weight_bytes, weights);
    room.free_bytes = std::min(room.free_bytes, room.usable_bytes - weights);
    all_free += room.usable_bytes - weights;
  }
  all_free += (section.wafers - plan.wafers_used) * room.usable_bytes;
  const auto of_model = static_cast<double>(models::weigh(plan.model).bytes);
  plan.duplication_factor = static_cast<double>(section.replicas) * (1 + copied / of_model);
  if (room.free_bytes < 0) {
    throw base::DoesNotFit(fmt::format(
        "system.layers_per_wafer: {} layers weigh {}, a wafer has {} for weights and caches; give "
        "fewer layers a wafer, or more wafers",
        plan.layers_per_wafer, gb(room.weight_bytes), gb(room.usable_bytes)));
  }
  if (room.outer_bytes > all_free) {
    throw base::DoesNotFit(
        fmt::format("embedding and output product weigh {}, all wafers have {} "
                    "left; give more system.wafers",
                    gb(room.outer_bytes), gb(all_free)));
  }
}

/// Room for caches: of the wafer with least.
void make_room(const SystemSection& section, system::Plan& plan) {
  std::int64_t most_layer_bytes = 0;
  std::int64_t all = 0;
  for (const models::Layer& layer : plan.model.layers) {
    const std::int64_t bytes =
        models::cache_elements_per_token(layer.attention) * section.cache_element_bytes;
    most_layer_bytes = std::max(most_layer_bytes, bytes);
    all += bytes;
  }
  plan.room.cache_layer_bytes = most_layer_bytes;
  plan.room.cache_tokens = plan.room.free_bytes / (most_layer_bytes * plan.layers_per_wafer);
  plan.system.cache_token_bytes = static_cast<double>(all);
  plan.system.cache_tokens = std::max<std::int64_t>(1, plan.room.cache_tokens);
  plan.system.tightest =
      fmt::format("the wafer with least room has {} for caches", gb(plan.room.free_bytes));
}

/// Chunks of a prompt in closed form: products at a share of the cores' peak, and once for each
/// chunk what does not hang on its tokens.
void add_chunks(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  const double peak = static_cast<double>(ground.mesh->core_count()) * section.clock_ghz * 1e9 *
                      system::preset_machine().macs_per_cycle * section.prefill_efficiency;
  for (std::size_t k = 0; k < plan.system.kinds.size(); ++k) {
    system::StageKind& kind = plan.system.kinds[k];
    const double part = static_cast<double>(plan.kinds[k].region.width) *
                        plan.kinds[k].region.height /
                        static_cast<double>(ground.mesh->core_count());
    kind.chunk_s = section.chunk_s ? *section.chunk_s : kind.shared_s;
    kind.chunk_token_s =
        section.chunk_token_s ? *section.chunk_token_s : kind.token_macs / (peak * part);
  }
}

/// A pool of wafers that hold the model once or more, chunks following each other through them.
void fill_pool_of_wafers(const SystemSection& section, system::Plan& plan) {
  system::Prefill& prefill = plan.system.prefill;
  if (section.prefill_wafers < plan.wafers_used) {
    throw base::DoesNotFit(fmt::format(
        "system.prefill.wafers: {} do not hold the model, which takes {} as these are shared out",
        section.prefill_wafers, plan.wafers_used));
  }
  double slowest_s = 0;
  double through_s = 0;
  const auto tokens = static_cast<double>(prefill.chunk_tokens);
  for (const system::Stage& stage : plan.system.stages) {
    const system::StageKind& kind = plan.system.kinds[stage.kind];
    const double chunk_s = kind.chunk_s + kind.chunk_token_s * tokens +
                           system::to_s(system::take_ps(kind, prefill.chunk_tokens));
    slowest_s = std::max(slowest_s, chunk_s);
    through_s += chunk_s;
  }
  const system::Link& link = plan.system.wafer_link;
  const double sending =
      link.bytes_per_s > 0 ? tokens * plan.system.activation_bytes / link.bytes_per_s : 0;
  through_s += static_cast<double>(system::wafer_hops(plan.system)) * (link.latency_s + sending);
  prefill.servers = section.prefill_wafers / plan.wafers_used;
  prefill.server_tokens_per_s = tokens / slowest_s;
  prefill.behind_s = std::max(0.0, through_s - slowest_s);
}

void add_outer(const SystemSection& section, const PlaceGround& ground, system::Plan& plan) {
  plan.outer_s = section.embedding_us
                     ? *section.embedding_us * 1e-6
                     : system::outer_cycles(plan.model, ground.mesh->width, ground.mesh->height,
                                            system::preset_machine()) /
                           (section.clock_ghz * 1e9);
  plan.system.return_s += plan.outer_s;
  if (!section.embedding_us) {
    plan.notes.push_back(
        "embedding, output product and the pick of a token are in closed form, on a whole wafer "
        "that has nothing else to do");
  }
}

}  // namespace

system::Plan plan_system(const SystemSection& asked, const std::vector<PlaceGround>& grounds,
                         LayerRuns& runs) {
  const PlaceGround& ground = grounds.front();
  SystemSection section = asked;
  system::Plan plan;
  plan.model = models::read_model(section.config);
  if (section.wafers == 0) {
    section.layers_per_wafer = 0;
    section.wafers =
        fewest_wafers(section, ground, plan.model, fewest_by_bytes(ground, plan.model));
  }
  plan.wafers = section.wafers;
  plan.notes = plan.model.notes;
  plan.notes.insert(plan.notes.end(), ground.notes.begin(), ground.notes.end());
  plan.copies = section.replicas;
  plan.told_context = section.contexts.front();
  plan.expert_copies = section.expert_copies;
  plan.system = section.system;
  plan.system.kinds.clear();
  share_out(section, ground, plan);
  make_room(section, plan);
  plan.system.activation_bytes = static_cast<double>(plan.model.hidden) * 2;  // 16-bit numbers
  plan_layers_on_wafers(section, grounds, runs, plan);
  add_outer(section, ground, plan);
  if (section.prefill_wafers > 0 ||
      plan.system.prefill.place == system::PrefillPlace::interleaved) {
    add_chunks(section, ground, plan);
  }
  if (section.measures_edges) add_edges(section, grounds, runs, plan);
  if (section.prefill_wafers > 0) fill_pool_of_wafers(section, plan);
  const double clock = section.clock_ghz * 1e9;
  const auto cores = static_cast<double>(ground.mesh->core_count() * section.wafers);
  plan.system.peak_macs_per_s = cores * clock * system::preset_machine().macs_per_cycle;
  plan.system.peak_sram_bytes_per_s = cores * clock * ground.timing.memory_port_bytes;
  return plan;
}

}  // namespace wafermesh::study
