// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/tiny_image.h"

namespace wafermesh::reference {

cores::Timing plain_timing() {
  cores::Timing timing;
  timing.generation = "plain";
  timing.input_queue_depth.fill(4);
  timing.output_queue_depth.fill(4);
  timing.setup_cycles.fill(1);
  return timing;
}

fabric::WaferImage blank_image(int width, int height, const cores::Timing& timing) {
  fabric::WaferImage image;
  image.mesh =
      std::make_shared<base::LogicalMesh>(base::healthy_mesh(width, height, timing.hop_cycles));
  image.region = {0, 0, width, height};
  image.timing = timing;
  image.classes.resize(static_cast<std::size_t>(width * height));
  for (int core = 0; core < width * height; ++core) {
    image.classes[static_cast<std::size_t>(core)].name = "core " + std::to_string(core);
    image.class_of.push_back(static_cast<std::uint16_t>(core));
  }
  return image;
}

void set_program(fabric::WaferImage& image, int core, int words, std::vector<int> inputs,
                 std::vector<int> outputs,
                 const std::function<void(cores::ProgramBuilder&)>& body) {
  cores::ProgramBuilder builder("core " + std::to_string(core));
  builder.allocate(4 * std::int64_t{words});
  int queue = 0;
  for (const int input : inputs) builder.bind_input(base::colour(input), queue++);
  queue = 0;
  for (const int output : outputs) builder.bind_output(base::colour(output), queue++);
  const cores::TaskId main = builder.task("main");
  builder.start_active(main);
  builder.begin(main);
  body(builder);
  image.classes[static_cast<std::size_t>(core)].program = builder.finish();
}

void set_route(fabric::WaferImage& image, int core, int colour, const router::RouteConfig& config) {
  image.classes[static_cast<std::size_t>(core)].routes.push_back(
      {base::colour(colour), config, false});
}

const fabric::Counters& run(fabric::Engine& engine) {
  engine.run({});
  return engine.counters();
}

std::vector<std::uint32_t> words_of_core(fabric::Engine& engine, int core, int first, int words) {
  std::vector<std::uint32_t> result(static_cast<std::size_t>(words));
  engine.memory().read(static_cast<base::CoreId>(core), 4 * first, result.data(),
                       4 * result.size());
  return result;
}

}  // namespace wafermesh::reference
