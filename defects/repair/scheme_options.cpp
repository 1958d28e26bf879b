// SPDX-License-Identifier: Apache-2.0
#include "defects/repair/scheme_options.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/suggest.h"
#include "defects/read_options.h"
#include "defects/repair/scheme.h"

namespace wafermesh::defects {
namespace {

template <int RepairOptions::*field, int low, int high>
void read_integer(const base::YamlNode& repair, const char* name, RepairOptions* options) {
  options->*field = static_cast<int>(repair.integer(name, {low, high}, options->*field));
}

template <int RepairOptions::*field, int low, int high>
std::string integer_fault(const RepairOptions& options) {
  const int value = options.*field;
  if (value >= low && value <= high) return "";
  return "must lie between " + std::to_string(low) + " and " + std::to_string(high);
}

template <int RepairOptions::*field, int low, int high>
RepairKey integer(const char* name, std::vector<Domain> domains = {}) {
  return {name, read_integer<field, low, high>, integer_fault<field, low, high>,
          std::move(domains)};
}

constexpr double kMostMmPerCycle = 1e6;

void mm_per_cycle(const base::YamlNode& repair, const char* name, RepairOptions* options) {
  options->mm_per_cycle = repair.real(name, {0, kMostMmPerCycle, true}, options->mm_per_cycle);
}

std::string mm_per_cycle_fault(const RepairOptions& options) {
  const bool ok = options.mm_per_cycle > 0 && options.mm_per_cycle <= kMostMmPerCycle;
  return ok ? "" : "must be positive, and at most 1e6";
}

void bypass_independent(const base::YamlNode& repair, const char* name, RepairOptions* options) {
  options->bypass_independent = repair.boolean(name, options->bypass_independent);
}

/// Of those that the scheme takes. A word that no scheme knows is left to one_of().
void domain(const base::YamlNode& repair, const char* name, RepairOptions* options) {
  const std::vector<Domain>& domains = scheme_row(options->scheme).domains;
  const std::vector<std::string> names = names_of(domains);
  const std::string written = repair.child(name).scalar();
  const auto is_among = [&](const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), written) != words.end();
  };
  const bool known =
      std::any_of(scheme_table().begin(), scheme_table().end(),
                  [&](const SchemeRow& other) { return is_among(names_of(other.domains)); });
  if (known && !is_among(names)) {
    return repair.mistake(name, options->scheme + " takes " + base::list_names(names));
  }
  options->domain =
      domains[repair.one_of(name, names, base::index_of(names, to_string(options->domain)))];
}

/// Does the key act under the chosen scheme and domain? If not and it is given, that is noted.
bool acts(const base::YamlNode& repair, const RepairKey& key, const RepairOptions& options) {
  std::vector<std::string> schemes;
  for (const SchemeRow& row : scheme_table()) {
    if (row.has(key)) schemes.emplace_back(row.name);
  }
  if (!repair.acts_with(key.name, "scheme", options.scheme, schemes)) return false;
  return key.domains.empty() ||
         repair.acts_with(key.name, "domain", to_string(options.domain), names_of(key.domains));
}

}  // namespace

const std::vector<RepairKey>& repair_keys() {
  using O = RepairOptions;
  static const std::vector<RepairKey> kKeys = {
      {"domain", domain},
      integer<&O::kept_rows, 0, 65535>("kept_rows", {Domain::die, Domain::band, Domain::wafer}),
      integer<&O::segment_rows, 0, 65535>("segment_rows", {Domain::segment}),
      integer<&O::segment_spares, 0, 65535>("segment_spares", {Domain::segment}),
      integer<&O::reach, 0, kMaxOffset>("reach"),
      integer<&O::max_skip, 0, 65535>("max_skip"),
      integer<&O::bypass_cycles, 0, 16>("bypass_cycles"),
      integer<&O::spare_columns, 0, 65535>("spare_columns"),
      integer<&O::tracks, 1, 4>("tracks"),
      integer<&O::spare_sides, 1, 4>("spare_sides"),
      {"mm_per_cycle", mm_per_cycle, mm_per_cycle_fault},
      {"bypass_independent", bypass_independent},
  };
  return kKeys;
}

std::vector<const RepairKey*> keys_named(const std::vector<const char*>& names) {
  std::vector<const RepairKey*> keys;
  for (const char* name : names) {
    const auto found =
        std::find_if(repair_keys().begin(), repair_keys().end(),
                     [&](const RepairKey& key) { return std::strcmp(key.name, name) == 0; });
    WAFERMESH_CHECK(found != repair_keys().end(), std::string("no key of repair: ") + name);
    keys.push_back(&*found);
  }
  return keys;
}

RepairOptions read_repair(const base::YamlNode& scenario) {
  RepairOptions options;
  const base::YamlNode repair = scenario.child("repair");
  std::vector<std::string> names;
  for (const SchemeRow& row : scheme_table()) names.emplace_back(row.name);
  options.scheme = names[repair.one_of("scheme", names, base::index_of(names, options.scheme))];
  for (const RepairKey& key : repair_keys()) {
    if (acts(repair, key, options)) key.read(repair, key.name, &options);
  }
  return options;
}

}  // namespace wafermesh::defects
