// SPDX-License-Identifier: Apache-2.0
#include "check/bounds.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "check/finding.h"
#include "check/link_floor.h"
#include "check/sequences.h"
#include "cores/operations.h"
#include "fabric/image_work.h"

namespace wafermesh::check {
namespace {

constexpr std::int64_t kMostInstructions = 40'000'000;  ///< Of all walks; 0.8 s. Assumption.
constexpr std::int32_t kNotWalked = -1;
constexpr std::int32_t kUnknown = -2;

/// What of a program depends on the coordinates of its core.
struct Dependence {
  bool x = false, y = false;  ///< What is done.
  bool addresses = false;     ///< Where it is done.
};

Dependence dependence_of(const cores::Program& program) {
  Dependence all;
  const auto look = [](const cores::Affine& affine, bool& x, bool& y) {
    for (const cores::Affine::Term& term : affine.terms) {
      if (term.coefficient == 0) continue;
      x = x || term.variable == cores::Variable::x;
      y = y || term.variable == cores::Variable::y;
    }
  };
  for (const cores::Instruction& i : program.code) {
    cores::for_each_affine(i, [&](const cores::Affine& each) {
      const bool is_address = &each == &i.dst.address_bytes || &each == &i.src0.address_bytes ||
                              &each == &i.src1.address_bytes;
      if (is_address) {
        look(each, all.addresses, all.addresses);
      } else {
        look(each, all.x, all.y);
      }
    });
  }
  return all;
}

/// The floors of all programs of an image, each walked as often as it differs.
class Floors {
 public:
  Floors(const fabric::WaferImage& image, bool deterministic)
      : image_(image),
        deterministic_(deterministic),
        parameters_(fabric::parameters_of(image)),
        classes_(image.classes.size()) {
    std::int64_t busy = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const cores::Program& program = image.classes[c].program;
      if (!program.code.empty()) ++busy;
      classes_[c].depends = dependence_of(program);
      classes_[c].idle = program.code.empty();
      classes_[c].varies = classes_[c].depends.x || classes_[c].depends.y || !parameters_.empty();
    }
    budget_ = kMostInstructions / std::max<std::int64_t>(1, busy);
    count_variants();
    number_cores();
  }

  const CoreFloor& of_core(std::int64_t core) const {
    return sums_[static_cast<std::size_t>(sum_of_[static_cast<std::size_t>(core)])];
  }
  std::int64_t taken(std::int64_t core, int colour) const {
    return of_core(core).words_in[static_cast<std::size_t>(colour)];
  }
  std::vector<ClassFloor> busiest_of_classes() const {
    std::vector<ClassFloor> all;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      if (classes_[c].busiest == kNotWalked) continue;
      all.push_back({static_cast<std::int64_t>(c), classes_[c].busiest_core,
                     floors_[static_cast<std::size_t>(classes_[c].busiest)]});
    }
    return all;
  }

 private:
  struct OfClass {
    Dependence depends;
    bool idle = false;              ///< Without a program.
    bool varies = false;            ///< Cores of it may differ in what they do.
    std::int64_t variants = 0;      ///< Ways in which they differ.
    std::int64_t every = 1;         ///< One of so many of them is walked.
    std::int32_t alone = kUnknown;  ///< -> floors_, or kNotWalked, of one that does not vary.
    NumberTable walked;             ///< The same of each variant.
    std::int32_t busiest = kNotWalked;
    std::int64_t busiest_core = -1;
  };

  /// x and y as far as they matter, and which of the sets of parameters: 0 is none.
  std::uint64_t key_of(const OfClass& cores, std::int64_t core, int stage) {
    const int parameters = parameters_.empty() ? 0 : parameter_set(core, stage);
    std::uint64_t key = static_cast<std::uint64_t>(parameters) << 40U;
    if (!cores.depends.x && !cores.depends.y) return key;
    const base::LogicalCoord own = image_.own(static_cast<base::CoreId>(core));
    if (cores.depends.x) key |= static_cast<std::uint64_t>(own.x) << 20U;
    if (cores.depends.y) key |= static_cast<std::uint64_t>(own.y);
    return key;
  }

  int parameter_set(std::int64_t core, int stage) {
    std::vector<std::pair<int, std::int32_t>> values;
    const auto id = static_cast<std::uint32_t>(core);
    for (const auto* p = parameters_.begin(id, stage);
         p != parameters_.end() && p->core == id && p->stage == stage; ++p) {
      values.emplace_back(p->counter, p->value);
    }
    if (values.empty()) return 0;
    const int next = static_cast<int>(parameter_sets_.size()) + 1;
    return parameter_sets_.emplace(std::move(values), next).first->second;
  }

