#include "ws_demo/server.hpp"

#include "ws_demo/connection.hpp"
#include "ws_demo/front.hpp"
#include "ws_demo/inbox.hpp"
#include "ws_demo/json_text.hpp"
#include "ws_demo/line_input.hpp"
#include "ws_demo/net.hpp"
#include "ws_demo/publisher.hpp"
#include "ws_demo/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/intrusive/list.hpp>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// The process or the system has no descriptor or memory left for one more socket.
bool exhausted(error_code ec) {
  return ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space ||
         ec == asio::error::no_memory || ec == boost::system::errc::too_many_files_open_in_system;
}

/// How often the deadlines are looked at: a tenth of the shortest, so that none is over by more.
std::chrono::milliseconds period_of(const options& o) {
  const auto shortest =
      std::min({o.handshake_timeout, o.keep_alive_timeout, o.close_timeout, o.idle_timeout / 2});
  return std::clamp(shortest / 10, 10ms, 500ms);
}

/// -1 where it is no socket.
int socket_option(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket, SOL_SOCKET, name, &value, &size);
  return value;
}

/// Events of the process that the server is in.
constexpr std::string_view way_in = "library";

/// How often closes go out while a drain is spread.
constexpr auto drain_step = 10ms;

}  // namespace

/// What is behind a server. Every coroutine that is spawned shares it: one that is left over when
/// the server has gone, because its io_context was stopped, still ends in good order.
class server::work {
 public:
  work(asio::io_context& io, options o, std::optional<int> listening);

  const tcp::endpoint& endpoint() const { return public_.endpoint; }
  const tcp::endpoint& admin_endpoint() const { return operators_.endpoint; }
  static task<void> run(std::shared_ptr<work> self);
  void stop();

  asio::io_context& io() const { return io_; }
  const options& limits() const { return options_; }
  inbox& from_other_threads() { return inbox_; }
  void inbox_filled() { inbox_filled_.cancel(); }
  void publish_now(const inbox::event& e);

 private:
  using connection_list =
      boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  struct listener {
    explicit listener(asio::io_context& io) : acceptor(io.get_executor()) {}
    void listen(const tcp::endpoint& on, const options& limits);
    void adopt(int socket, const options& limits);
    void close();

    tcp_acceptor acceptor;
    tcp::endpoint endpoint;
    door kind{};
    bool was_passed = false;  // connections may have waited there before it was prepared
  };

  static task<void> accept_connections(std::shared_ptr<work> self, listener& at);
  static task<void> serve_connection(std::shared_ptr<work> self, tcp_socket socket,
                                     tcp::endpoint from, door through);
  void connection_ended(const std::exception_ptr& failure);
  task<void> keep_time();
  task<void> look_at_connections(steady_clock::time_point now);
  /// Asks as many connections to leave as should have been asked by now.
  void drain(steady_clock::time_point now);
  std::size_t due_to_leave(steady_clock::time_point now) const;
  task<void> publish_inbox();
  task<void> publish_input();
  /// Nobody is left to publish to, or no time.
  void end_publishing();

  asio::io_context& io_;
  const options options_;
  site site_;
  listener public_;
  listener operators_;
  // Who has been looked at longest ago comes first. They unlink themselves: each is in the frame of
  // its serve_connection.
  connection_list connections_;
  timer alarm_;

  inbox inbox_;
  timer inbox_filled_;  // never expires: cancelling it says that there is something
  std::optional<line_input> lines_;
  bool published_all_ = false;

  // Of a stop
  steady_clock::time_point asked_to_stop_at_;
  steady_clock::time_point cut_all_at_ = steady_clock::time_point::max();
  std::size_t to_leave_ = 0;  // how many connections there were then
  std::size_t asked_ = 0;     // how many have been asked to leave
};

