#pragma once

// Who has much to do takes turns: one of them does a part of it each turn of the loop, so that
// whoever else is due goes in between.
//
// The sources own it; it outlives the takers. Threads: the io_context's only.

#include "ws_demo/net.hpp"

#include <boost/intrusive/list.hpp>

namespace ws_demo {

class turns {
 public:
  class taker : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// Does a part. Who has more to do asks again.
    virtual void take_turn() = 0;

   protected:
    taker() = default;
    taker(const taker&) = default;
    taker& operator=(const taker&) = default;
    ~taker() = default;
  };

  explicit turns(const executor& on) : changed_(on, steady_clock::time_point::max()) {}

  /// Gives it a turn, once, when all who asked before have had theirs.
  void ask(taker& who);

  /// To be awaited once; it returns after stop().
  task<void> run();
  void stop();

 private:
  boost::intrusive::list<taker, boost::intrusive::constant_time_size<false>> waiting_;
  timer changed_;  // never expires: cancelling it says that somebody waits
  bool stopped_ = false;
};

}  // namespace ws_demo
