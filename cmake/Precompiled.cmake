# modelcache_precompile(TARGET [HEADER...]): the standard library, and HEADERs, are parsed once for a target. Only where the preset asks
# for it: the other builds tell which file lacks an #include.
function(modelcache_precompile target)
  if(MODELCACHE_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <cerrno> <chrono> <cstdint> <cstdlib> <functional> <limits> <map> <memory> <mutex> <optional> <set>
      <span> <string> <string_view> <thread> <unordered_map> <utility> <vector> ${ARGN})
  endif()
endfunction()
