#include "events/topic.hpp"
#include "hub_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ws_demo {
namespace {

using testing::texts;

class HubModelTest : public testing::hub_test {};

/// Thousands of random steps, each compared with the plainest thing that does the same.
TEST_F(HubModelTest, DoesWhatAPlainModelDoes) {
  struct known_event {
    std::string topic;
    std::string text;
  };
  struct known_peer {
    explicit known_peer(asio::io_context& io) : peer(io) {}
    testing::sink peer;
    std::vector<std::string> patterns;
    texts due;
    std::optional<hub::membership> in;
  };
  const texts topics{"a", "a.b", "a.b.c", "b", "b.a", "c"};
  const texts patterns{"a", "a.b", "a.b.c", "b", "c", "*", "a.*", "a.b.*", "b.*"};
  limits.history_events = 5;
  std::mt19937 chance{20261123};  // NOLINT(cert-msc51-cpp): the same steps each time
  const auto roll = [&chance](std::size_t sides) { return chance() % sides; };
  std::vector<known_event> past;  // the one numbered n is past[n - 1]
  std::list<known_peer> peers;

  const auto wants = [](const texts& of, const std::string& topic) {
    return std::ranges::any_of(of, [&](const auto& p) { return matches(p, topic); });
  };
  /// Whether there are at most `most` events of its topic from this one on.
  const auto is_among_newest = [&](std::size_t index, std::size_t most) {
    std::size_t newer = 0;
    for (std::size_t i = index; i < past.size(); ++i) newer += past[i].topic == past[index].topic;
    return newer <= most;
  };

  for (int step = 0; step < 5000; ++step) {
    switch (roll(8)) {
      case 0: {  // one comes
        auto& p = peers.emplace_back(io);
        p.patterns.push_back(patterns[roll(patterns.size())]);
        while (roll(2) == 0 && p.patterns.size() < 4)
          p.patterns.push_back(patterns[roll(patterns.size())]);
        std::ranges::sort(p.patterns);
        p.patterns.erase(std::ranges::unique(p.patterns).begin(), p.patterns.end());
        p.in.emplace(center, p.peer, p.patterns);
        break;
      }
      case 1: {  // one goes
        if (peers.empty()) break;
        auto gone = std::next(peers.begin(), static_cast<std::ptrdiff_t>(roll(peers.size())));
        ASSERT_EQ(gone->peer.take(), gone->due);
        peers.erase(gone);
        break;
      }
      case 2: {  // one asks what it missed
        const texts of{patterns[roll(patterns.size())], patterns[roll(patterns.size())]};
        const auto since = roll(past.size() + 1);
        const auto last = roll(2) == 0 ? 0 : 1 + roll(4);
        texts due;
        bool gap = false;
        for (std::size_t i = since; i < past.size(); ++i) {
          if (!wants(of, past[i].topic)) continue;
          if (!is_among_newest(i, limits.history_events))
            gap = true;
          else if (last == 0 || is_among_newest(i, last))
            due.push_back(past[i].text);
        }
        ASSERT_EQ(replayed(of, since, last), due);
        ASSERT_EQ(center.past().has_gap(of, since), gap);
        break;
      }
      default: {
        const auto& topic = topics[roll(topics.size())];
        const auto got = publish(topic);
        ASSERT_EQ(got.id.number, past.size() + 1);
        past.push_back({topic, text(topic, published)});
        std::size_t due_to = 0;
        for (auto& p : peers) {
          if (!wants(p.patterns, topic)) continue;
          p.due.push_back(past.back().text);
          ++due_to;
        }
        ASSERT_EQ(got.subscribers, due_to);
      }
    }
  }
  for (auto& p : peers) ASSERT_EQ(p.peer.take(), p.due);
}

}  // namespace
}  // namespace ws_demo
