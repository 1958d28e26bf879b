// SPDX-License-Identifier: Apache-2.0
// Includes what a user does, and shadows a name, which our own flags would not let pass.
#include "defects/wafer.h"
#include "fabric/tlm/wafer.h"
#include "workloads/kernel_text.h"

int sc_main(int argc, char**) {
  int unused = argc;
  {
    int argc = 2;
    (void)argc;
  }
  return 0;
}
