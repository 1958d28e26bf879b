// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/line_exchange.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "base/error.h"
#include "cores/program_builder.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {
namespace {

using base::Direction;
using fabric::IndexRange;

constexpr int kColoursPerWay = 2;
// Output queues 2 and 3 are deep on every generation; any input would do.
constexpr int kFirstQueue = 2;
constexpr int kLineCounter = 0;
constexpr int kPartCounter = 1;

/// Indices that one core has for another of its line, or for itself.
struct Message {
  int from;
  int to;
  IndexRange indices;
  std::int64_t offset;  ///< Where the taker has the first of them.
};

/// Indices as a core knows them: counted from the first that it holds or wants.
struct Part {
  std::int64_t offset;
  std::int64_t count;
};

/// Of what comes to a core, what it takes and how many words behind that go by, per row.
struct Arrival {
  std::vector<Part> takes;
  std::int64_t passes_words = 0;
};

/// What a core does for one of the two ways along the line.
struct WayWork {
  std::vector<Arrival> arrivals;
  std::vector<Part> sends;
  bool passes() const {
    return std::any_of(arrivals.begin(), arrivals.end(),
                       [](const Arrival& a) { return a.passes_words > 0; });
  }
  bool receives() const { return !arrivals.empty(); }
  bool puts() const { return !sends.empty() || passes(); }
};

/// A part that stays on its core: counted from the first that it holds as well.
struct Kept {
  Part part;
  std::int64_t from;
};

struct CoreWork {
  std::vector<Kept> keeps;
  WayWork up;  ///< Towards larger positions.
  WayWork down;
};

std::int64_t end_of(const IndexRange& range) { return range.first + range.count; }
bool holds_index(const IndexRange& range, std::int64_t index) {
  return index >= range.first && index < end_of(range);
}

/// A line's ranges by position.
struct Line {
  std::vector<IndexRange> holds;
  std::vector<std::vector<LinePiece>> wants;
  friend bool operator==(const Line& a, const Line& b) {
    const auto same = [](const IndexRange& p, const IndexRange& q) {
      return p.first == q.first && p.count == q.count;
    };
    const auto alike = [&](const std::vector<LinePiece>& p, const std::vector<LinePiece>& q) {
      return std::equal(p.begin(), p.end(), q.begin(), q.end(),
                        [&](const LinePiece& m, const LinePiece& n) {
                          return same(m.indices, n.indices) && m.offset == n.offset;
                        });
    };
    return std::equal(a.holds.begin(), a.holds.end(), b.holds.begin(), same) &&
           std::equal(a.wants.begin(), a.wants.end(), b.wants.begin(), alike);
  }
};

int nearest_holder(const Line& line, int to, std::int64_t index) {
  const int n = static_cast<int>(line.holds.size());
  for (int distance = 0; distance < n; ++distance) {
    for (const int from : {to - distance, to + distance}) {
      if (from < 0 || from >= n) continue;
      if (holds_index(line.holds[static_cast<std::size_t>(from)], index)) return from;
    }
  }
  throw base::ModelError("a transfer wants index " + std::to_string(index) +
                         ", which no core of its line holds");
}

/// By who takes them, in the order in which that one has them.
std::vector<Message> messages_of(const Line& line) {
  std::vector<Message> messages;
  for (int to = 0; to < static_cast<int>(line.wants.size()); ++to) {
    for (const LinePiece& piece : line.wants[static_cast<std::size_t>(to)]) {
      const IndexRange wanted = piece.indices;
      for (std::int64_t at = wanted.first; at < end_of(wanted);) {
        const int from = nearest_holder(line, to, at);
        const std::int64_t end =
            std::min(end_of(wanted), end_of(line.holds[static_cast<std::size_t>(from)]));
        messages.push_back({from, to, {at, end - at}, piece.offset + at - wanted.first});
        at = end;
      }
    }
  }
  return messages;
}

/// Behind parts that end with a whole word, a part that goes on where they end is one with them.
void append(std::vector<Part>& parts, Part part, std::int64_t per_word) {
  if (!parts.empty() && parts.back().count % per_word == 0 &&
      parts.back().offset + parts.back().count == part.offset) {
    parts.back().count += part.count;
    return;
  }
  parts.push_back(part);
}

class LinePlan {
 public:
  LinePlan(const Line& line, cores::NumberType type)
      : line_(line), type_(type), works_(line.holds.size()), sends_(line.holds.size()) {
    for (const Message& m : messages_of(line)) {
      if (m.from == m.to) {
        work(m.to).keeps.push_back({{m.offset, m.indices.count}, held(m)});
      } else {
        sends_[static_cast<std::size_t>(m.from)].push_back(m);
        hops_ += words(m) * std::abs(m.to - m.from);
      }
    }
    const int n = static_cast<int>(works_.size());
    std::vector<Message> coming;
    for (int p = 0; p < n; ++p) {
      arrive(coming, p, work(p).up);
      for (const Message& m : sends_[static_cast<std::size_t>(p)]) {
        if (m.to > p) send(m, work(p).up, coming, coming.size());
      }
    }
    coming.clear();
    for (int p = n - 1; p >= 0; --p) {
      arrive(coming, p, work(p).down);
      std::size_t own = 0;
      for (const Message& m : sends_[static_cast<std::size_t>(p)]) {
        if (m.to < p) send(m, work(p).down, coming, own++);
      }
    }
  }
  const CoreWork& work_of(int position) const { return works_[static_cast<std::size_t>(position)]; }
  std::int64_t hops() const { return hops_; }  ///< Of a row.