server::server(asio::io_context& io, options o, std::optional<int> listening)
    : work_(std::make_shared<work>(io, std::move(o), listening)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory even for this, nothing can be saved
server::~server() {
  stop();
  work_->from_other_threads().close();
}

tcp::endpoint server::endpoint() const {
  return work_->endpoint();
}

tcp::endpoint server::admin_endpoint() const {
  return work_->admin_endpoint();
}

task<void> server::run() {
  return work::run(work_);
}

void server::stop() {
  asio::dispatch(work_->io(), [of = std::weak_ptr(work_)] {
    if (const auto alive = of.lock()) alive->stop();
  });
}

void server::publish(std::string_view topic, std::string_view payload) {
  const auto alive = work_;  // also where another thread destroys the server while this one waits
  payload = trimmed_json(payload);
  if (auto wrong = event_error(topic, payload, alive->limits()); !wrong.empty())
    throw std::invalid_argument(wrong);
  if (const auto wrong = json_error(payload))
    throw std::invalid_argument("the payload is not JSON: " + *wrong);
  inbox::event event{std::string(topic), std::string(payload)};
  if (alive->io().get_executor().running_in_this_thread()) {
    alive->publish_now(event);
  } else if (alive->from_other_threads().push(std::move(event), alive->limits().publish_timeout)) {
    asio::post(alive->io(), [of = std::weak_ptr(alive)] {
      if (const auto filled = of.lock()) filled->inbox_filled();
    });
  }
}

server::work::work(asio::io_context& io, options o, std::optional<int> listening)
    : io_(io),
      options_(std::move(o)),
      site_(io.get_executor(), options_),
      public_(io),
      operators_(io),
      alarm_(io.get_executor()),
      inbox_(options_.max_inbox_bytes),
      inbox_filled_(io.get_executor(), steady_clock::time_point::max()) {
  if (listening)
    public_.adopt(*listening, options_);
  else
    public_.listen({options_.host, options_.port}, options_);
  if (options_.admin_port)
    operators_.listen({asio::ip::address_v4::loopback(), *options_.admin_port}, options_);
  operators_.kind.for_operators = true;
  if (options_.lines_from)
    lines_.emplace(io.get_executor(), *options_.lines_from, site_.publishing);
}

void server::work::listener::listen(const tcp::endpoint& on, const options& limits) try {
  acceptor.open(on.protocol());
  connection::prepare(acceptor.native_handle(), limits);
  acceptor.set_option(tcp_acceptor::reuse_address(true));
  acceptor.bind(on);
  acceptor.listen(std::numeric_limits<int>::max());  // as many as net.core.somaxconn allows
  endpoint = acceptor.local_endpoint();
  kind.on_loopback = endpoint.address().is_loopback();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on " + to_string(on) + ": " + error.code().message());
}

void server::work::listener::adopt(int socket, const options& limits) try {
  const int family = socket_option(socket, SO_DOMAIN);
  const bool is_tcp = (family == AF_INET || family == AF_INET6) &&
                      socket_option(socket, SO_TYPE) == SOCK_STREAM &&
                      socket_option(socket, SO_ACCEPTCONN) == 1;
  if (!is_tcp) throw std::runtime_error("what was passed is not a listening TCP socket");
  acceptor.assign(family == AF_INET6 ? tcp::v6() : tcp::v4(), socket);
  connection::prepare(socket, limits);
  was_passed = true;
  endpoint = acceptor.local_endpoint();
  kind.on_loopback = endpoint.address().is_loopback();
} catch (const boost::system::system_error& error) {
  throw std::runtime_error("cannot listen on the socket that was passed: " +
                           error.code().message());
}

void server::work::listener::close() {
  error_code ignored;
  acceptor.close(ignored);
}

task<void> server::work::run(std::shared_ptr<work> self) {
  using namespace asio::experimental::awaitable_operators;
  auto all = accept_connections(self, self->public_) &&
             accept_connections(self, self->operators_) && self->keep_time() &&
             self->publish_inbox() && self->publish_input() && self->site_.events.run();
  co_await std::move(all);
}

void server::work::stop() {
  if (site_.draining) return;
  site_.draining = true;
  asked_to_stop_at_ = steady_clock::now();
  cut_all_at_ = asked_to_stop_at_ + options_.drain_spread + options_.shutdown_timeout;
  to_leave_ = connections_.size();
  drain(asked_to_stop_at_);
  alarm_.cancel();
}

task<void> server::work::accept_connections(std::shared_ptr<work> self, listener& at) {
  timer pause(self->io_.get_executor());
  bool was_exhausted = false;
  while (at.acceptor.is_open()) {
    tcp::endpoint from;
    auto [ec, socket] = co_await at.acceptor.async_accept(from, no_throw);
    if (exhausted(ec)) {
      if (!was_exhausted) spdlog::error("cannot accept: {}; waiting", ec.message());
      was_exhausted = true;
      pause.expires_after(100ms);
      co_await pause.async_wait(no_throw);
    } else if (!ec) {
      if (was_exhausted) spdlog::info("accepting again");
      was_exhausted = false;
      if (at.was_passed) connection::prepare(socket.native_handle(), self->options_);
      asio::co_spawn(
          self->io_, serve_connection(self, std::move(socket), from, at.kind),
          [self](const std::exception_ptr& failure) { self->connection_ended(failure); });
    }  // else that one was gone before it was accepted
  }
}

task<void> server::work::serve_connection(std::shared_ptr<work> self, tcp_socket socket,
                                          tcp::endpoint from, door through) {
  if (!self->public_.acceptor.is_open()) co_return;  // accepted just before that was closed
  connection c(std::move(socket), from, self->options_, self->site_.draining);
  self->connections_.push_back(c);
  co_await serve(c, self->site_, through);
}

void server::work::connection_ended(const std::exception_ptr& failure) {
  if (site_.draining) alarm_.cancel();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    spdlog::error("connection failed: {}", error.what());
  }
}

