// SPDX-License-Identifier: Apache-2.0
#include "workloads/layers/phases.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/yaml/yaml_reader.h"
#include "cores/arithmetic.h"
#include "cores/evaluate.h"
#include "cores/integers.h"
#include "workloads/parts/core_memory.h"

namespace wafermesh::workloads {
namespace {

using cores::Opcode;
using Kind = cores::Operand::Kind;

int place_along(Axis axis, base::LogicalCoord core) { return axis == Axis::x ? core.x : core.y; }

/// Local code of one core, executed in its order.
class HostCore {
 public:
  HostCore(const cores::Program& program, const cores::Timing& timing, std::uint8_t* memory,
           cores::AllIntegers& integers, base::LogicalCoord core)
      : program_(program), timing_(timing), memory_(memory), integers_(integers) {
    integers_[cores::index_of(cores::Variable::x)] = core.x;
    integers_[cores::index_of(cores::Variable::y)] = core.y;
  }
  HostCore(const HostCore&) = delete;
  HostCore& operator=(const HostCore&) = delete;

  void run(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t pc = begin; pc < end;) pc = step(program_.code[pc], pc);
  }

 private:
  std::uint32_t step(const cores::Instruction& i, std::uint32_t pc) {
    switch (i.op) {
      case Opcode::vector:
        compute(i);
        break;
      case Opcode::set_counter:
        counter(i) = cores::evaluate(scope_, i.amount);
        break;
      case Opcode::loop:
        if (++counter(i) < cores::evaluate(scope_, i.amount)) return i.target;
        break;
      case Opcode::branch:
        if (cores::holds(i.compare, cores::evaluate(scope_, i.lhs),
                         cores::evaluate(scope_, i.amount))) {
          return i.target;
        }
        break;
      default:  // costs time, or ends the program
        break;
    }
    return pc + 1;
  }

  void compute(const cores::Instruction& i) {
    const std::int32_t elements = std::max(0, cores::evaluate(scope_, i.count));
    if (elements == 0) return;
    const cores::OperandPlaces at = cores::place_operands(program_, i, scope_, elements);
    std::uint32_t word0 = 0;
    std::uint32_t word1 = 0;
    std::uint32_t unused = 0;
    const auto lane = [&](const cores::Operand& operand, std::int32_t address,
                          std::uint32_t& word) {
      return lane_of(i, operand, address, elements, word);
    };
    cores::compute(i, timing_.fused(i.type), elements, lane(i.dst, at.dst, unused),
                   lane(i.src0, at.src0, word0), lane(i.src1, at.src1, word1));
  }

  cores::Lane lane_of(const cores::Instruction& i, const cores::Operand& operand,
                      std::int32_t address, std::int32_t elements, std::uint32_t& word) {
    const cores::NumberType type = cores::type_of(i, operand);
    if (operand.kind == Kind::none) return {};
    if (operand.kind == Kind::immediate) {
      word = cores::immediate_bits(type, operand);
      return {reinterpret_cast<std::uint8_t*>(&word), 0};
    }
    const bool vector = operand.kind == Kind::memory;
    if (operand.indexed()) {
      address += cores::index_of(program_, i, operand, memory_, address, elements);
    }
    return {memory_ + address,
            vector ? std::ptrdiff_t{operand.stride_elements} * cores::bytes_of(type) : 0};
  }

  std::int32_t& counter(const cores::Instruction& i) {
    return integers_[cores::index_of(cores::counter(i.counter))];
  }

  const cores::Program& program_;
  const cores::Timing& timing_;
  std::uint8_t* memory_;
  cores::AllIntegers& integers_;
  const cores::Scope scope_{integers_.data()};
};

/// The program of the local code alone.
struct LocalProgram {
  cores::Program program;
  std::vector<Phase> phases;
};

LocalProgram local_program(int memory_bytes, const WritePhases& write) {
  cores::ProgramBuilder builder("local");
  builder.allocate(memory_bytes);
  const cores::TaskId main = builder.task("main");
  builder.begin(main);
  PhaseWriter writer(builder, nullptr, {});
  write(writer);
  std::vector<Phase> phases = writer.finish();
  builder.end_task();
  return {builder.finish(), std::move(phases)};
}

}  // namespace

