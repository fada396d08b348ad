// Asio's own code, compiled once and here: elsewhere in this tree BOOST_ASIO_SEPARATE_COMPILATION
// keeps it out of the headers. It is compiled as inline functions that are kept in the object,
// because of programs that use the library:
// - Asio is header-only in most. Theirs and these are then the same inline functions, of which the
//   linker takes one, together with the static objects inside.
// - One that compiles Asio itself defines all of them: the linker does not take this object.
//
// Beast is in beast_impl.cpp, so that a program may compile one and take the other.

#define BOOST_ASIO_DECL inline __attribute__((used))
#include <boost/asio/impl/src.hpp>
