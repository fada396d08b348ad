// The log as the server has it, without the server.

#include "common/limited_log.hpp"
#include "common/metrics.hpp"
#include "deadline.hpp"
#include "events/nats/nats_log.hpp"
#include "nats_test.hpp"
#include "net/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo::testing {
namespace {

/// Needs several turns of the loop for each event.
class slow_reader final : public event_log::reader {
 public:
  void begin(std::string /*epoch*/, std::uint64_t /*newest*/) override {}
  void gone(std::string_view /*topic*/, std::uint64_t /*number*/) override {}
  bool discard_some() override { return false; }
  std::size_t take(const event_log::event& /*e*/) override {
    EXPECT_EQ(turns_left_, 0);
    turns_left_ = 5;
    return 1;
  }
  bool is_busy() const override {
    const bool is_so = turns_left_ > 0;
    if (is_so) --turns_left_;
    return is_so;
  }

 private:
  mutable int turns_left_ = 0;  // each is a question
};

class NatsReader : public nats_test {};

TEST_F(NatsReader, GetsAnEventWhenSubscribersHaveTheOneBefore) {
  asio::io_context io{1};
  metrics counts;
  limited_log lines(counts);
  const auto o = nats_options();
  slow_reader reader;
  nats_log log(io.get_executor(), o, lines);
  log.open(reader);
  asio::co_spawn(io, log.run(), asio::detached);
  int stored = 0;
  // Each waits for the answer to the one before, and comes back by itself.
  std::function<void()> publish_next = [&] {
    log.append({{"t", std::to_string(stored)}}, [&](const event_log::result& r) {
      EXPECT_GT(r.number, 0U) << r.why;
      if (++stored < 5)
        asio::post(io, publish_next);
      else
        log.stop();
    });
  };
  asio::post(io, publish_next);
  io.run_for(patience);
  EXPECT_EQ(stored, 5);
}

}  // namespace
}  // namespace ws_demo::testing
