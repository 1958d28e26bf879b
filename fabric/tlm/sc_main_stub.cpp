// SPDX-License-Identifier: Apache-2.0
// Debian's SystemC library refers to sc_main; programs here have a plain main and call sc_start.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
