# Three of Beast's headers are copied into the build with a few lines changed, and found there before
# Boost's own. Where Boost has another text in their place, the configuration fails: served unpatched,
# compressed messages would be read wrongly. Changed are only templates of websocket::stream's layer, so
# that a program with this library in it can use Beast as it is.
set(WS_DEMO_PATCHED_BEAST ${CMAKE_CURRENT_BINARY_DIR}/patched)
# patch_beast(HEADER OLD NEW [OLD NEW]...)
function(patch_beast header)
  set(patched_header ${WS_DEMO_PATCHED_BEAST}/boost/beast/websocket/${header})
  set(original ${Boost_INCLUDE_DIRS}/boost/beast/websocket/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${original})
  file(READ ${original} patched)
  math(EXPR last "${ARGC} - 1")
  foreach(old RANGE 1 ${last} 2)
    math(EXPR new "${old} + 1")
    set(text "${patched}")
    string(REPLACE "${ARGV${old}}" "${ARGV${new}}" patched "${text}")
    if(patched STREQUAL text)
      message(FATAL_ERROR "src/websocket/patch_beast.cmake does not apply to ${original} "
                          "(Boost ${Boost_VERSION}). Adapt it to this version of Boost.")
    endif()
  endforeach()
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
patch_beast(stream.hpp "tcp_frame_size = 1536;" "tcp_frame_size = 512;"
[=[    bool
    got_text() const
]=]
[=[    /// Whether there is what inflates the message that is being read. (Not Beast's.)
    bool is_inflating() const noexcept { return impl_->pmd_enabled(); }

    bool
    got_text() const
]=])

# What inflates (9 KB, with a deflater that is never used, and its window of 32 KiB) is made when a
# compressed message begins, and freed at its end, instead of being kept as long as the stream. A client
# may not refer to an earlier message: that is what client_no_context_takeover means (RFC 7692
# section 7.1.1.2), of which Beast takes no notice here.
patch_beast(impl/stream_impl.hpp
"        this->open_pmd(role);
"
""
[=[        if(fh.rsv2 || fh.rsv3 ||
            ! this->rd_deflated(fh.rsv1))
]=]
[=[        if(fh.rsv1 && ! this->pmd_enabled())
        {
            try
            {
                this->open_pmd(role);
            }
            catch(std::bad_alloc const&)
            {
                ec = net::error::no_memory;
                return false;
            }
        }
        if(fh.rsv2 || fh.rsv3 ||
            ! this->rd_deflated(fh.rsv1))
]=])

# At least up to Boost 1.89, compressed messages are read wrongly in three ways:
# 1. At the end of a message it gives the inflater the four bytes that the sender left out (RFC 7692
#    section 7.2.2) again and again until nothing more comes out. Where the output was full the first time,
#    the inflater has taken some of the four by then, and what follows is garbage
#    (boostorg/beast#3028). Pending output is now taken out before.
# 2. Where the bytes are not a deflate stream, it closes the connection without a close frame.
# 3. Where there is no memory for the window, it throws out of the loop.
patch_beast(impl/read.hpp
"impl.do_context_takeover_read(impl.role);"
"impl.close_pmd();"
[=[                    impl.inflate(zs, zlib::Flush::sync, ec);
                    if(impl.check_stop_now(ec))
                        goto upcall;
]=]
[=[                    try
                    {
                        bool pending = false;
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
                    }
                    catch(std::bad_alloc const&)
                    {
                        ec = net::error::no_memory;
                    }
                    if(ec)
                    {
                        code_ = close_code::bad_payload;
                        result_ = ec;
                        goto close;
                    }
]=])
