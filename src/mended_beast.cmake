# Two of Beast's headers, which are copied into the build with some lines mended, and found there
# first. Where Boost has another text in their place, its own header is used, and says less or costs
# more: tests/conformance and scripts/bench tell.
set(WS_DEMO_MENDED_BEAST ${CMAKE_CURRENT_BINARY_DIR}/mended)
function(mend_beast header wrong right)
  set(mended_header ${WS_DEMO_MENDED_BEAST}/boost/beast/websocket/${header})
  set(original ${Boost_INCLUDE_DIRS}/boost/beast/websocket/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original})
  file(READ ${original} text)
  string(REPLACE "${wrong}" "${right}" mended "${text}")
  set(present "")
  if(EXISTS ${mended_header})
    file(READ ${mended_header} present)
  endif()
  if(NOT mended STREQUAL present)  # or all that includes it would be compiled each time
    file(WRITE ${mended_header} "${mended}")
  endif()
endfunction()

# Each stream has a buffer for what it reads ahead, which is a quarter of what a silent peer costs.
# stream_layer reads ahead for all in one place.
mend_beast(stream.hpp "tcp_frame_size = 1536;" "tcp_frame_size = 512;")

# At least up to Boost 1.89, compressed messages are read wrongly in two ways:
# 1. At the end of a message it gives the inflater the four bytes that the sender left out (RFC 7692
#    §7.2.2) again and again until nothing more comes out. Where the output was full the first time,
#    the inflater has taken some of the four by then, and what follows is garbage
#    (boostorg/beast#3028). What is pending is now taken out before.
# 2. Where the bytes are no deflate stream, it hangs up without a close.
mend_beast(impl/read.hpp
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
]=])
