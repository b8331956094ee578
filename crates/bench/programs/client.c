/* One send call, again and again: raw TCP (the limit), libcurl's easy handle, and libwotnot.
 *
 * Arguments: BASE_URL PORT CA_FILE ROUNDS CALLS THREADS... A round makes CALLS calls for each number
 * of threads, shared out over them. Subjects take turns; prints one line of JSON for each subject,
 * number of threads and round.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wotnot.h"

#define TOKEN "eyJhbGciOiJIUzI1NiJ9.eyJhY2NvdW50IjoxfQ.c2lnbmF0dXJlLW9mLWEtYmVuY2htYXJr"
#define MESSAGE "{\"type\":\"text\",\"data\":{\"body\":\"30\"}}"
#define BODY "{\"message\":" MESSAGE ",\"user\":{\"type\":\"VISITOR\"}}"
#define PATH "/api/v1/conversation/3f0c6a1e9b7d4c52/messages"

static const char *base_url, *ca_file;
static int port, calls;
static wotnot_client client;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static void raw(double *took) {
  struct sockaddr_in address;
  char request[1024], answer[4096];
  int one = 1, i, length, stream = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(stream, (struct sockaddr *)&address, sizeof address)) die("connect");
  setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  length = snprintf(request, sizeof request,
                    "POST " PATH " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer " TOKEN
                    "\r\nContent-Type: application/json\r\nContent-Length: %d\r\nUser-Agent: raw\r\n"
                    "Accept: application/json\r\n\r\n" BODY,
                    port, (int)strlen(BODY));
  for (i = 0; i < calls; i++) {
    double since = now();
    if (write(stream, request, (size_t)length) != length) die("write");
    /* The whole answer fits one segment. */
    if (read(stream, answer, sizeof answer) < 60) die("read");
    took[i] = now() - since;
  }
  close(stream);
}

static size_t take(char *data, size_t size, size_t count, void *sum) {
  (void)data;
  *(size_t *)sum += size * count;
  return size * count;
}

static void curl(double *took) {
  CURL *handle = curl_easy_init();
  struct curl_slist *headers = NULL;
  char url[256];
  size_t sum = 0;
  int i;
  snprintf(url, sizeof url, "%s" PATH, base_url);
  headers = curl_slist_append(headers, "Authorization: Bearer " TOKEN);
  headers = curl_slist_append(headers, "Content-Type: application/json");
  curl_easy_setopt(handle, CURLOPT_URL, url);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, BODY);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &sum);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30000L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  if (*ca_file) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file);
  for (i = 0; i < calls; i++) {
    double since = now();
    CURLcode code = curl_easy_perform(handle);
    if (code != CURLE_OK) die(curl_easy_strerror(code));
    took[i] = now() - since;
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(handle);
}

static void wotnot(double *took) {
  int i;
  for (i = 0; i < calls; i++) {
    char *json;
    double since = now();
    wotnot_status status = wotnot_call(
        client, "send_message",
        "{\"conversation_id\":\"3f0c6a1e9b7d4c52\",\"message\":" MESSAGE "}", &json);
    if (status != WOTNOT_OK) die(json);
    wotnot_string_free(json);
    took[i] = now() - since;
  }
}

struct work {
  pthread_t thread;
  void (*subject)(double *);
  double *took;
};

static void *run(void *argument) {
  struct work *work = argument;
  work->subject(work->took);
  return NULL;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
         (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static void measure(const char *name, void (*subject)(double *), int threads) {
  struct work *works = calloc((size_t)threads, sizeof *works);
  size_t count = (size_t)threads * (size_t)calls;
  double *took = calloc(count, sizeof *took);
  double since, used = cpu();
  int i;
  since = now();
  for (i = 0; i < threads; i++) {
    works[i].subject = subject;
    works[i].took = took + (size_t)i * (size_t)calls;
    pthread_create(&works[i].thread, NULL, run, &works[i]);
  }
  for (i = 0; i < threads; i++) pthread_join(works[i].thread, NULL);
  since = now() - since;
  used = cpu() - used;
  qsort(took, count, sizeof *took, by_value);
  printf("{\"subject\":\"%s\",\"threads\":%d,\"rate\":%.1f,\"p50_us\":%.2f,\"p99_us\":%.2f,"
         "\"cpu_us\":%.2f}\n",
         name, threads, (double)count / since, took[count / 2] * 1e6, took[count * 99 / 100] * 1e6,
         used / (double)count * 1e6);
  fflush(stdout);
  free(took);
  free(works);
}

int main(int argc, char **argv) {
  char config[512];
  char *json;
  int rounds, round, each, all;
  if (argc < 7) die("usage");
  base_url = argv[1];
  port = atoi(argv[2]);
  ca_file = argv[3];
  rounds = atoi(argv[4]);
  all = atoi(argv[5]);
  snprintf(config, sizeof config,
           "{\"token\":\"" TOKEN "\",\"base_url\":\"%s\",\"timeout_ms\":30000,\"tls\":{\"roots\":\"%s\","
           "\"ca_file\":%s%s%s}}",
           base_url, *ca_file ? "none" : "auto", *ca_file ? "\"" : "", *ca_file ? ca_file : "null",
           *ca_file ? "\"" : "");
  if (wotnot_client_new(config, &client, &json) != WOTNOT_OK) die(json);
  wotnot_string_free(json);
  curl_global_init(CURL_GLOBAL_ALL);
  for (round = 0; round < rounds; round++) {
    for (each = 6; each < argc; each++) {
      int count = atoi(argv[each]);
      calls = all / count;
      if (!*ca_file) measure("raw", raw, count);
      measure("curl", curl, count);
      measure("wotnot", wotnot, count);
    }
  }
  return wotnot_client_close(client);
}
