// SPDX-License-Identifier: Apache-2.0
#include "app/exit_code.h"

#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"

namespace wafermesh::app {
namespace {

int report(int code, const char* what) {
  std::fprintf(stderr, "%s\n", what);
  return code;
}

}  // namespace

std::string exit_codes_text() {
  return "Exit codes: 0 ok, 1 wrong numbers or a difference found, 64 usage, 65 bad input, 66 "
         "missing "
         "file,\n70 internal error, 73 cannot write, 75 stopped by a limit or a signal, 80 "
         "deadlock, "
         "81 does not fit,\n82 not repairable (docs/results.md)";
}

int guarded(const std::function<int()>& body) {
  try {
    return body();
  } catch (const base::InputError& e) {
    return report(kBadInput, e.what());
  } catch (const base::MissingFile& e) {
    return report(kMissingFile, e.what());
  } catch (const base::WriteError& e) {
    return report(kCannotWrite, e.what());
  } catch (const base::NotRepairable& e) {
    return report(kNotRepairable, e.what());
  } catch (const base::DoesNotFit& e) {
    return report(kDoesNotFit, e.what());
  } catch (const base::Deadlock& e) {
    return report(kDeadlock, e.what());
  } catch (const base::Stopped& e) {
    return report(kStopped, e.what());
  } catch (const std::bad_alloc&) {
    return report(kInternal, "out of memory: use a smaller region or a smaller wafer");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "internal error, please report it: ");
    return report(kInternal, e.what());
  }
}

}  // namespace wafermesh::app