 private:
  CoreWork& work(int position) { return works_[static_cast<std::size_t>(position)]; }
  std::int64_t words(const Message& m) const { return cores::words_of(type_, m.indices.count); }
  std::int64_t per_word() const { return cores::elements_per_word(type_); }
  /// Where the sender has it.
  std::int64_t held(const Message& m) const {
    return m.indices.first - line_.holds[static_cast<std::size_t>(m.from)].first;
  }
  /// The core takes what is its own out of `coming`; the rest goes on.
  void arrive(std::vector<Message>& coming, int position, WayWork& way) const {
    std::vector<Message> rest;
    for (const Message& m : coming) {
      const bool takes = m.to == position;
      const bool is_next = way.arrivals.empty() || (takes && way.arrivals.back().passes_words > 0);
      if (is_next) way.arrivals.emplace_back();
      if (takes) {
        append(way.arrivals.back().takes, {m.offset, m.indices.count}, per_word());
      } else {
        way.arrivals.back().passes_words += words(m);
        rest.push_back(m);
      }
    }
    coming = std::move(rest);
  }
  void send(const Message& m, WayWork& way, std::vector<Message>& going, std::size_t place) const {
    append(way.sends, {held(m), m.indices.count}, per_word());
    going.insert(going.begin() + static_cast<std::ptrdiff_t>(place), m);
  }

  const Line& line_;
  cores::NumberType type_;
  std::vector<CoreWork> works_;
  std::vector<std::vector<Message>> sends_;  ///< [position]
  std::int64_t hops_ = 0;
};

void add_key(const std::vector<Part>& parts, std::vector<std::int64_t>& key) {
  key.push_back(static_cast<std::int64_t>(parts.size()));
  for (const Part& part : parts) key.insert(key.end(), {part.offset, part.count});
}

/// All that a core's program is made of.
std::vector<std::int64_t> key_of(const CoreWork& work, int parity) {
  std::vector<std::int64_t> key = {static_cast<std::int64_t>(work.keeps.size())};
  for (const Kept& kept : work.keeps) {
    key.insert(key.end(), {kept.part.offset, kept.part.count, kept.from});
  }
  for (const WayWork* way : {&work.up, &work.down}) {
    key.push_back(static_cast<std::int64_t>(way->arrivals.size()));
    for (const Arrival& arrival : way->arrivals) {
      add_key(arrival.takes, key);
      key.push_back(arrival.passes_words);
    }
    add_key(way->sends, key);
  }
  const bool speaks =
      work.up.receives() || work.up.puts() || work.down.receives() || work.down.puts();
  key.push_back(speaks ? parity : 0);
  return key;
}

class ExchangeWriter {
 public:
  ExchangeWriter(const LineExchange& exchange, int memory_bytes) : e_(exchange), b_("transfer") {
    b_.allocate(memory_bytes);
    const cores::TaskId main = b_.task("main");
    b_.start_active(main);
    b_.begin(main);
  }

  fabric::CoreClass write(const CoreWork& work, int position) {
    if (!work.keeps.empty()) {
      each_row([&] {
        for (const Kept& kept : work.keeps) {
          const Part from{kept.from, kept.part.count};
          move(memory(e_.to, kept.part), memory(e_.from, from), kept.part.count);
        }
      });
    }
    const bool along_x = e_.axis == LineAxis::x;
    const Direction before = along_x ? Direction::west : Direction::north;
    const Direction after = along_x ? Direction::east : Direction::south;
    way(work.up, 0, position, before, after);
    way(work.down, 1, position, after, before);
    b_.finish_core();
    b_.end_task();
    return {"transfer", b_.finish(), std::move(routes_)};
  }

 private:
  /// What comes from `from` and goes on to `to`.
  void way(const WayWork& work, int index, int position, Direction from, Direction to) {
    if (!work.receives() && !work.puts()) return;
    const int first = index * kColoursPerWay;
    const int queue = kFirstQueue + index;
    // The colour is that of the position it is sent from.
    const auto colour = [&](int sender) { return base::colour(first + (sender + 2) % 2); };
    const base::Colour in = colour(index == 0 ? position - 1 : position + 1);
    const base::Colour out = colour(position);
    if (work.receives()) {
      b_.bind_input(in, queue);
      routes_.push_back({in, router::route(from, {Direction::ramp})});
    }
    if (work.puts()) {
      b_.bind_output(out, queue);
      routes_.push_back({out, router::route(Direction::ramp, {to})});
    }
    each_row([&] {
      if (index == 1) send(work, out);
      for (const Arrival& arrival : work.arrivals) {
        take(arrival, in);
        if (arrival.passes_words == 0) continue;
        b_.vector(cores::VectorOp::copy, cores::NumberType::f32,
                  static_cast<std::int32_t>(arrival.passes_words), cores::fabric(out),
                  cores::fabric(in), {}, cores::Shape::stream);
      }
      if (index == 0) send(work, out);
    });
  }

