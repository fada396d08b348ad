// Asio's own code, compiled once and here (BOOST_ASIO_SEPARATE_COMPILATION keeps it out of the
// headers everywhere else). Beast's is in a file of its own: a program that links the library and
// compiles either of them itself takes neither from here, and no symbol is defined twice.

#include <boost/asio/impl/src.hpp>
