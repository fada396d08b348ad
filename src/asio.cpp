// Asio's and Beast's own code, compiled once and here (the _SEPARATE_COMPILATION macros keep it out
// of the headers everywhere else).

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
