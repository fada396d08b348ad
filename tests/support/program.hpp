#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ws_demo::testing {

/// A program that a test runs: its standard output and error are read, and it does not outlive this
/// object. Every wait ends with an exception after `patience`.
class program {
 public:
  /// @param environment NAME=value, on top of what the tests themselves have.
  program(std::vector<std::string> command, std::vector<std::string> environment = {});
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// Waits until it has printed `text` to that stream, and returns all it has printed there.
  const std::string& wait_for_error(const std::string& text) {
    read_until(errors_, text);
    return errors_;
  }
  const std::string& wait_for_output(const std::string& text) {
    read_until(output_, text);
    return output_;
  }
  /// Waits until it ends. Its exit status, or 128 + the signal that ended it, as a shell says it.
  int wait();
  /// The same, while nothing of what it prints is read.
  int wait_unread();
  void signal(int number) const;
  /// Fills the pipe that its standard error is, so that it can print nothing more there until some
  /// of it is read.
  void fill_error_pipe() const;
  /// The process that it has started, as a wrapper does.
  pid_t child() const;

  /// What it has printed; complete after wait().
  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

 private:
  /// Reads what there is; false when both streams are at their end.
  bool read_some();
  int exit_status();
  void read_until(const std::string& stream, const std::string& text);

  pid_t pid_;
  int output_pipe_;
  int error_pipe_;
  std::string output_;
  std::string errors_;
};

/// The port in the line of the log that says where ws-demo listens.
std::uint16_t port_in(const std::string& log);

/// ws-demo itself, started with `--port 0` and these options.
class ws_demo_program : public program {
 public:
  /// @param max_descriptors how many it may have open; 0 for as many as the tests themselves
  explicit ws_demo_program(const std::vector<std::string>& options = {},
                           std::vector<std::string> environment = {}, int max_descriptors = 0);
  /// Waits until it listens.
  std::uint16_t port();
  /// The same of --admin-port, which must be among the options.
  std::uint16_t admin_port();
};

}  // namespace ws_demo::testing
