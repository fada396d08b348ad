#include "program.hpp"

#include "deadline.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace ws_demo::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& s : strings) result.push_back(s.data());
  result.push_back(nullptr);
  return result;
}

/// Appends what can be read; false, with the pipe closed, at its end.
void drain(int& pipe, std::string& into) {
  std::array<char, 4096> buffer;
  const auto count = ::read(pipe, buffer.data(), buffer.size());
  if (count > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(count));
  } else {
    ::close(pipe);
    pipe = -1;
  }
}

}  // namespace

program::program(std::vector<std::string> command, std::vector<std::string> environment) {
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!std::string_view(*variable).starts_with("WS_DEMO_")) environment.emplace_back(*variable);
  const auto arguments = pointers(command);
  const auto variables = pointers(environment);

  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::execvpe(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  output_pipe_ = out[0];
  error_pipe_ = err[0];
}

program::~program() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_pipe_ >= 0) ::close(output_pipe_);
  if (error_pipe_ >= 0) ::close(error_pipe_);
}

bool program::read_some() {
  // A negative descriptor is passed over by poll.
  std::array<pollfd, 2> pipes{pollfd{output_pipe_, POLLIN, 0}, pollfd{error_pipe_, POLLIN, 0}};
  if (output_pipe_ < 0 && error_pipe_ < 0) return false;
  if (::poll(pipes.data(), pipes.size(), patience_ms) <= 0)
    throw std::runtime_error("the program neither ends nor prints anything; so far: " + errors_);
  if (pipes[0].revents != 0) drain(output_pipe_, output_);
  if (pipes[1].revents != 0) drain(error_pipe_, errors_);
  return true;
}

void program::read_until(const std::string& stream, const std::string& text) {
  while (stream.find(text) == std::string::npos)
    if (!read_some()) throw std::runtime_error("the program ended without it; it said: " + errors_);
}

int program::wait() {
  while (read_some()) {
  }
  return exit_status();
}

int program::wait_unread() {
  // Debian 12's <sys/pidfd.h> does not declare pidfd_open() for C++.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how syscall is declared
  pollfd process{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
  const bool ended = ::poll(&process, 1, patience_ms) > 0;
  ::close(process.fd);
  if (!ended) throw std::runtime_error("the program does not end");
  return exit_status();
}

int program::exit_status() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void program::signal(int number) const {
  ::kill(pid_, number);
}

void program::fill_error_pipe() const {
  const auto path = "/proc/self/fd/" + std::to_string(error_pipe_);
  // Opened anew, so that only this descriptor does not block.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how open is declared
  const int to = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (to < 0) throw std::system_error(errno, std::generic_category(), path);
  while (::write(to, "\n", 1) == 1) {
  }
  ::close(to);
}

pid_t program::child() const {
  const auto self = std::to_string(pid_);
  std::ifstream children("/proc/" + self + "/task/" + self + "/children");  // proc(5)
  pid_t first = 0;
  if (!(children >> first)) throw std::runtime_error("the program has no child");
  return first;
}

ws_demo_program::ws_demo_program(const std::vector<std::string>& options,
                                 std::vector<std::string> environment, int max_descriptors)
    : program(
          [&] {
            std::vector<std::string> command;
            if (max_descriptors > 0)
              command = {"sh", "-c", R"(ulimit -n "$0" && exec "$@")",
                         std::to_string(max_descriptors)};
            command.insert(command.end(), {WS_DEMO_PROGRAM, "--port", "0"});
            command.insert(command.end(), options.begin(), options.end());
            return command;
          }(),
          std::move(environment)) {}

std::uint16_t port_in(const std::string& log) {
  const auto line_end = log.find('\n', log.find("listening on"));
  const auto colon = log.rfind(':', line_end);
  return static_cast<std::uint16_t>(std::stoul(log.substr(colon + 1)));
}

std::uint16_t ws_demo_program::port() {
  wait_for_error("listening on ws://");
  return port_in(wait_for_error("\n"));
}

std::uint16_t ws_demo_program::admin_port() {
  const auto& log = wait_for_error("/metrics\n");
  return static_cast<std::uint16_t>(
      std::stoul(log.substr(log.rfind(':', log.find("/metrics\n")) + 1)));
}

}  // namespace ws_demo::testing
