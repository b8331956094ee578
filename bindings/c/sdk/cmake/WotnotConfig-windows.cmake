# https://github.com/libwotnot/libwotnot
# Wotnot::wotnot (bin/wotnot.dll) and, for MinGW, Wotnot::wotnot_static, wherever this folder lies.
get_filename_component(_wotnot_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET Wotnot::wotnot)
  if(MSVC)
    set(_wotnot_import "wotnot.lib")
  else()
    set(_wotnot_import "libwotnot.dll.a")
  endif()
  add_library(Wotnot::wotnot SHARED IMPORTED)
  set_target_properties(Wotnot::wotnot PROPERTIES
    IMPORTED_LOCATION "${_wotnot_root}/bin/wotnot.dll"
    IMPORTED_IMPLIB "${_wotnot_root}/lib/${_wotnot_import}"
    INTERFACE_INCLUDE_DIRECTORIES "${_wotnot_root}/include")
  unset(_wotnot_import)

  # Its code needs MinGW's own libraries.
  if(NOT MSVC)
    add_library(Wotnot::wotnot_static STATIC IMPORTED)
    set_target_properties(Wotnot::wotnot_static PROPERTIES
      IMPORTED_LOCATION "${_wotnot_root}/lib/libwotnot.a"
      INTERFACE_INCLUDE_DIRECTORIES "${_wotnot_root}/include"
      INTERFACE_LINK_LIBRARIES "@SYSTEM_LIBRARIES_LIST@")
  endif()
endif()
unset(_wotnot_root)
