// How the real program ends: signals, and a log that cannot be written.

#include "program.hpp"
#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace ws_demo::testing {
namespace {

TEST(ProgramEnd, ASignalEndsItWithStatus0AndPeersHear1001) {
  for (const int number : {SIGINT, SIGTERM}) {
    ws_demo_program p;
    raw_client client(p.port());
    client.open();
    p.signal(number);
    EXPECT_EQ(client.read_reply().close_code(), 1001);
    client.send(opcode::close, close_payload(1001));
    client.finish();
    EXPECT_EQ(p.wait(), 0);
  }
}

TEST(ProgramEnd, ShutdownTimeoutBoundsTheWait) {
  ws_demo_program p({"--shutdown-timeout", "100ms"});
  raw_client silent(p.port());
  silent.open();
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
}

TEST(ProgramEnd, ASecondSignalEndsItAtOnce) {
  ws_demo_program p({"--shutdown-timeout", "1h"});
  raw_client silent(p.port());
  silent.open();
  p.signal(SIGTERM);
  p.wait_for_error("stopping");
  EXPECT_EQ(silent.read_reply().close_code(), 1001);
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 128 + SIGTERM);
}

TEST(ProgramEnd, StopsWhileItReadsItsInput) {
  // A pipe whose other end stays open, and which goes with the program.
  program p({"sh", "-c",
             R"(f=$(mktemp -u) && mkfifo "$f" && exec 0<>"$f" && rm "$f" && )"
             R"(exec "$0" --port 0 --stdin)",
             WS_DEMO_PROGRAM});
  p.wait_for_error("serving");
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait(), 0);
}

TEST(ProgramEnd, ALogThatIsFullDoesNotKeepIt) {
  ws_demo_program p({"--shutdown-timeout", "100ms"});
  raw_client silent(p.port());
  silent.open();
  p.fill_error_pipe();
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait_unread(), 0);
}

TEST(ProgramEnd, WhatIsLoggedWhileTheLogIsFullIsWrittenWhenItIsRead) {
  ws_demo_program p;
  raw_client client(p.port());
  p.fill_error_pipe();
  client.open();
  p.signal(SIGTERM);
  EXPECT_EQ(client.read_reply().close_code(), 1001);
  p.wait_for_error(" peer opened ");  // reads
  client.finish();
  EXPECT_EQ(p.wait(), 0);
  for (const char* line : {" stopping signal=15 ", " peer closed ", " stopped\n"})
    EXPECT_NE(p.errors().find(line), std::string::npos) << line;
}

/// The pipe is full before the program starts.
TEST(ProgramEnd, ALogThatIsFullDoesNotKeepOneThatFails) {
  const std::string in_full_pipe = R"(f=$(mktemp -u) && mkfifo "$f" && exec 3<>"$f" && rm "$f" && )"
                                   R"(dd if=/dev/zero of=/dev/fd/3 oflag=nonblock 2>/dev/null; )"
                                   R"(exec "$0" "$@" 2>&3)";
  ws_demo_program first;
  program second(
      {"sh", "-c", in_full_pipe, WS_DEMO_PROGRAM, "--port", std::to_string(first.port())});
  EXPECT_EQ(second.wait(), 1);
  program wrong({"sh", "-c", in_full_pipe, WS_DEMO_PROGRAM, "--no-such-option"});
  EXPECT_EQ(wrong.wait(), 2);
}

TEST(ProgramEnd, ASecondSignalEndsItAtOnceWhileTheLogIsFull) {
  ws_demo_program p({"--shutdown-timeout", "1h"});
  raw_client silent(p.port());
  silent.open();
  p.fill_error_pipe();
  p.signal(SIGINT);
  EXPECT_EQ(silent.read_reply().close_code(), 1001);
  p.signal(SIGTERM);
  EXPECT_EQ(p.wait_unread(), 128 + SIGTERM);
}

/// As in a container: the kernel applies no default action to process 1 (pid_namespaces(7)).
TEST(ProgramEnd, ASecondSignalEndsItAtOnceAsProcess1) {
  const std::vector<std::string> as_process_1{"unshare", "--map-root-user", "--pid", "--fork",
                                              "--kill-child"};
  const auto run_as_process_1 = [&](std::vector<std::string> command) {
    command.insert(command.begin(), as_process_1.begin(), as_process_1.end());
    return command;
  };
  if (program(run_as_process_1({"true"})).wait() != 0)
    GTEST_SKIP() << "unshare(1) may not make a process namespace here";
  program p(run_as_process_1({WS_DEMO_PROGRAM, "--port", "0", "--shutdown-timeout", "1h"}));
  p.wait_for_error("serving");
  raw_client silent(port_in(p.errors()));
  silent.open();
  ::kill(p.child(), SIGTERM);
  EXPECT_EQ(silent.read_reply().close_code(), 1001);
  ::kill(p.child(), SIGTERM);
  EXPECT_EQ(p.wait(), 128 + SIGTERM);
}

}  // namespace
}  // namespace ws_demo::testing