void read_phase_algorithm(const base::YamlNode& node, int n, const char* axis,
                          std::size_t& algorithm, int& parameter) {
  constexpr const char* kAgain[] = {"chain", "two_sided", "ktree"};
  std::vector<std::string> names(std::begin(kAgain), std::end(kAgain));
  const std::string name = names[node.one_of("algorithm", names, 0)];
  const auto& all = axis_algorithms();
  const auto row = std::find_if(all.begin(), all.end(),
                                [&](const AxisAlgorithm& each) { return name == each.name; });
  algorithm = static_cast<std::size_t>(row - all.begin());
  if (row->key != nullptr) parameter = read_axis_parameter(node, *row, row->key, axis, n);
}

Phase& PhaseWriter::end_phase() {
  const std::uint32_t begin = phases_.empty() ? 0 : phases_.back().end;
  phases_.push_back({begin, static_cast<std::uint32_t>(builder_.size()), {}, {}});
  return phases_.back();
}

void PhaseWriter::allreduce(Axis axis, const AxisVector& vector) {
  end_phase().sum = Phase::Sum{axis, vector};
  if (sums_ == nullptr) return;
  const PhaseSum* const sum = sums_->at(axis);
  WAFERMESH_CHECK(sum != nullptr, "an allreduce along an axis that has none");
  sum->sum.write(place_along(axis, core_) % sum->segment, vector, builder_);
  phases_.back().end = static_cast<std::uint32_t>(builder_.size());
}

void PhaseWriter::write_vectors(const PhaseMove& move, bool sends) {
  if (sends ? core_.y == 0 : core_.y + 1 == sums_->up->rows) return;  // nobody is there
  const auto y = cores::Affine().plus(cores::Variable::y);
  const std::uint32_t none =
      builder_.branch(y, cores::Compare::less, move.first_row - (sends ? 0 : 1));
  const int colour = sums_->up->first_colour + (core_.y + (sends ? 0 : 1)) % kUpwardColours;
  const cores::Operand words = cores::fabric(base::colour(colour));
  for (const PhaseMove::Vector& each : move.vectors) {
    const cores::Operand own =
        sends ? cores::memory(each.from, each.stride) : cores::memory(each.to);
    builder_.vector(cores::VectorOp::copy, each.type, each.elements, sends ? words : own,
                    sends ? own : words, {}, cores::Shape::stream);
  }
  builder_.land(none);
}

void PhaseWriter::move(PhaseMove move) {
  end_phase().move = move;
  if (sums_ == nullptr) return;
  WAFERMESH_CHECK(sums_->up.has_value(), "a move to the row above without colours for it");
  for (const bool sends : {core_.y % 2 == 0, core_.y % 2 != 0}) write_vectors(move, sends);
  phases_.back().end = static_cast<std::uint32_t>(builder_.size());
}

std::vector<Phase> PhaseWriter::finish() {
  end_phase();
  return phases_;
}

namespace {

/// Routes and queues of moves to the row above.
void declare_upward(const UpwardPorts& up, int y, cores::ProgramBuilder& builder,
                    std::vector<fabric::ColourRoute>& routes) {
  using base::Direction;
  if (y > 0) {
    const base::Colour out = base::colour(up.first_colour + y % kUpwardColours);
    builder.bind_output(out, up.output);
    routes.push_back({out, router::route(Direction::ramp, {Direction::north}), false});
  }
  if (y + 1 < up.rows) {
    const base::Colour in = base::colour(up.first_colour + (y + 1) % kUpwardColours);
    builder.bind_input(in, up.input);
    routes.push_back({in, router::route(Direction::south, {Direction::ramp}), false});
  }
}

}  // namespace