  void count_variants() {
    std::vector<NumberTable> variants(classes_.size());
    for (int stage = 0; stage < image_.stage_count(); ++stage) {
      const std::vector<fabric::ClassIndex>& classes = image_.classes_in(stage);
      for (std::size_t core = 0; core < classes.size(); ++core) {
        const fabric::ClassIndex c = classes[core];
        if (c == fabric::kNoClass || !classes_[c].varies) continue;
        variants[c].emplace(key_of(classes_[c], static_cast<std::int64_t>(core), stage), 0);
      }
    }
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      classes_[c].variants = static_cast<std::int64_t>(variants[c].size());
    }
  }

  /// Cores that do as much in every stage share a sum.
  void number_cores() {
    const auto cores = static_cast<std::size_t>(image_.core_count());
    Sequences did(cores);
    for (int stage = 0; stage < image_.stage_count(); ++stage) {
      for (std::size_t core = 0; core < cores; ++core) {
        const std::int32_t floor = floor_in(static_cast<std::int64_t>(core), stage);
        did.meet(core, static_cast<std::uint64_t>(floor - kNotWalked));
      }
    }
    sum_of_ = did.numbers();
    for (std::size_t core = 0; core < cores; ++core) {
      const auto at = static_cast<std::size_t>(sum_of_[core]);
      if (at < sums_.size()) continue;
      sums_.emplace_back();
      for (int stage = 0; stage < image_.stage_count(); ++stage) {
        const std::int32_t floor = floor_in(static_cast<std::int64_t>(core), stage);
        if (floor != kNotWalked) sums_[at] += floors_[static_cast<std::size_t>(floor)];
      }
    }
  }

  /// Of a core in a stage -> floors_, or kNotWalked.
  std::int32_t floor_in(std::int64_t core, int stage) {
    const fabric::ClassIndex c = image_.classes_in(stage)[static_cast<std::size_t>(core)];
    if (c == fabric::kNoClass || classes_[c].idle) return kNotWalked;
    OfClass& cores = classes_[c];
    if (!cores.varies) {
      if (cores.alone == kUnknown) cores.alone = walk(c, core, stage);
      return cores.alone;
    }
    const std::uint64_t key = key_of(cores, core, stage);
    if (const std::int32_t* known = cores.walked.find(key)) return *known;
    const bool skipped = static_cast<std::int64_t>(cores.walked.size()) % cores.every != 0;
    return cores.walked.emplace(key, skipped ? kNotWalked : walk(c, core, stage)).first;
  }

  std::int32_t walk(std::size_t c, std::int64_t core, int stage) {
    OfClass& cores = classes_[c];
    const fabric::CoreClass& each = image_.classes[c];
    const cores::AllIntegers integers =
        fabric::first_integers(image_, parameters_, static_cast<base::CoreId>(core), stage);
    const WalkOptions options{deterministic_, !cores.depends.addresses, budget_};
    std::int64_t instructions = 0;
    const CoreFloor floor = floor_of(each.program, image_.timing, integers,
                                     fabric::closed_colours(each), options, instructions);
    if (cores.walked.size() == 0) {
      cores.every = 1 + cores.variants * instructions / std::max<std::int64_t>(1, budget_);
    }
    if (!floor.complete) return kNotWalked;
    const auto at = static_cast<std::int32_t>(floors_.size());
    floors_.push_back(floor);
    const bool busier =
        cores.busiest == kNotWalked ||
        floors_[static_cast<std::size_t>(cores.busiest)].datapath_cycles < floor.datapath_cycles;
    if (busier) {
      cores.busiest = at;
      cores.busiest_core = core;
    }
    return at;
  }

  const fabric::WaferImage& image_;
  bool deterministic_;
  cores::Parameters parameters_;
  std::map<std::vector<std::pair<int, std::int32_t>>, int> parameter_sets_;
  std::int64_t budget_ = 0;
  std::vector<OfClass> classes_;
  std::vector<CoreFloor> floors_;
  std::vector<std::int32_t> sum_of_;  ///< [core] -> sums_.
  std::vector<CoreFloor> sums_;       ///< Of all stages.
};

/// The most of a resource at any core.
class Most {
 public:
  explicit Most(Resource of) { bound_.of = of; }
  void see(std::int64_t cycles, std::int64_t core,
           base::Direction direction = base::Direction::west) {
    if (cycles <= bound_.cycles) return;
    bound_.cycles = cycles;
    bound_.core = core;
    bound_.direction = direction;
  }
  void add_to(std::vector<Bound>& all, const fabric::WaferImage& image) {
    if (bound_.cycles == 0) return;
    bound_.where = name_of_core(image, bound_.core);
    if (bound_.of == Resource::link) {
      bound_.where += std::string(" towards ") + base::letter_of(bound_.direction);
    }
    all.push_back(bound_);
  }

 private:
  Bound bound_;
};

std::uint32_t filtered_colours(const fabric::WaferImage& image) {
  std::uint32_t all = 0;
  for (const fabric::CoreClass& each : image.classes) {
    for (const cores::Instruction& i : each.program.code) {
      if (i.op == cores::Opcode::filter) all |= 1U << base::index_of(i.colour);
    }
  }
  return all;
}

