/* What one more client adds to the process's resident memory: as it is made, and once it has called.
 *
 * Arguments: SUBJECT BASE_URL CA_FILE (empty over plain HTTP) COUNT. Prints one line of JSON.
 */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wotnot.h"

#define MESSAGE "{\"type\":\"text\",\"data\":{\"body\":\"30\"}}"
#define BODY "{\"message\":" MESSAGE ",\"user\":{\"type\":\"VISITOR\"}}"

static const char *base_url, *ca_file;

union client {
  wotnot_client wotnot;
  CURL *curl;
};

struct subject {
  const char *name;
  void (*make)(union client *);
  void (*call)(union client *);
};

static void die(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static void make_wotnot(union client *client) {
  char config[512];
  char *json;
  snprintf(config, sizeof config,
           "{\"token\":\"a.fake.token\",\"base_url\":\"%s\",\"tls\":{\"roots\":\"%s\",\"ca_file\":%s%s%s}}",
           base_url, *ca_file ? "none" : "auto", *ca_file ? "\"" : "", *ca_file ? ca_file : "null",
           *ca_file ? "\"" : "");
  if (wotnot_client_new(config, &client->wotnot, &json) != WOTNOT_OK) die(json);
  wotnot_string_free(json);
}

static void call_wotnot(union client *client) {
  char *json;
  if (wotnot_call(client->wotnot, "send_message",
                  "{\"conversation_id\":\"3f0c\",\"message\":" MESSAGE "}", &json) != WOTNOT_OK) {
    die(json);
  }
  wotnot_string_free(json);
}

static size_t take(char *data, size_t size, size_t count, void *nothing) {
  (void)data;
  (void)nothing;
  return size * count;
}

static void make_curl(union client *client) {
  char url[256];
  client->curl = curl_easy_init();
  if (client->curl == NULL) die("curl_easy_init");
  snprintf(url, sizeof url, "%s/api/v1/conversation/3f0c/messages", base_url);
  curl_easy_setopt(client->curl, CURLOPT_URL, url);
  curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, BODY);
  curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, 30000L);
  curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "*");
  if (*ca_file) curl_easy_setopt(client->curl, CURLOPT_CAINFO, ca_file);
}

static void call_curl(union client *client) {
  CURLcode code = curl_easy_perform(client->curl);
  if (code != CURLE_OK) die(curl_easy_strerror(code));
}

static const struct subject subjects[] = {
    {"wotnot", make_wotnot, call_wotnot},
    {"curl", make_curl, call_curl},
};

static double resident(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*s %lu", &pages) != 1) die("/proc/self/statm");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv) {
  const struct subject *subject = subjects;
  union client first, *clients;
  double before, made, called;
  int i, count;
  if (argc != 5) return 2;
  if (strcmp(argv[1], subject->name) != 0) subject++;
  base_url = argv[2];
  ca_file = argv[3];
  count = atoi(argv[4]);
  curl_global_init(CURL_GLOBAL_ALL);
  clients = calloc((size_t)count, sizeof *clients);
  /* What a process pays once, whatever the number of clients. */
  subject->make(&first);
  subject->call(&first);
  before = resident();
  for (i = 0; i < count; i++) subject->make(&clients[i]);
  made = resident();
  for (i = 0; i < count; i++) subject->call(&clients[i]);
  called = resident();
  printf("{\"subject\":\"%s\",\"made_kb\":%.2f,\"called_kb\":%.2f}\n",
         subject->name, (made - before) / count / 1e3, (called - before) / count / 1e3);
  free(clients);
  return 0;
}