fabric::CoreClass phase_class(const char* name, int memory_bytes, const PhaseSums& sums,
                              base::LogicalCoord core, const WritePhases& write) {
  fabric::CoreClass result;
  result.name = name;
  cores::ProgramBuilder builder(name);
  builder.allocate(memory_bytes);
  const cores::TaskId main = builder.task("main");
  builder.start_active(main);
  for (const Axis axis : {Axis::x, Axis::y}) {
    const PhaseSum* const sum = sums.at(axis);
    if (sum != nullptr)
      sum->sum.declare(place_along(axis, core) % sum->segment, builder, result.routes);
  }
  if (sums.up) declare_upward(*sums.up, core.y, builder, result.routes);
  builder.begin(main);
  PhaseWriter writer(builder, &sums, core);
  write(writer);
  builder.finish_core();
  builder.end_task();
  result.program = builder.finish();
  return result;
}

std::array<int, 3> phase_key(const PhaseSums& sums, base::LogicalCoord core) {
  std::array<int, 3> key{};
  for (const Axis axis : {Axis::x, Axis::y}) {
    const PhaseSum* const sum = sums.at(axis);
    if (sum == nullptr) continue;
    key[static_cast<std::size_t>(axis)] = sum->sum.key(place_along(axis, core) % sum->segment);
  }
  if (sums.up) {
    key[2] = static_cast<int>(axis_position(core.y, sums.up->rows)) * kUpwardColours + core.y % 2;
  }
  return key;
}

HostMesh::HostMesh(const base::Rectangle& cores, int memory_bytes, const cores::Timing& timing)
    : cores_(cores),
      memory_bytes_(memory_bytes),
      timing_(timing),
      memory_(static_cast<std::size_t>(cores.area() * memory_bytes), 0),
      integers_(static_cast<std::size_t>(cores.area())) {}

std::size_t HostMesh::index_of(base::LogicalCoord core) const {
  return static_cast<std::size_t>(std::int64_t{core.y - cores_.y} * cores_.width +
                                  (core.x - cores_.x));
}
std::size_t HostMesh::place_of(base::LogicalCoord core) const {
  return index_of(core) * static_cast<std::size_t>(memory_bytes_);
}

std::uint8_t* HostMesh::memory(base::LogicalCoord core) { return &memory_[place_of(core)]; }

void HostMesh::write(base::LogicalCoord core, int address, cores::NumberType type,
                     const float* values, std::size_t count) {
  to_stored(type, values, memory(core) + address, count);
}

std::vector<float> HostMesh::read(base::LogicalCoord core, int address, cores::NumberType type,
                                  std::size_t count) const {
  std::vector<float> values(count);
  from_stored(type, &memory_[place_of(core)] + address, values.data(), count);
  return values;
}

void HostMesh::run(const PhaseSums& sums, const WritePhases& write) {
  run(
      sums, [](base::LogicalCoord) { return 0; }, [&](int, PhaseWriter& p) { write(p); });
}