/// Looks at all connections a few times a second. One pass over all is cheaper than a timer in
/// each, of which nearly none ever expires.
task<void> server::work::keep_time() {
  const auto period = period_of(options_);
  while (public_.acceptor.is_open() || !connections_.empty()) {
    const auto next =
        steady_clock::now() + (site_.draining ? std::min(period, drain_step) : period);
    alarm_.expires_at(std::min(next, cut_all_at_));
    co_await alarm_.async_wait(no_throw);
    const auto now = steady_clock::now();
    site_.refused.tell();
    site_.events.center.expire(now);
    site_.counts.history_events = site_.events.center.past().events();
    site_.counts.history_bytes = site_.events.center.past().bytes();
    co_await look_at_connections(now);
    if (site_.draining) drain(now);
  }
  end_publishing();
}

/// Some a turn: thousands may have to be sent a ping, and whoever else is due is not to wait.
task<void> server::work::look_at_connections(steady_clock::time_point now) {
  constexpr int looks_in_a_turn = 64;
  for (int looks = 1; !connections_.empty() && connections_.front().looked_at() < now; ++looks) {
    connection& next = connections_.front();
    connections_.pop_front();
    connections_.push_back(next);
    next.keep_time(now);
    if (looks % looks_in_a_turn == 0) co_await asio::post(io_.get_executor(), no_throw);
  }
}

task<void> server::work::publish_inbox() {
  while (!published_all_) {
    const auto events = inbox_.take();
    if (events.empty()) co_await inbox_filled_.async_wait(no_throw);
    for (const auto& event : events)
      co_await site_.publishing.publish(event.topic, event.payload, way_in, way_in);
  }
}

task<void> server::work::publish_input() {
  if (lines_) co_await lines_->publish_all();
}

void server::work::publish_now(const inbox::event& e) {
  site_.publishing.publish_now(e.topic, e.payload, way_in, way_in);
}

void server::work::end_publishing() {
  published_all_ = true;
  site_.publishing.stop();
  inbox_.close();
  inbox_filled_.cancel();
  if (lines_) lines_->stop();
  site_.events.stop();
}

/// The listeners stay open until the last peer has gone, so that a load balancer hears from /readyz
/// that this server drains.
void server::work::drain(steady_clock::time_point now) {
  const bool over = now >= cut_all_at_;
  if (over) end_publishing();
  if (over || site_.peers.peers() == 0) {
    public_.close();
    operators_.close();
  }
  const bool all = !public_.acceptor.is_open();
  const std::size_t due = due_to_leave(now);
  const close_reason why{boost::beast::websocket::close_code::going_away,
                         "server is shutting down"};
  for (auto& c : connections_) {
    if (over) {
      c.cut();
    } else if (!c.leaving() && (all || (!c.came_during_drain() && asked_ < due))) {
      ++asked_;
      c.leave(why);
    }
  }
}

/// How many of those that were there at the stop should have been asked by now.
std::size_t server::work::due_to_leave(steady_clock::time_point now) const {
  const std::chrono::duration<double> passed = now - asked_to_stop_at_;
  if (passed >= options_.drain_spread) return to_leave_;
  return static_cast<std::size_t>(static_cast<double>(to_leave_) *
                                  (passed / options_.drain_spread));
}

}  // namespace ws_demo
