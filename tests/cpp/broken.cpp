// Does on purpose what the sanitizers must catch: the suite wants to see their reports, which
// proves that they watch the library's memory too. Argument: use_after_free, leak or overflow.
#include <cstdio>
#include <cstring>
#include <limits>

#include "wotnot.hpp"

int main(int count, char **arguments) {
  const char *wanted = count == 2 ? arguments[1] : "";
  if (std::strcmp(wanted, "overflow") == 0) {
    volatile int most = std::numeric_limits<int>::max();
    std::printf("%d\n", most + count);
    return 0;
  }
  char *json = nullptr;
  wotnot_client id = 0;
  wotnot_client_new("{}", &id, &json);
  if (std::strcmp(wanted, "leak") == 0) {
    json = nullptr;
    return 0;
  }
  wotnot_string_free(json);
  std::printf("%c\n", json[0]);
  return 0;
}