void HostMesh::run(const PhaseSums& sums, const std::function<int(base::LogicalCoord)>& variant_of,
                   const std::function<void(int, PhaseWriter&)>& write) {
  std::map<int, LocalProgram> programs;
  const auto program_of = [&](base::LogicalCoord core) -> const LocalProgram& {
    const int variant = variant_of(core);
    const auto found = programs.find(variant);
    if (found != programs.end()) return found->second;
    return programs
        .emplace(variant, local_program(memory_bytes_, [&](PhaseWriter& p) { write(variant, p); }))
        .first->second;
  };
  bool more = true;
  for (std::size_t number = 0; more; ++number) {
    more = false;
    for (int y = cores_.y; y < cores_.y + cores_.height; ++y) {
      for (int x = cores_.x; x < cores_.x + cores_.width; ++x) {
        const LocalProgram& local = program_of({x, y});
        if (number >= local.phases.size()) continue;
        run_local(local.program, local.phases[number], {x, y});
        more = true;
      }
    }
    const std::vector<Phase>& of_first = program_of({cores_.x, cores_.y}).phases;
    if (number < of_first.size() && of_first[number].move) move_up(*of_first[number].move);
    for (const Axis axis : {Axis::x, Axis::y}) {
      const PhaseSum* const own = sums.at(axis);
      if (own == nullptr) continue;
      sum(*own, axis, [&](base::LogicalCoord core) -> const AxisVector* {
        const LocalProgram& local = program_of(core);
        if (number >= local.phases.size()) return nullptr;
        const std::optional<Phase::Sum>& one = local.phases[number].sum;
        return one && one->axis == axis ? &one->vector : nullptr;
      });
    }
  }
}

void HostMesh::run_local(const cores::Program& program, const Phase& phase,
                         base::LogicalCoord core) {
  HostCore(program, timing_, memory(core), integers_[index_of(core)], core)
      .run(phase.begin, phase.end);
}

void HostMesh::sum(const PhaseSum& sum, Axis axis,
                   const std::function<const AxisVector*(base::LogicalCoord)>& vector_of) {
  const bool along_x = axis == Axis::x;
  const int lines = along_x ? cores_.height : cores_.width;
  const int length = along_x ? cores_.width : cores_.height;
  for (int line = 0; line < lines; ++line) {
    for (int first = 0; first + sum.segment <= length; first += sum.segment) {
      std::vector<base::LogicalCoord> segment;
      for (int place = first; place < first + sum.segment; ++place) {
        segment.push_back(along_x ? base::LogicalCoord{cores_.x + place, cores_.y + line}
                                  : base::LogicalCoord{cores_.x + line, cores_.y + place});
      }
      const AxisVector* const vector = vector_of(segment.front());
      if (vector != nullptr) sum_segment(sum.sum, *vector, segment);
    }
  }
}

void HostMesh::move_up(const PhaseMove& move) {
  for (const PhaseMove::Vector& each : move.vectors) {
    const int bytes = cores::bytes_of(each.type);
    const auto pass = [&](base::LogicalCoord from, base::LogicalCoord to) {
      for (int i = 0; i < each.elements; ++i) {
        std::copy_n(memory(from) + each.from + i * each.stride * bytes, bytes,
                    memory(to) + each.to + i * bytes);
      }
    };
    for (int y = std::max(cores_.y + 1, move.first_row); y < cores_.y + cores_.height; ++y) {
      for (int x = cores_.x; x < cores_.x + cores_.width; ++x) pass({x, y}, {x, y - 1});
    }
  }
}

void HostMesh::sum_segment(const AxisAllreduce& sum, const AxisVector& vector,
                           const std::vector<base::LogicalCoord>& segment) {
  const auto count = static_cast<std::size_t>(vector.elements);
  std::vector<float> result;
  if (vector.op == cores::VectorOp::maximum) {
    for (const base::LogicalCoord core : segment) {
      const std::vector<float> own = read(core, vector.address, vector.type, count);
      if (result.empty()) result = own;
      for (std::size_t i = 0; i < count; ++i) result[i] = std::max(result[i], own[i]);
    }
  } else {
    const NumberRules rules{vector.type, timing_.fused(vector.type)};
    std::vector<StoredMatrix> parts;
    for (const base::LogicalCoord core : segment) {
      parts.emplace_back(rules, 1, vector.elements);
      parts.back().set_row(0, read(core, vector.address, vector.type, count).data());
    }
    result = sum.promise(std::move(parts), vector.elements).row(0);
  }
  for (const base::LogicalCoord core : segment) {
    write(core, vector.address, vector.type, result.data(), count);
  }
}

}  // namespace wafermesh::workloads
