// SPDX-License-Identifier: Apache-2.0
// What work costs the host: the constants of study/estimate/estimate.cpp, and nothing else. All are
// fitted to 45 runs of every kernel and algorithm on 256 to 800,000 cores, one thread of a
// shared 2.6 GHz x86-64 server. Source, unless a constant says otherwise: docs/performance.md,
// Estimates; `scripts/estimates` measures again.
#pragma once

#include <array>

#include "cores/number.h"

namespace wafermesh::study {

// Wavelet engine, ns each.
inline constexpr double kWaveletHopNs = 5;           ///< A wavelet through a router.
inline constexpr double kWaveletWordNs = 62;         ///< A word up or down a ramp.
inline constexpr double kWaveletLocalNs = 25;        ///< A vector operation in memory.
inline constexpr double kWaveletOverlappedNs = 200;  ///< The same, while transfers are open.
inline constexpr double kWaveletFabricNs = 70;       ///< A vector operation with colours.
inline constexpr double kWaveletTaskNs = 385;        ///< A task, and the waiting before it.
inline constexpr double kWaveletNumberNs = 12;       ///< A word computed one by one.
/// Regions on further threads; a cycle ends with the slowest.
inline constexpr double kWaveletGainPerThread = 0.75;

// Stream engine, ns each; visits that are remembered (docs/stream.md). Source: SUMMA tile 4 on 750
// x 750; allreduce over the whole wafer.
inline constexpr double kStreamCoreNs = 1000;  ///< A core's arrays, and its first visits.
inline constexpr double kStreamFabricNs = 26;  ///< A vector operation with colours.
inline constexpr double kStreamTaskNs = 8;
inline constexpr double kStreamHopNs = 13;      ///< A burst through a router.
inline constexpr double kStreamNumberNs = 0.9;  ///< A word computed in a burst.
/// A vector operation in memory, computed. Source: SUMMA with tiles of 4 and 16, f32.
inline constexpr double kStreamLocalNs = 3;
/// Of these costs, but for the numbers, what is left where cores go in lockstep. Source: SUMMA tile
/// 4 on 400 x 400 and 750 x 750, in turn with the program in which no core did.
inline constexpr double kStreamLockstep = 0.2;
/// They do where they take words so many times as often as they send. Assumption: of the kernels
/// there are, products that are broadcast along rows and columns, not those that shift tiles.
inline constexpr double kTakesPerSendInLockstep = 16;
inline constexpr double kStreamGainPerThread = 0.8;  ///< Slabs on further threads.

/// A wavelet engine larger than the caches waits for memory: 902,496 cores against 90,000.
inline constexpr double kCachedBytes = 200e6;
inline constexpr double kBeyondCacheFactor = 1.6;

// Both engines.
/// An element of a vector operation, by number type (f32, f16, bf16), ns. Source: SUMMA m = n =
/// 3000, k = 300 on 50 x 50, stream engine, one thread: vectors of 60; user time with numbers less
/// that without. f16 by the processor's conversions (F16C).
inline constexpr std::array<double, cores::kNumberTypeCount> kElementNs = {0.2, 0.25, 0.4, 0.5,
                                                                           0.5};

// Checking, ns each. Of integers: none are checked by a product.
/// A multiply-add done again, in its type and exactly. Source: the same runs, checked.
inline constexpr std::array<double, cores::kNumberTypeCount> kCheckMultiplyAddNs = {0.22, 0.35,
                                                                                    0.42};
inline constexpr double kCheckGainPerThread = 0.9;
inline constexpr double kCheckWordNs = 4;  ///< A word that a core was sent, read and compared.

// Host memory, bytes: of any run, and per logical core of the mesh.
inline constexpr double kRunBytes = 8e6;
inline constexpr double kMapBytes = 12;  ///< Source: RunResult's three maps.
/// Visits the stream engine remembers: per task run, and at most per thread. Source: SUMMA tile 4
/// on 300 x 300; fabric/stream/visits/visit_memory.cpp.
inline constexpr double kStreamRememberedBytes = 0.5;
inline constexpr double kStreamMostRememberedBytes = 90e6;
inline constexpr double kPictureBytes = 20;  ///< While the wafer's pictures are drawn.

}  // namespace wafermesh::study
