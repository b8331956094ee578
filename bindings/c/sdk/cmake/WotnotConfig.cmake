# https://github.com/libwotnot/libwotnot
# Wotnot::wotnot (shared) and Wotnot::wotnot_static, wherever this folder lies.
include(CMakeFindDependencyMacro)
find_dependency(Threads)

get_filename_component(_wotnot_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET Wotnot::wotnot)
  add_library(Wotnot::wotnot SHARED IMPORTED)
  set_target_properties(Wotnot::wotnot PROPERTIES
    IMPORTED_LOCATION "${_wotnot_root}/lib/@SHARED@"
    IMPORTED_SONAME "libwotnot.so.1"
    INTERFACE_INCLUDE_DIRECTORIES "${_wotnot_root}/include")

  add_library(Wotnot::wotnot_static STATIC IMPORTED)
  set_target_properties(Wotnot::wotnot_static PROPERTIES
    IMPORTED_LOCATION "${_wotnot_root}/lib/libwotnot.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_wotnot_root}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
endif()
unset(_wotnot_root)
