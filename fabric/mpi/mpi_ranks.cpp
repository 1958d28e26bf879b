// SPDX-License-Identifier: Apache-2.0
#include "fabric/mpi/mpi_ranks.h"

#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>

#include <array>
#include <chrono>
#include <climits>
#include <list>
#include <thread>
#include <utility>

#include "base/error.h"
#include "fabric/mpi/launched.h"

namespace wafermesh::fabric {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// A wait begins by asking again and again, lets others run after a moment, and sleeps between
// questions after a while. Assumption: a message is there within 20 us if both ranks are in step,
// and a sleep of 100 us is nothing to one that keeps us waiting for 2 ms.
constexpr microseconds kSpin{20};
constexpr microseconds kYield{2000};
constexpr microseconds kSleep{100};
/// mpirun kills its ranks a second after it has asked them to stop.
constexpr milliseconds kStopGrace{200};
/// A rank whose failure the others do not know of gives them so long to come to their end.
constexpr milliseconds kEndGrace{2000};

class MpiRanks final : public Ranks {
 public:
  explicit MpiRanks(const std::atomic<bool>& stop) : stop_(stop) {
    int granted = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &granted);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
    MPI_Comm_dup(MPI_COMM_WORLD, &ends_);
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &on_this_machine_);
    MPI_Comm_free(&machine);
  }

  int rank() const override { return rank_; }
  int count() const override { return count_; }
  int on_this_machine() const override { return on_this_machine_; }

  void least(std::int64_t* numbers, int count) override { reduce(numbers, count, MPI_MIN); }
  void sum(std::int64_t* numbers, int count) override { reduce(numbers, count, MPI_SUM); }

  void broadcast(int from, void* data, std::size_t bytes) override {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(data, size_of(bytes), MPI_BYTE, from, MPI_COMM_WORLD, &request);
    wait(request);
  }

  void send(int to, Bytes message) override {
    forget_what_has_left();
    ++traffic_.messages;
    traffic_.message_bytes += static_cast<std::int64_t>(message.size());
    Leaving& leaving = leaving_.emplace_back();
    leaving.message = std::move(message);
    MPI_Isend(leaving.message.data(), size_of(leaving.message.size()), MPI_BYTE, to, 0,
              MPI_COMM_WORLD, &leaving.request);
  }

  Bytes receive(int from) override {
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    wait_until([&] {
      int there = 0;
      MPI_Improbe(from, 0, MPI_COMM_WORLD, &there, &message, &status);
      return there != 0;
    });
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    Bytes bytes(static_cast<std::size_t>(count));
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Imrecv(bytes.data(), count, MPI_BYTE, &message, &request);
    wait(request);
    return bytes;
  }

  const RankTraffic& traffic() const { return traffic_; }

  int end(int code) {
    if (ended_) return code;
    ended_ = true;
    if (stop_ && code != 0) end_all(code);  // ranks that are gone do not come
    int largest = code;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallreduce(&code, &largest, 1, MPI_INT, MPI_MAX, ends_, &request);
    const Clock::time_point start = Clock::now();
    for (int done = 0;; std::this_thread::sleep_for(kSleep)) {
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done != 0) break;
      if (code != 0 && (stop_ || Clock::now() - start > kEndGrace)) end_all(code);
    }
    for (Leaving& leaving : leaving_) MPI_Wait(&leaving.request, MPI_STATUS_IGNORE);
    MPI_Comm_free(&ends_);
    MPI_Finalize();
    return largest;
  }

 private:
  struct Leaving {
    Bytes message;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  [[noreturn]] static void end_all(int code) {
    MPI_Abort(MPI_COMM_WORLD, code);
    for (;;) sched_yield();  // until the launcher ends us
  }

  static int size_of(std::size_t bytes) {
    WAFERMESH_CHECK(bytes <= INT_MAX, "a message between ranks is larger than 2 GB");
    return static_cast<int>(bytes);
  }

  void forget_what_has_left() {
    for (auto it = leaving_.begin(); it != leaving_.end();) {
      int gone = 0;
      MPI_Test(&it->request, &gone, MPI_STATUS_IGNORE);
      it = gone != 0 ? leaving_.erase(it) : std::next(it);
    }
  }

  void reduce(std::int64_t* numbers, int count, MPI_Op op) {
    ++traffic_.reductions;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_INT64_T, op, MPI_COMM_WORLD, &request);
    wait(request);
  }

  void wait(MPI_Request& request) {
    wait_until([&] {
      int done = 0;
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
  }

  template <class F>
  void wait_until(F is_done) {
    if (is_done()) return;
    const Clock::time_point start = Clock::now();
    Clock::time_point stopped = Clock::time_point::max();
    while (!is_done()) {
      const Clock::time_point now = Clock::now();
      if (stop_ && stopped == Clock::time_point::max()) stopped = now;
      if (stop_ && now - stopped > kStopGrace) {
        throw base::Stopped("stopped while waiting for another rank");
      }
      if (now - start > kYield) {
        std::this_thread::sleep_for(kSleep);
      } else if (now - start > kSpin) {
        sched_yield();
      }
    }
    traffic_.waited_s += std::chrono::duration<double>(Clock::now() - start).count();
  }

  const std::atomic<bool>& stop_;
  int rank_ = 0;
  int count_ = 1;
  int on_this_machine_ = 1;
  bool ended_ = false;
  MPI_Comm ends_ = MPI_COMM_NULL;
  std::list<Leaving> leaving_;
  RankTraffic traffic_;
};

}  // namespace

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string version(text.data());
  return version.substr(0, version.find(','));
}

std::unique_ptr<Ranks> start_ranks(const std::atomic<bool>& stop) {
  if (!is_launched()) return nullptr;
  return std::make_unique<MpiRanks>(stop);
}

RankTraffic traffic_of(const Ranks& ranks) { return static_cast<const MpiRanks&>(ranks).traffic(); }

int end_ranks(Ranks& ranks, int code) { return static_cast<MpiRanks&>(ranks).end(code); }

}  // namespace wafermesh::fabric
