#pragma once

#include "client.hpp"
#include "options.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ws_bench {

/// Publishes events on the topic `bench` over HTTP, one request at a time, on a connection that is
/// opened anew when the server has ended it.
class publisher {
 public:
  /// `loop` must outlive it, and is what its answers come through.
  publisher(client& loop, const options& o);
  ~publisher();
  publisher(const publisher&) = delete;
  publisher& operator=(const publisher&) = delete;

  /// False while an answer is being waited for.
  /// @throws misbehaviour if it is late.
  bool ready() const;

  /// @return when it was sent.
  /// @throws misbehaviour if it cannot be; so does the loop's turn if it is refused.
  clock::time_point publish(std::string_view payload);

 private:
  void connect();
  void disconnect();
  void read();

  client& loop_;
  options options_;
  std::string head_;  // of each request, but for the length
  std::string answer_;
  int socket_ = -1;
  bool waiting_ = false;
  clock::time_point sent_;
};

}  // namespace ws_bench
