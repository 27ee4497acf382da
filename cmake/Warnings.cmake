# modelcache_warnings: how our own code is compiled. Users' builds never break on a new warning: -Werror is the dev preset's.
add_library(modelcache_warnings INTERFACE)
target_compile_options(modelcache_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -fstack-protector-strong
  # g++ 12 sees overlaps in std::string's own operator+ when it optimizes for speed (GCC bug 105329).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${MODELCACHE_WERROR}>:-Werror>)
target_compile_definitions(modelcache_warnings INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>
  $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
target_link_options(modelcache_warnings INTERFACE -Wl,--as-needed -Wl,-z,relro -Wl,-z,now)
