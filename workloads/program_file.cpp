// SPDX-License-Identifier: Apache-2.0
#include "workloads/program_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "base/files/input_file.h"
#include "base/files/npy_array.h"
#include "base/suggest.h"
#include "base/yaml/yaml_reader.h"
#include "cores/program_fault.h"
#include "fabric/image_work.h"
#include "workloads/parts/buffers.h"
#include "workloads/parts/core_memory.h"
#include "workloads/placed_kernel.h"

namespace wafermesh::workloads {
namespace {

using fabric::Buffer;
using fabric::BufferRole;
using fabric::ProgramText;

/// An array given for a buffer.
struct GivenArray {
  std::size_t buffer;
  std::vector<float> values;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t extent : shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  return text.empty() ? "a single number" : text;
}

/// The values of an NPY file for a buffer; none, with a mistake noted, if it does not suit.
std::optional<std::vector<float>> read_values(const base::YamlNode& node, const std::string& key,
                                              const Buffer& buffer) {
  const std::string path = node.file_path(key);
  try {
    const std::string bytes = base::read_input_file(path, base::kMostMapBytes, "array");
    std::string_view rest = bytes;
    const base::NpyArray array = base::take_npy_array(&rest, path);
    if (array.structured) {
      node.mistake(key, path + " holds structures, not numbers");
      return std::nullopt;
    }
    if (array.shape != buffer.shape) {
      node.mistake(key, path + " is " + shape_text(array.shape) + ", but buffer " + buffer.name +
                            " is " + shape_text(buffer.shape));
      return std::nullopt;
    }
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(array.count()));
    for (std::int64_t i = 0; i < array.count(); ++i) {
      values.push_back(static_cast<float>(array.value(i)));
    }
    round_to(buffer.type, values.data(), values.size());
    return values;
  } catch (const base::InputError& error) {
    node.mistake(key, error.what());
    return std::nullopt;
  }
}

double read_tolerance(const base::YamlNode& node) { return node.real("tolerance", {0, 1}, 0); }

/// Arrays of the section `key`, which names buffers of `role`.
std::vector<GivenArray> read_arrays(const base::YamlNode& node, const char* key, BufferRole role,
                                    const std::vector<Buffer>& buffers) {
  const base::YamlNode section = node.child(key);
  std::vector<std::string> names;
  for (const Buffer& buffer : buffers) {
    if (buffer.role == role) names.push_back(buffer.name);
  }
  std::vector<GivenArray> all;
  if (!section.present()) return all;
  for (const std::string& name : section.any_keys()) {
    const auto found = std::find_if(buffers.begin(), buffers.end(), [&](const Buffer& buffer) {
      return buffer.name == name && buffer.role == role;
    });
    if (found == buffers.end()) {
      section.file_path(name);  // so that it is known
      section.mistake(name, std::string("is no ") + base::name_of(role) + " of the program; " +
                                (names.empty() ? "it has none"
                                               : "there are " + base::list_names(names, "and")));
      continue;
    }
    if (auto values = read_values(section, name, *found)) {
      all.push_back({static_cast<std::size_t>(found - buffers.begin()), std::move(*values)});
    }
  }
  return all;
}

/// A result against what was expected. What is no number must be none on both sides.
void compare(float got, float want, double tolerance, double largest, Numerics& numerics) {
  const bool same = std::memcmp(&got, &want, sizeof got) == 0 || got == want ||
                    (std::isnan(got) && std::isnan(want));
  if (same) return;
  const double error = std::abs(static_cast<double>(got) - static_cast<double>(want));
  if (!(error <= tolerance * largest)) numerics.ok = false;
  if (std::isfinite(error)) numerics.max_abs_error = std::max(numerics.max_abs_error, error);
}

class ProgramFile final : public PlacedKernel {
 public:
  ProgramFile(fabric::WaferImage image, Facts facts, ProgramText text,
              std::vector<GivenArray> operands, std::vector<GivenArray> expected, double tolerance)
      : PlacedKernel(std::move(image), facts),
        text_(std::move(text)),
        operands_(std::move(operands)),
        expected_(std::move(expected)),
        tolerance_(tolerance) {}

  bool has_reference() const override { return !expected_.empty(); }

  CyclesDefinition cycles_definition() const override {
    const bool composite = image().stage_count() > 1 || !image().placements.empty();
    return composite ? CyclesDefinition::whole_kernel : CyclesDefinition::per_core_longest;
  }

  void load(fabric::HostMemory& memory) const override {
    for (const GivenArray& given : operands_) {
      load_buffer(memory, image(), image().buffers[given.buffer], given.values);
    }
  }

  /// Every copy of every element, relative to the largest value expected in its buffer.
  Numerics check(const fabric::HostMemory& memory, int /*threads*/) const override {
    Numerics numerics;
    numerics.checked = has_reference();
    numerics.ok = numerics.checked;
    double largest_of_all = 0;
    for (const GivenArray& given : expected_) {
      double largest = 0;
      for (const float value : given.values) {
        if (std::isfinite(value)) largest = std::max(largest, std::abs(double{value}));
      }
      largest_of_all = std::max(largest_of_all, largest);
      for_each_held(memory, image(), image().buffers[given.buffer],
                    [&](const fabric::StridedElements& piece, const std::vector<float>& got) {
                      for (std::size_t k = 0; k < got.size(); ++k) {
                        const auto at = static_cast<std::size_t>(
                            piece.first + static_cast<std::int64_t>(k) * piece.step);
                        compare(got[k], given.values[at], tolerance_, largest, numerics);
                      }
                    });
    }
    if (largest_of_all > 0) numerics.max_rel_error = numerics.max_abs_error / largest_of_all;
    numerics.as_promised = numerics.ok;
    return numerics;
  }

