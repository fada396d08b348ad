// Other implementations of WebSocket and HTTP talk to the server.

#include "program.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

// Debian keeps its Node packages here, where only Debian's own Node looks by itself.
constexpr const char* node_packages = "NODE_PATH=/usr/share/nodejs";

TEST(Foreign, NodesWs) {
  const test_server server(pushing(50ms));
  program node({"node", WS_DEMO_FOREIGN "/talk.cjs", std::to_string(server.port())},
               {node_packages});
  EXPECT_EQ(node.wait(), 0) << node.errors();
}

TEST(Foreign, NodesWsComesBackForWhatItMissed) {
  auto o = quiet();
  o.publish_token = "secret";
  const test_server server(o);
  program node({"node", WS_DEMO_FOREIGN "/recover.cjs", std::to_string(server.port()), "secret"},
               {node_packages});
  EXPECT_EQ(node.wait(), 0) << node.errors();
}

TEST(Foreign, PythonsWebsocketsComesBackForWhatItMissed) {
  auto o = quiet();
  o.publish_token = "secret";
  const test_server server(o);
  // Debian's own Python has the packages of Debian.
  program python(
      {"/usr/bin/python3", WS_DEMO_FOREIGN "/recover.py", std::to_string(server.port()), "secret"});
  EXPECT_EQ(python.wait(), 0) << python.errors();
}

}  // namespace
}  // namespace ws_demo::testing
