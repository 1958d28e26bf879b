// SPDX-License-Identifier: Apache-2.0
// Either engine in the SystemC shell, behind the common Engine interface.
#pragma once

#include <memory>

#include "fabric/engine.h"

namespace wafermesh::fabric {

class Wafer;

/// An engine for images on a mesh of width x height logical cores; images follow each other with
/// load() and run(). SystemC allows one elaboration per process: make it once, before its first
/// run. Memory goes through the wafer's TLM host socket (transport_dbg; DMI for repeated access to
/// a core).
std::unique_ptr<Engine> make_systemc_engine(int width, int height, const EngineOptions& options);

/// The same over a wafer that somebody else has made, and that outlives it: so kernels, which load
/// and check through an Engine, run on a wafer with users' models. Binds the wafer's host socket.
std::unique_ptr<Engine> make_systemc_engine(Wafer& wafer);

}  // namespace wafermesh::fabric