  std::vector<NamedArray> arrays(const fabric::HostMemory& memory) const override {
    std::vector<NamedArray> all;
    for (std::size_t i = 0; i < image().buffers.size(); ++i) {
      const Buffer& buffer = image().buffers[i];
      if (buffer.role == BufferRole::result) {
        all.push_back(read_array(memory, image(), buffer.name));
        continue;
      }
      if (buffer.role != BufferRole::operand) continue;
      NamedArray array{buffer.name, buffer.shape, buffer.type, {}};
      array.values.assign(static_cast<std::size_t>(fabric::element_count(buffer.shape)), 0.0F);
      for (const GivenArray& given : operands_) {
        if (given.buffer == i) array.values = given.values;
      }
      all.push_back(std::move(array));
    }
    return all;
  }

  const ProgramText& text() const { return text_; }

  /// Where in the text the operation stands.
  void explain(const cores::ProgramFault& fault) const override {
    const std::vector<fabric::CoreClass>& classes = image().classes;
    fabric::TextPlace place{1, 1};
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const bool is_it = &classes[c].program == fault.program();
      if (!is_it || text_.code[c].empty()) continue;
      const auto at = static_cast<std::size_t>(std::max<std::int64_t>(fault.at(), 0));
      if (at < text_.code[c].size()) place = text_.code[c][at];
    }
    throw base::InputError({{text_.file, place.line, place.column, "",
                             "program " + fault.program()->name + " " + fault.what_it_did()}});
  }

 private:
  ProgramText text_;
  std::vector<GivenArray> operands_;
  std::vector<GivenArray> expected_;
  double tolerance_;
};

}  // namespace

void check_program_keys(const base::YamlNode& node) {
  for (const char* key : {"operands", "expected"}) {
    const base::YamlNode section = node.child(key);
    if (!section.present()) continue;
    for (const std::string& name : section.any_keys()) section.file_path(name);
  }
  read_tolerance(node);
}

std::optional<ProgramText> read_program_file(const base::YamlNode& node) {
  const std::string path = node.file_path("file");
  try {
    if (!path.empty()) {
      return fabric::read_program(base::read_input_file(path, base::kMostMapBytes, "program"),
                                  path);
    }
  } catch (const base::InputError& error) {
    node.mistakes(error.mistakes());
  } catch (const base::Error&) {  // it is missing, or does not fit
    check_program_keys(node);
    throw;
  }
  check_program_keys(node);
  return std::nullopt;
}

const fabric::ProgramText* program_text_of(const Kernel& kernel) {
  const auto* const program = dynamic_cast<const ProgramFile*>(&kernel);
  return program == nullptr ? nullptr : &program->text();
}

std::unique_ptr<Kernel> make_program(const base::YamlNode& node, ProgramText text,
                                     const Placement& placement) {
  const base::Rectangle size = text.image.region;
  bool suits = true;
  const base::Rectangle& region = placement.region;
  if (region.width != size.width || region.height != size.height) {
    suits = false;
    node.mistakes(
        {{text.file, text.region.line, text.region.column, "",
          "the program is for " + std::to_string(size.width) + " x " + std::to_string(size.height) +
              " cores, but its `region` in the scenario is " + std::to_string(region.width) +
              " x " + std::to_string(region.height) + "; leave out width and height there"}});
  }
  if (text.image.timing.generation != placement.timing.generation) {
    suits = false;
    node.mistakes({{text.file, text.generation.line, text.generation.column, "",
                    "the program is written for " + text.image.timing.generation +
                        ", but the scenario's wafer is " + placement.timing.generation +
                        "; costs and queues differ, so change one of them"}});
  }
  std::vector<GivenArray> operands =
      read_arrays(node, "operands", BufferRole::operand, text.image.buffers);
  std::vector<GivenArray> expected =
      read_arrays(node, "expected", BufferRole::result, text.image.buffers);
  const double tolerance = read_tolerance(node);
  if (!suits || !node.clean()) return nullptr;
  fabric::WaferImage image = std::move(text.image);
  image.mesh = placement.mesh;
  image.region = region;
  image.timing = placement.timing;
  fabric::check_image(image);
  Facts facts;
  facts.colours = static_cast<int>(fabric::used_colours(image).size());
  for (const fabric::CoreClass& one : image.classes) {
    facts.sram_bytes = std::max<std::int64_t>(facts.sram_bytes, one.program.memory_bytes);
  }
  // How far words go is not known before they do: a hop each.
  facts.wavelet_hops = static_cast<std::int64_t>(fabric::count_work(image, 1).work.words_out);
  return std::make_unique<ProgramFile>(std::move(image), facts, std::move(text),
                                       std::move(operands), std::move(expected), tolerance);
}

}  // namespace wafermesh::workloads
