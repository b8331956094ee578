/* The installed header, wherever pkg-config says that it is. */
#include <wotnot.h>