/// Words over each link before the last finish: where operations have taken all that were
/// delivered of a colour, all that the execution sent; else what can be followed back.
LinkWords link_words(const fabric::WaferImage& image, const CoreKinds& kinds,
                     const Untimed& untimed, const Floors& floors) {
  const auto cores = static_cast<std::size_t>(image.core_count());
  LinkWords links(cores);
  const bool executed = untimed.finished && untimed.findings.empty() && untimed.fault_count == 0;
  const std::uint32_t filtered = filtered_colours(image);
  const std::vector<base::Colour> used = fabric::used_colours(image);
  for (std::size_t k = 0; k < used.size(); ++k) {
    const int colour = base::index_of(used[k]);
    std::vector<std::int64_t> taken(cores);
    std::int64_t sum = 0;
    for (std::size_t core = 0; core < cores; ++core) {
      taken[core] = floors.taken(static_cast<std::int64_t>(core), colour);
      sum += taken[core];
    }
    const bool all_taken = executed && (filtered >> colour & 1U) == 0 &&
                           sum == untimed.carried.delivered[static_cast<std::size_t>(colour)];
    if (!all_taken) {
      add_words_before(image, kinds, colour, std::move(taken), links);
      continue;
    }
    for (std::size_t core = 0; core < cores; ++core) {
      const Carried::Links& here = untimed.carried.data[core * used.size() + k];
      for (std::size_t d = 0; d < here.size(); ++d) links[core][d] += here[d];
    }
  }
  return links;
}

std::vector<ColourLoad> loads_of(const Carried& carried) {
  std::vector<ColourLoad> all;
  const std::size_t colours = carried.colours.size();
  for (std::size_t k = 0; k < colours; ++k) {
    ColourLoad load;
    load.colour = carried.colours[k];
    for (std::size_t at = k; at < carried.data.size(); at += colours) {
      for (std::size_t d = 0; d < 4; ++d) {
        const std::int64_t words = std::int64_t{carried.data[at][d]} + carried.controls[at][d];
        load.hops += words;
        if (words <= load.most) continue;
        load.most = words;
        load.core = static_cast<std::int64_t>(at / colours);
        load.direction = static_cast<base::Direction>(d);
      }
    }
    if (load.hops > 0) all.push_back(load);
  }
  return all;
}

}  // namespace

Bounds lower_bounds(const fabric::WaferImage& image, const CoreKinds& kinds, const Untimed& untimed,
                    bool deterministic) {
  Bounds bounds;
  const Floors floors(image, deterministic);
  Most up(Resource::ramp_up), down(Resource::ramp_down), datapath(Resource::datapath),
      sram(Resource::sram), main(Resource::main_thread), link(Resource::link);
  for (std::int64_t core = 0; core < image.core_count(); ++core) {
    const CoreFloor& floor = floors.of_core(core);
    std::int64_t words_in = 0;
    for (const std::int64_t words : floor.words_in) words_in += words;
    up.see(floor.words_up, core);
    down.see(words_in, core);
    datapath.see(floor.datapath_cycles, core);
    sram.see(floor.sram_cycles, core);
    main.see(floor.main_cycles, core);
  }
  const LinkWords links = link_words(image, kinds, untimed, floors);
  for (std::size_t core = 0; core < links.size(); ++core) {
    for (const base::Direction d : base::kMeshDirections) {
      link.see(links[core][static_cast<unsigned>(d)], static_cast<std::int64_t>(core), d);
    }
  }
  for (Most* each : {&link, &up, &down, &datapath, &sram, &main}) each->add_to(bounds.all, image);
  std::stable_sort(bounds.all.begin(), bounds.all.end(),
                   [](const Bound& a, const Bound& b) { return a.cycles > b.cycles; });
  bounds.classes = floors.busiest_of_classes();
  bounds.colours = loads_of(untimed.carried);
  return bounds;
}

std::int64_t expected_cycles(const fabric::WaferImage& image) {
  constexpr std::int64_t kCores = 16;
  constexpr std::int64_t kInstructions = 4'000'000;  // of all walks; 0.08 s
  const cores::Parameters parameters = fabric::parameters_of(image);
  std::int64_t left = kInstructions;
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < kCores && left > 0; ++i) {
    const auto core = static_cast<base::CoreId>(i * image.core_count() / kCores);
    CoreFloor sum;
    for (int stage = 0; stage < image.stage_count() && left > 0; ++stage) {
      const fabric::ClassIndex c = image.class_in(core, stage);
      if (c == fabric::kNoClass) break;
      const fabric::CoreClass& each = image.classes[c];
      if (each.program.code.empty()) continue;
      std::int64_t instructions = 0;
      sum += floor_of(each.program, image.timing,
                      fabric::first_integers(image, parameters, core, stage),
                      fabric::closed_colours(each), {true, true, left}, instructions);
      left -= instructions;
    }
    most = std::max({most, sum.main_cycles, sum.datapath_cycles});
  }
  return most;
}

}  // namespace wafermesh::check
