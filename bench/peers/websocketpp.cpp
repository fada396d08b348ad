// What ws-demo does, with websocketpp on Asio, as its examples do it: a timer for each peer.
//
//   websocketpp PORT

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <random>
#include <string>

namespace {

using server = websocketpp::server<websocketpp::config::asio>;
using websocketpp::connection_hdl;

class pushes {
 public:
  explicit pushes(server& s) : server_(s) {}

  void begin(const connection_hdl& who) {
    auto timer = std::make_shared<boost::asio::steady_timer>(server_.get_io_service());
    timer->expires_at(std::chrono::steady_clock::now());
    timers_[who] = timer;
    push(who, timer);
  }
  void end(const connection_hdl& who) {
    timers_.at(who)->cancel();
    timers_.erase(who);
  }

 private:
  void push(const connection_hdl& who, const std::shared_ptr<boost::asio::steady_timer>& timer) {
    websocketpp::lib::error_code ignored;
    const auto number = static_cast<std::uint32_t>(chance_());
    server_.send(
        who,
        fmt::format(R"({{"topic":"random","payload":{{"num":{},"message":"Hello, world!"}}}})",
                    number),
        websocketpp::frame::opcode::text, ignored);
    timer->expires_at(timer->expiry() + std::chrono::seconds(1));
    timer->async_wait([this, who, timer](const boost::system::error_code& cancelled) {
      if (!cancelled) push(who, timer);
    });
  }

  server& server_;
  std::map<connection_hdl, std::shared_ptr<boost::asio::steady_timer>,
           std::owner_less<connection_hdl>>
      timers_;
  std::mt19937 chance_{std::random_device{}()};
};

}  // namespace

int main(int argc, char** argv) try {
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  server all;
  all.clear_access_channels(websocketpp::log::alevel::all);
  all.clear_error_channels(websocketpp::log::elevel::all);
  all.init_asio();
  all.set_reuse_addr(true);
  all.set_listen_backlog(4096);
  all.set_tcp_pre_init_handler([&all](const connection_hdl& who) {
    boost::system::error_code ignored;
    all.get_con_from_hdl(who)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay(true),
                                                           ignored);
  });
  pushes each(all);
  all.set_open_handler([&each](const connection_hdl& who) { each.begin(who); });
  all.set_close_handler([&each](const connection_hdl& who) { each.end(who); });
  all.set_message_handler([&all](const connection_hdl& who, const server::message_ptr& message) {
    websocketpp::lib::error_code ignored;
    all.send(who, message->get_payload(), message->get_opcode(), ignored);
  });
  all.listen(boost::asio::ip::tcp::v4(),
             static_cast<std::uint16_t>(argc == 2 ? std::atoi(argv[1]) : 0));
  all.start_accept();
  all.run();
} catch (const std::exception& error) {
  std::fputs((std::string("websocketpp: ") + error.what() + '\n').c_str(), stderr);
  return 1;
}