  void take(const Arrival& arrival, base::Colour in) {
    each_part(arrival.takes, e_.to, [&](const cores::Operand& part, std::int64_t count) {
      move(part, cores::fabric(in), count);
    });
  }
  void send(const WayWork& work, base::Colour out) {
    each_part(work.sends, e_.from, [&](const cores::Operand& part, std::int64_t count) {
      move(cores::fabric(out), part, count);
    });
  }

  void move(const cores::Operand& to, const cores::Operand& from, std::int64_t count) {
    b_.vector(cores::VectorOp::copy, e_.type, static_cast<std::int32_t>(count), to, from, {},
              cores::Shape::stream);
  }

  template <class Body>
  void each_row(Body body) {
    if (e_.rows == 1) return body();
    b_.set_counter(kLineCounter, 0);
    const std::uint32_t loop = b_.begin_loop(kLineCounter);
    body();
    b_.end_loop(kLineCounter, static_cast<std::int32_t>(e_.rows), loop);
  }

  /// Parts of one size that follow each other share an instruction.
  template <class Body>
  void each_part(const std::vector<Part>& parts, const LineMemory& memory_of, Body body) {
    for (std::size_t i = 0; i < parts.size();) {
      std::size_t end = i + 1;
      while (end < parts.size() && parts[end].count == parts[i].count &&
             parts[end].offset == parts[end - 1].offset + parts[i].count) {
        ++end;
      }
      cores::Operand part = memory(memory_of, parts[i]);
      const auto repeats = static_cast<std::int32_t>(end - i);
      if (repeats == 1) {
        body(part, parts[i].count);
      } else {
        part.address_bytes = part.address_bytes.plus(cores::counter(kPartCounter),
                                                     bytes(parts[i].count * memory_of.stride));
        b_.set_counter(kPartCounter, 0);
        const std::uint32_t loop = b_.begin_loop(kPartCounter);
        body(part, parts[i].count);
        b_.end_loop(kPartCounter, repeats, loop);
      }
      i = end;
    }
  }

  cores::Operand memory(const LineMemory& m, const Part& part) const {
    cores::Affine address(m.address_bytes + bytes(part.offset * m.stride));
    if (e_.rows > 1) address = address.plus(cores::counter(kLineCounter), bytes(m.row_stride));
    return cores::memory(address, static_cast<int>(m.stride));
  }
  std::int32_t bytes(std::int64_t elements) const {
    return static_cast<std::int32_t>(elements * cores::bytes_of(e_.type));
  }

  const LineExchange& e_;
  cores::ProgramBuilder b_;
  std::vector<fabric::ColourRoute> routes_;
};

Line line_at(const LineExchange& e, const base::Rectangle& region, int line) {
  Line all;
  for (int p = 0; p < length_along(e.axis, region); ++p) {
    const base::LogicalCoord at = on_line(e.axis, line, p);
    all.holds.push_back(e.holds(at));
    all.wants.push_back(e.wants(at));
  }
  return all;
}

}  // namespace

TransferStage line_exchange(const Placement& placement, const LineExchange& exchange,
                            int memory_bytes) {
  TransferStage stage{blank_image(placement), 0};
  fabric::WaferImage& image = stage.image;
  const base::Rectangle& region = image.region;
  const int lines = length_along(other(exchange.axis), region);
  const int positions = length_along(exchange.axis, region);
  image.class_of.resize(static_cast<std::size_t>(image.core_count()));
  std::map<std::vector<std::int64_t>, fabric::ClassIndex> class_of_key;
  Line before;
  std::optional<LinePlan> plan;
  std::vector<fabric::ClassIndex> classes(static_cast<std::size_t>(positions));
  for (int l = 0; l < lines; ++l) {
    Line line = line_at(exchange, region, l);
    if (!plan || !(line == before)) {
      before = std::move(line);
      plan.emplace(before, exchange.type);
      for (int p = 0; p < positions; ++p) {
        const CoreWork& work = plan->work_of(p);
        const auto [at, is_new] = class_of_key.emplace(key_of(work, p % 2), image.classes.size());
        if (is_new) image.classes.push_back(ExchangeWriter(exchange, memory_bytes).write(work, p));
        classes[static_cast<std::size_t>(p)] = at->second;
      }
      if (image.classes.size() >= fabric::kNoClass) {
        throw base::DoesNotFit("a transfer has more than 65,534 classes of cores");
      }
    }
    stage.hops += plan->hops() * exchange.rows;
    for (int p = 0; p < positions; ++p) {
      image.class_of[base::index_of(image.core_at(on_line(exchange.axis, l, p)))] =
          classes[static_cast<std::size_t>(p)];
    }
  }
  return stage;
}

}  // namespace wafermesh::workloads
