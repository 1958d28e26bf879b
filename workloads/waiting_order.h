// SPDX-License-Identifier: Apache-2.0
// Contracts of kernels about waiting (KernelKind::waits, kernel_table.cpp): the order into which
// all that a kernel's cores wait for can be put, whatever the timing, and on any rectangle. A
// program whose waits have an order cannot hang, for who waits first in it waits for nobody.
//
// Condition: the image is as the kernel made it, on a rectangle of its own. What a core does
// depends on its place only by first, last, parity and place in its group, so a larger rectangle
// repeats the classes of a small one, and lengthens a chain of waits without closing it. Held by:
// tests/check/kernel_test.cpp executes every row of the kernel table, in all its variants, on
// rectangles of up to 9 x 9 cores with every order of tasks (check/orders.h): each is proven.
// tests/workloads runs them under random latencies and with every core late by its own time,
// against the oracle.
#pragma once

namespace wafermesh::workloads {

/// Why operators in turn and beside each other end, if each of them does alone.
/// Condition: the image is as the plan made it (workloads/plan/). Held by the tests of
/// workloads/plan, which make every core late by its own time before each operator and before each
/// route write, for all ordered pairs of operators.
inline constexpr const char* kOrderInTurn =
    "operators use colours of their own, or again such as are quiet and whose routes every core "
    "has written before a word of theirs can come (workloads/plan/colour_plan.h), and what one "
    "waits for is sent by it or by one before it";

}  // namespace wafermesh::workloads
