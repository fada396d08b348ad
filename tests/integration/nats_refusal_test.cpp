// What NATS does not take: publishers are told why.

#include "http_get.hpp"
#include "nats_server.hpp"
#include "nats_test.hpp"
#include "scratch_folder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ws_demo::testing {
namespace {

class NatsRefusal : public nats_test {};

TEST_F(NatsRefusal, AFullStreamSaysSo) {
  nats.ask("STREAM.CREATE.ws_demo",
           {{"name", "ws_demo"}, {"subjects", {"ws_demo.>"}}, {"discard", "new"}, {"max_msgs", 1}});
  const node one(*this);
  EXPECT_TRUE(is(one.publish("t", "1"), 200));
  const auto answer = one.publish("t", "2");
  EXPECT_TRUE(is(answer, 503)) << answer;
  EXPECT_NE(answer.find("maximum messages exceeded"), std::string::npos) << answer;
  EXPECT_EQ(measured(one.port(), R"(ws_demo_refused_total{reason="log"})"), 1);
}

TEST_F(NatsRefusal, AnEventThatIsLargerThanNatsTakesIsRefused) {
  const scratch_folder folder;
  folder.write("small.conf", "max_payload: 2000");
  const nats_server small({"--config", folder.path() + "/small.conf"});
  auto o = nats_options();
  o.nats_servers = {small.url()};
  const node one(o);
  const auto answer = one.publish("t", '"' + std::string(2000, 'x') + '"');
  EXPECT_TRUE(is(answer, 413)) << answer;
  EXPECT_NE(answer.find("it is larger than what NATS takes"), std::string::npos) << answer;
}

TEST_F(NatsRefusal, AnEventThatIsLargerThanTheStreamTakesIsRefused) {
  nats.ask("STREAM.CREATE.ws_demo",
           {{"name", "ws_demo"}, {"subjects", {"ws_demo.>"}}, {"max_msg_size", 1000}});
  const node one(*this);
  const auto answer = one.publish("t", '"' + std::string(2000, 'x') + '"');
  EXPECT_TRUE(is(answer, 413)) << answer;
  EXPECT_NE(answer.find("message size exceeds maximum allowed"), std::string::npos) << answer;
  EXPECT_TRUE(is(one.publish("t", "1"), 200));
}

TEST_F(NatsRefusal, OfABulkThatHasAnEventThatIsTooLargeTheReasonIsSaid) {
  nats.ask("STREAM.CREATE.ws_demo", {{"name", "ws_demo"},
                                     {"subjects", {"ws_demo.>"}},
                                     {"discard", "new"},
                                     {"max_msgs", 1},
                                     {"max_msg_size", 1000}});
  const node one(*this);
  one.publish("t", "1");
  const auto answer = one.publish_lines(R"({"topic":"t","payload":")" + std::string(2000, 'x') +
                                        "\"}\n" + R"({"topic":"t","payload":2})");
  EXPECT_TRUE(is(answer, 413)) << answer;
  EXPECT_NE(answer.find("message size exceeds maximum allowed"), std::string::npos) << answer;
}

}  // namespace
}  // namespace ws_demo::testing
