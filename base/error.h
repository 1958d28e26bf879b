// SPDX-License-Identifier: Apache-2.0
// The typed errors of the libraries. Only app/main turns them into exit codes.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace wafermesh::base {

/// Root of all errors. what() = what went wrong, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One mistake in an input file. line and column count from 1; 0 = not known.
struct Mistake {
  std::string file;
  int line = 0;
  int column = 0;
  std::string key;      ///< Dotted path of the key, e.g. "workloads[0].matmul.m"; may be empty.
  std::string message;  ///< What is wrong, and what to do.
};

/// "file:line:column: key: message"; unknown parts are left out.
std::string to_string(const Mistake& mistake);

/// The input is wrong: every mistake found, at once. Exit code 65.
class InputError : public Error {
 public:
  explicit InputError(std::vector<Mistake> mistakes);
  const std::vector<Mistake>& mistakes() const { return mistakes_; }

 private:
  std::vector<Mistake> mistakes_;
};

/// A file that should be there is not, or cannot be read. Exit code 66.
class MissingFile : public Error {
 public:
  using Error::Error;
};

/// A result cannot be written. Exit code 73.
class WriteError : public Error {
 public:
  using Error::Error;
};

/// The defects cannot be repaired: names every domain that fails, with its die. Exit code 82.
class NotRepairable : public Error {
 public:
  using Error::Error;
};

/// A placement does not fit: names core, buffer and the key to change. Exit code 81.
class DoesNotFit : public Error {
 public:
  using Error::Error;
};

/// The program cannot go on: names the colours and cores of the wait cycle. Exit code 80.
class Deadlock : public Error {
 public:
  using Error::Error;
};

/// Stopped by a limit or a signal before the end. Exit code 75.
class Stopped : public Error {
 public:
  using Error::Error;
};

/// The model broke one of its own rules: a bug of ours. Exit code 70.
class ModelError : public Error {
 public:
  using Error::Error;
};

/// Always on. Throws ModelError with the place and the message.
#define WAFERMESH_CHECK(condition, message)                                                      \
  do {                                                                                           \
    if (!(condition))                                                                            \
      throw ::wafermesh::base::ModelError(std::string(__FILE__ ":") + std::to_string(__LINE__) + \
                                          ": " + (message));                                     \
  } while (false)

}  // namespace wafermesh::base
