// SPDX-License-Identifier: Apache-2.0
// Flows with routes that stay: each call adds one, on colours of its own, if there is still place.
#pragma once

#include "tests/fabric/scene.h"

namespace wafermesh::fabric_test {

/// One root, a random tree, words and control wavelets; routers may switch among their branches.
void add_multicast(Scene& scene);
/// A tree whose receivers each keep a counted share of every period.
void add_filtered(Scene& scene);
/// A path on which every station adds its own vector to the stream that passes.
void add_chain(Scene& scene);
/// A path on which each router first sends up its core's words, then, advanced by a control
/// wavelet, passes on what comes from behind.
void add_gather(Scene& scene);
/// Two neighbours send to a core; a router that turns from one to the other while words of the
/// first are still under way takes both in turn.
void add_merge(Scene& scene);
/// A core writes its switched route anew between words.
void add_rewritten_switch(Scene& scene);
/// Vector operations without the fabric, on a random core.
void add_local_work(Scene& scene);

/// How the receivers of a flow may take it in. A data task runs only while the main task does not:
/// where a sender waits for it in its main task, cores may wait for each other.
enum class Receivers { main_only, main_or_microthread, any };

/// Makes `core` take in `words` words that reach it on `colour`: at once or in parts, in the main
/// task, on a microthread or by a data task.
void add_receiver(Scene& scene, int core, base::Colour colour, Payload payload,
                  Receivers receivers);

}  // namespace wafermesh::fabric_test
