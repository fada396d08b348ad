# Two of Beast's headers are copied into the build with a few lines changed, and found there before
# Boost's own. Where Boost has another text in their place, the configuration fails: served unpatched,
# compressed messages would be read wrongly.
set(WS_DEMO_PATCHED_BEAST ${CMAKE_CURRENT_BINARY_DIR}/patched)
function(patch_beast header old new)
  set(patched_header ${WS_DEMO_PATCHED_BEAST}/boost/beast/websocket/${header})
  set(original ${Boost_INCLUDE_DIRS}/boost/beast/websocket/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original})
  file(READ ${original} text)
  string(REPLACE "${old}" "${new}" patched "${text}")
  if(patched STREQUAL text)
    message(FATAL_ERROR "src/websocket/patch_beast.cmake does not apply to ${original} "
                        "(Boost ${Boost_VERSION}). Adapt it to this version of Boost.")
  endif()
  set(present "")
  if(EXISTS ${patched_header})
    file(READ ${patched_header} present)
  endif()
  if(NOT patched STREQUAL present)  # or all that includes it would be compiled each time
    file(WRITE ${patched_header} "${patched}")
  endif()
endfunction()

# The read-ahead buffer of each stream: a quarter of what a silent peer would cost. stream_layer reads
# ahead in one place for all.
patch_beast(stream.hpp "tcp_frame_size = 1536;" "tcp_frame_size = 512;")

# At least up to Boost 1.89, compressed messages are read wrongly in two ways:
# 1. At the end of a message it gives the inflater the four bytes that the sender left out (RFC 7692
#    section 7.2.2) again and again until nothing more comes out. Where the output was full the first time,
#    the inflater has taken some of the four by then, and what follows is garbage
#    (boostorg/beast#3028). Pending output is now taken out before.
# 2. Where the bytes are not a deflate stream, it closes the connection without a close frame.
patch_beast(impl/read.hpp
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
