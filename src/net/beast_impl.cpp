// Beast's own code, compiled once and here, as Asio's is in asio_impl.cpp.

#include <boost/beast/src.hpp>
