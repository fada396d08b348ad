# Beast, at least up to Boost 1.89, reads compressed messages wrongly in two ways. The header where it
# does is copied into the build with these two mended, and found there first. Where Boost has
# another text in their place, its own header is used: tests/conformance says whether it is right.
#
# 1. At the end of a message it gives the inflater the four bytes that the sender left out (RFC 7692
#    §7.2.2) again and again until nothing more comes out. Where the output was full the first time,
#    the inflater has taken some of the four by then, and what follows is garbage
#    (boostorg/beast#3028). What is pending is now taken out before.
# 2. Where the bytes are no deflate stream, it hangs up without a close.
file(READ ${Boost_INCLUDE_DIRS}/boost/beast/websocket/impl/read.hpp text)
string(REPLACE
[=[                    impl.inflate(zs, zlib::Flush::sync, ec);
                    if(impl.check_stop_now(ec))
                        goto upcall;
]=]
[=[                    bool pending = false;
                    if(fin)
                    {
                        auto rest = zs;
                        rest.avail_in = 0;
                        impl.inflate(rest, zlib::Flush::sync, ec);
                        ec = {};
                        pending = rest.total_out > 0;
                        if(pending)
                            zs = rest;
                    }
                    if(! pending)
                        impl.inflate(zs, zlib::Flush::sync, ec);
                    if(ec)
                    {
                        code_ = close_code::bad_payload;
                        result_ = ec;
                        goto close;
                    }
]=]
mended "${text}")
set(WS_DEMO_MENDED_BEAST ${CMAKE_CURRENT_BINARY_DIR}/mended_beast)
set(mended_header ${WS_DEMO_MENDED_BEAST}/boost/beast/websocket/impl/read.hpp)
set(present "")
if(EXISTS ${mended_header})
  file(READ ${mended_header} present)
endif()
if(NOT mended STREQUAL present)  # or all that includes it would be compiled each time
  file(WRITE ${mended_header} "${mended}")
endif()
