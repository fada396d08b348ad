// Beast's own code, compiled once and here, and in the way that asio_impl.cpp explains.

#include <boost/beast/core/detail/config.hpp>
#undef BOOST_BEAST_DECL
#define BOOST_BEAST_DECL inline __attribute__((used))
#include <boost/beast/src.hpp>
