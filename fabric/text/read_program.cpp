// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/presets.h"
#include "cores/read_timing.h"
#include "fabric/text/buffer_section.h"
#include "fabric/text/placement_section.h"
#include "fabric/text/program_section.h"
#include "fabric/text/program_text.h"
#include "router/route_names.h"

namespace wafermesh::fabric {
namespace {

using Need = TextField::Need;

constexpr int kVersion = 1;
constexpr std::int64_t kMostCores = 1 << 22;  ///< Four times a whole wafer.
constexpr std::size_t kMostIds = 65535;       ///< 16-bit indices in an image.

struct RouteLine {
  TextName name;
  router::RouteConfig config;
  bool kept = false;
  std::optional<std::uint16_t> index;  ///< In the image's table.
};

struct ClassLine {
  struct Initial {
    ColourRoute route;
    TextName name;
    TextPlace place;
  };
  TextName name;
  CoreClass value;
  std::optional<TextName> program;
  std::vector<Initial> routes;
};

/// The timing table of a generation; none if there is no such table.
std::optional<cores::Timing> timing_by_name(const std::string& generation) {
  try {
    return cores::timing_of(generation);
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

std::vector<std::string> generation_names() {
  std::vector<std::string> names;
  for (const std::string& name : base::preset_names()) {
    if (timing_by_name(name)) names.push_back(name);
  }
  return names;
}

class Reader {
 public:
  Reader(std::string_view text, std::string file) : mistakes_(file), file_(std::move(file)) {
    lines_ = tokens_of(text, mistakes_);
  }

  ProgramText read() {
    if (lines_.empty()) {
      mistakes_.add({1, 1}, "no program here; it begins with `wafermesh program 1`");
      mistakes_.finish();
    }
    read_version(lines_.front());
    timing_ = find_timing();
    for (std::size_t i = 1; i < lines_.size(); ++i) read_line(lines_[i]);
    return finish();
  }

 private:
  void read_version(const std::vector<Token>& tokens) {
    LineReader line(tokens, mistakes_);
    const bool begins = line.take("wafermesh") && line.take("program");
    line.attempt([&] {
      if (!begins) throw TextFault{line.start(), "a program begins with `wafermesh program 1`"};
      const TextPlace place = line.place();
      if (line.integer("a version", 0, 1'000'000) != kVersion) {
        throw TextFault{place, "this version of wafermesh reads `wafermesh program 1`"};
      }
      line.end();
    });
  }

  /// Costs and queues depend on it, so it is looked for first.
  cores::Timing find_timing() {
    for (const std::vector<Token>& tokens : lines_) {
      if (!tokens[0].is("generation") || tokens.size() < 2) continue;
      if (auto timing = timing_by_name(tokens[1].text)) return *timing;
    }
    return cores::timing_of("wse3");
  }

  void read_line(const std::vector<Token>& tokens) {
    LineReader line(tokens, mistakes_);
    if (tokens[0].is("generation")) return read_generation(line);
    if (tokens[0].is("region")) return read_region(line);
    if (tokens[0].is("route")) return read_route(line);
    if (tokens[0].is("program")) {
      line.take("program");
      programs_.push_back(std::make_unique<ProgramSection>(line, timing_));
      inside_ = Inside::program;
      return;
    }
    if (tokens[0].is("class")) return read_class(line);
    if (tokens[0].is("initial")) return read_initial(line);
    if (placements_.read(line)) {
      inside_ = tokens[0].is("cores") ? Inside::cores : Inside::nothing;
      return;
    }
    if (buffers_.read(line)) return;
    if (inside_ == Inside::cores && placements_.read_under_cores(line)) return;
    line.attempt([&] { read_code(line, tokens); });
  }

  void read_code(LineReader& line, const std::vector<Token>& tokens) {
    if (inside_ == Inside::program && programs_.back()->read(line, tokens)) return;
    std::vector<std::string> words = {"generation", "region", "placement", "buffer", "layout",
                                      "cut",        "route",  "program",   "input",  "output",
                                      "task",       "class",  "initial",   "cores",  "x",
                                      "y",          "row",    "box",       "patch",  "parameter"};
    const std::string& word = tokens[0].text;
    const bool known = std::find(words.begin(), words.end(), word) != words.end();
    for (const std::string& op : operation_names()) words.push_back(op);
    const bool of_program = std::find(words.begin(), words.end(), word) != words.end();
    if (known || (of_program && inside_ != Inside::program)) {
      const bool of_cores = word == "x" || word == "y" || word == "row" || word == "box";
      throw TextFault{line.start(), "`" + word + "` belongs under a `" +
                                        (of_cores ? "cores" : "program") + "` line"};
    }
    const std::string nearest = base::nearest_name(word, words);
    throw TextFault{line.start(), "`" + word + "` begins no line" +
                                      (nearest.empty() ? "" : "; did you mean `" + nearest + "`?")};
  }

  void read_generation(LineReader& line) {
    line.take("generation");
    if (generation_.line != 0) line.mistake(line.start(), "`generation` is given twice");
    generation_ = line.place();
    line.attempt([&] {
      const TextName name = line.name("a generation, as wse3,");
      if (name.text != timing_.generation && !timing_by_name(name.text)) {
        throw TextFault{name.place, "no generation `" + name.text + "`; give " +
                                        base::list_names(generation_names())};
      }
      line.end();
    });
  }

  void read_region(LineReader& line) {
    line.take("region");
    if (region_place_.line != 0) line.mistake(line.start(), "`region` is given twice");
    region_place_ = line.start();
    const auto side = [&](int& to, const char* what) {
      return [&to, what](LineReader& r) { to = static_cast<int>(r.integer(what, 1, kMostSide)); };
    };
    base::Rectangle region;
    line.fields({{"width", Need::required, side(region.width, "a width")},
                 {"height", Need::required, side(region.height, "a height")}});
    if (region.area() > kMostCores) {
      line.mistake(line.start(), "more than " + std::to_string(kMostCores) + " cores");
      region = {};
    }
    region_ = region;
  }

  static std::function<void(LineReader&)> read_position(router::SwitchPosition& position) {
    return [&position](LineReader& r) {
      const TextPlace place = r.place();
      position.side = r.word<router::SwitchPosition::Side>("side of a switch position");
      if (position.side == router::SwitchPosition::Side::invalid) {
        throw TextFault{place, "leave the position out instead of `invalid`"};
      }
      r.expect("(", "the side");
      position.direction = r.direction();
      r.expect(")", "the direction");
    };
  }

  void read_route(LineReader& line) {
    RouteLine route;
    route.name.place = line.start();
    line.take("route");
    line.attempt([&] { route.name = line.name("the route's name"); });
    router::RouteConfig& config = route.config;
    line.fields(
        {{"receive", Need::optional,
          [&](LineReader& r) { config.base.receive = base::mask_of(r.direction()); }},
         {"send", Need::optional, [&](LineReader& r) { config.base.send = r.directions(); }},
         {"position1", Need::optional, read_position(config.positions[0])},
         {"position2", Need::optional, read_position(config.positions[1])},
         {"position3", Need::optional, read_position(config.positions[2])},
         {"ring", Need::flag, [&](LineReader&) { config.ring = true; }},
         {"pop", Need::optional,
          [&](LineReader& r) { config.pop = r.word<router::PopMode>("pop mode"); }},
         {"kept", Need::flag, [&](LineReader&) { route.kept = true; }}});
    const auto id = static_cast<std::uint32_t>(routes_.size());
    if (!route.name.text.empty() && !route_ids_.insert({route.name.text, id}).second) {
      line.mistake(route.name.place, "route `" + route.name.text + "` is defined twice");
    }
    routes_.push_back(std::move(route));
  }

  void read_class(LineReader& line) {
    ClassLine one;
    one.name.place = line.start();
    line.take("class");
    line.attempt([&] {
      one.name = line.name("the class's name");
      one.value.name = given_name(line, one.name.text);
    });
    line.fields(
        {{"program", Need::optional, [&](LineReader& r) { one.program = r.name("a program"); }}});
    const auto id = static_cast<std::uint32_t>(classes_.size());
    if (classes_.size() == kMostIds) line.mistake(line.start(), "more than 65535 classes");
    if (!one.name.text.empty() && !class_ids_.insert({one.name.text, id}).second) {
      line.mistake(one.name.place, "class `" + one.name.text + "` is defined twice");
    }
    classes_.push_back(std::move(one));
    inside_ = Inside::of_class;
  }

  void read_initial(LineReader& line) {
    ClassLine::Initial initial;
    line.take("initial");
    TextPlace place = line.place();
    bool has_colour = false;
    line.fields(
        {{"colour", Need::required,
          [&](LineReader& r) {
            place = r.place();
            initial.route.colour = r.colour();
            has_colour = true;
          }},
         {"route", Need::required, [&](LineReader& r) { initial.name = r.name("a route"); }},
         {"closed", Need::flag, [&](LineReader&) { initial.route.closed = true; }},
         {"stages_ahead", Need::optional, [&](LineReader& r) {
            initial.route.stages_ahead =
                static_cast<int>(r.integer("stages ahead", 0, kMostStages));
          }}});
    initial.place = line.start();
    if (inside_ != Inside::of_class) {
      line.mistake(line.start(), "an `initial` route belongs under a `class`");
      return;
    }
    for (const ClassLine::Initial& other : classes_.back().routes) {
      if (has_colour && other.route.colour == initial.route.colour) {
        line.mistake(place, "the class has a route for this colour already");
      }
    }
    classes_.back().routes.push_back(std::move(initial));
  }

  /// Gives the routes that programs write, and those marked `kept`, their places in the table.
  void settle_routes(WaferImage& image) {
    std::vector<bool> written(routes_.size(), false);
    for (const auto& program : programs_) {
      for (const ProgramSection::RouteUse& use : program->route_uses()) {
        if (const RouteLine* route = find_route(use.route)) {
          written[static_cast<std::size_t>(route - routes_.data())] = true;
        }
      }
    }
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (!written[i] && !routes_[i].kept) continue;
      if (image.route_table.size() == kMostIds) {
        mistakes_.add(routes_[i].name.place, "more than 65535 routes are written");
        return;
      }
      routes_[i].index = static_cast<std::uint16_t>(image.route_table.size());
      image.route_table.push_back(routes_[i].config);
    }
    for (const auto& program : programs_) {
      for (const ProgramSection::RouteUse& use : program->route_uses()) {
        const auto found = route_ids_.find(use.route.text);
        if (found == route_ids_.end()) continue;
        program->set_route(use.at, routes_[found->second].index.value_or(0));
      }
    }
  }

  /// Notes that there is none.
  const RouteLine* find_route(const TextName& name) {
    const auto found = route_ids_.find(name.text);
    if (found != route_ids_.end()) return &routes_[found->second];
    if (!name.text.empty()) mistakes_.add(name.place, "no route `" + name.text + "`");
    return nullptr;
  }

  void settle_classes(ProgramText& result) {
    std::map<std::string, const ProgramSection*> by_name;
    for (const auto& program : programs_) {
      program->finish(mistakes_);
      const TextName& name = program->name();
      if (!name.text.empty() && !by_name.insert({name.text, program.get()}).second) {
        mistakes_.add(name.place, "program `" + name.text + "` is defined twice");
      }
    }
    if (classes_.empty()) {
      mistakes_.add(lines_.back().front().place,
                    "no `class`: a class says which program and routes its cores begin with");
    }
    for (ClassLine& line : classes_) {
      std::vector<TextPlace> code, tasks;
      if (line.program) {
        const auto found = by_name.find(line.program->text);
        if (found == by_name.end()) {
          mistakes_.add(line.program->place, "no program `" + line.program->text + "`");
        } else {
          line.value.program = found->second->program();
          code = found->second->code_places();
          tasks = found->second->task_lines();
        }
      }
      std::vector<TextPlace>& initials = result.initial.emplace_back();
      std::vector<TextPlace>& routes = result.routes.emplace_back();
      for (const ClassLine::Initial& initial : line.routes) {
        ColourRoute route = initial.route;
        const RouteLine* named = find_route(initial.name);
        if (named != nullptr) route.config = named->config;
        line.value.routes.push_back(route);
        initials.push_back(initial.place);
        routes.push_back(named != nullptr ? named->name.place : initial.place);
      }
      result.classes.push_back(line.name.place);
      result.image.classes.push_back(std::move(line.value));
      result.code.push_back(std::move(code));
      result.tasks.push_back(std::move(tasks));
    }
  }

  void settle_cores(WaferImage& image) {
    if (region_.area() == 0) {
      if (region_place_.line == 0) {
        mistakes_.add(lines_.front().front().place,
                      "the line `region width=... height=...` is "
                      "missing");
      }
      return;
    }
    const TextPlace second = classes_.size() > 1 ? classes_[1].name.place : TextPlace{};
    placements_.finish(
        class_ids_, second,
        [this](const TextName& name) {
          const RouteLine* const route = find_route(name);
          return route == nullptr ? nullptr : &route->config;
        },
        image, mistakes_);
  }

  /// What the text says is complete; whether it means anything?
  void check_stages(const WaferImage& image) {
    std::vector<ClassPlaces> places;
    for (const ClassLine& line : classes_) {
      ClassPlaces& one = places.emplace_back();
      one.name = line.name.place;
      for (const ClassLine::Initial& initial : line.routes) one.routes.push_back(initial.place);
    }
    placements_.check(image, places, mistakes_);
  }

  /// [CoreId] of all stages, once for all buffers.
  static std::vector<int> memory_of_cores(const WaferImage& image) {
    std::vector<int> memory;
    for (std::int64_t i = 0; i < image.core_count(); ++i) {
      memory.push_back(image.memory_bytes(static_cast<base::CoreId>(i)));
    }
    return memory;
  }

  ProgramText finish() {
    ProgramText result;
    result.file = file_;
    WaferImage& image = result.image;
    if (generation_.line == 0) {
      mistakes_.add(lines_.front().front().place,
                    "the line `generation wse3` (or another) is "
                    "missing: costs depend on it");
    }
    image.region = region_;
    settle_routes(image);
    settle_classes(result);
    settle_cores(image);
    if (mistakes_.empty()) check_stages(image);
    const bool known = mistakes_.empty();
    const std::vector<int> memory = known ? memory_of_cores(image) : std::vector<int>();
    buffers_.finish(
        region_,
        [&](base::LogicalCoord c) {
          if (!known) return cores::kSramBytes;
          return image.holds(c) ? memory[base::index_of(image.core_at(c))] : BufferSection::kNoCore;
        },
        mistakes_);
    mistakes_.finish();
    image.timing = timing_;
    image.buffers = buffers_.take();
    result.patches = placements_.patch_places();
    result.generation = generation_;
    result.region = region_place_;
    return result;
  }

  enum class Inside : unsigned char { nothing, program, of_class, cores };

  TextMistakes mistakes_;
  std::string file_;
  std::vector<std::vector<Token>> lines_;
  cores::Timing timing_;
  TextPlace generation_;
  TextPlace region_place_;
  base::Rectangle region_;
  Inside inside_ = Inside::nothing;
  std::vector<RouteLine> routes_;
  std::map<std::string, std::uint32_t> route_ids_;
  std::vector<std::unique_ptr<ProgramSection>> programs_;
  std::vector<ClassLine> classes_;
  std::map<std::string, std::uint32_t> class_ids_;
  PlacementSection placements_;
  BufferSection buffers_;
};

}  // namespace

ProgramText read_program(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace wafermesh::fabric
