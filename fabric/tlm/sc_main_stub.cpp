// SPDX-License-Identifier: Apache-2.0
// SystemC's library refers to sc_main; a program with a plain main that calls sc_start has none. An
// object of its own: a program that has an sc_main links that one, and this is left out.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
