#include "events/nats/publish_window.hpp"

#include <algorithm>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// Without an answer; JetStream takes a few milliseconds, and a new leader some seconds.
constexpr auto resend_after = 2s;
/// After the server said that nobody takes it.
constexpr auto retry_after = 250ms;

}  // namespace

std::vector<publish_window::shared_publication> publish_window::take_due(
    steady_clock::time_point now, steady_clock::time_point again_until) {
  std::vector<shared_publication> due;
  const auto send = [&](sent& a) {
    due.push_back(a.what);
    ++a.unanswered;
    a.next = now + resend_after;
    look_again_ = std::min(look_again_, a.next);
  };
  if (now >= look_again_) {
    look_again_ = steady_clock::time_point::max();
    for (auto& [ticket, a] : under_way_) {
      if (std::max(now, a.next) > a.last) continue;
      if (a.next <= now)
        send(a);
      else
        look_again_ = std::min(look_again_, a.next);
    }
  }
  for (; !waiting_.empty() && under_way_.size() < limit_; waiting_.pop_front()) {
    const auto& next = waiting_.front();
    auto& added = under_way_[next->ticket];
    added.what = next;
    added.last = again_until;
    send(added);
  }
  return due;
}

steady_clock::time_point publish_window::next_due() const {
  return waiting_.empty() || under_way_.size() >= limit_ ? look_again_
                                                         : steady_clock::time_point::min();
}

void publish_window::send_again(steady_clock::time_point now) {
  for (auto& [ticket, a] : under_way_) {
    a.next = now;
    a.lost = a.unanswered;
  }
  look_again_ = now;
}

void publish_window::retry(std::uint64_t ticket, bool reached_nobody,
                           steady_clock::time_point now) {
  const auto found = under_way_.find(ticket);
  if (found == under_way_.end()) return;
  if (reached_nobody) --found->second.unanswered;
  found->second.next = now + retry_after;
  look_again_ = std::min(look_again_, found->second.next);
}

std::optional<int> publish_window::answered(std::uint64_t ticket) {
  const auto found = under_way_.find(ticket);
  if (found == under_way_.end()) return std::nullopt;
  const int others = found->second.unanswered - 1;
  under_way_.erase(found);
  return others;
}

std::optional<publish_window::refusal> publish_window::refused(std::string_view subject) {
  const auto found = std::ranges::find_if(under_way_, [subject](const auto& of_ticket) {
    const sent& a = of_ticket.second;
    return a.unanswered > a.lost && a.what->subject == subject;
  });
  if (found == under_way_.end()) return std::nullopt;
  const refusal of{found->first, found->second.lost};
  under_way_.erase(found);
  return of;
}

publish_window::fate publish_window::withdraw(std::uint64_t ticket) {
  if (const auto found = under_way_.find(ticket); found != under_way_.end()) {
    const bool is_in_doubt = found->second.unanswered > 0;
    under_way_.erase(found);
    return is_in_doubt ? fate::in_doubt : fate::not_stored;
  }
  // Those that wait longest come first, and are withdrawn first.
  if (waiting_.empty() || ticket < waiting_.front()->ticket) return fate::answered;
  const auto found = std::ranges::find(waiting_, ticket, &publication::ticket);
  if (found == waiting_.end()) return fate::answered;
  waiting_.erase(found);
  return fate::not_stored;
}

}  // namespace ws_demo
