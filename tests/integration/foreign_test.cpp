// Other implementations of WebSocket talk to the server.

#include "program.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

namespace ws_demo::testing {
namespace {

using namespace std::chrono_literals;

TEST(Foreign, NodesWs) {
  const test_server server(pushing(50ms));
  // Debian keeps its Node packages here, where only Debian's own Node looks by itself.
  program node({"node", WS_DEMO_FOREIGN "/talk.cjs", std::to_string(server.port())},
               {"NODE_PATH=/usr/share/nodejs"});
  EXPECT_EQ(node.wait(), 0) << node.errors();
}

}  // namespace
}  // namespace ws_demo::testing
