/* libwotnot: a WotNot chatbot behind your own chat window.
 *
 * THIS FILE IS MADE FROM THE SOURCE. Change crates/capi, then run: cargo xtask generate
 *
 * CONVENTIONS
 *
 * JSON       Parameters and results are JSON objects in UTF-8. Success: {"ok":true,"value":...}.
 *            Failure: {"ok":false,"error":{"code","status","message","retryable","delivery",...}}.
 *            A new method, field or event kind is no change of this interface: ignore what you do
 *            not know.
 * Ownership  Strings that you give are copied before the function returns. A string that you get
 *            through `out_json` is yours: free it with wotnot_string_free, once. `out_json` may be
 *            NULL when you want no text. It is set to NULL first, so freeing it is always right.
 *            Strings of wotnot_version and wotnot_status_name are static: never free those.
 * Threads    Any function, from any thread, at any time, also after close. No hidden threads but
 *            those that you ask for (a webhook listener) and short-lived ones that resolve a host's
 *            name within the time-out. Nothing global is changed.
 * Cancel     Give a call a `call_id` (a string or a number), and "cancel" with the same `call_id`
 *            ends it from another thread, at once: WOTNOT_INTERRUPTED, with the delivery.
 * Loops      "status" gives `event_fd`, on Unix a descriptor that poll calls readable while events
 *            wait. Never read from it.
 * Errors     0 is WOTNOT_OK. WOTNOT_TIMEOUT of a receive or a wait is no error. NULL, bad UTF-8, bad
 *            JSON and dead clients are errors, never crashes. A fault inside the library gives
 *            WOTNOT_PANIC; your process lives on.
 * Delivery   Before you offer "try again", read error.delivery: "not_sent" (nothing reached the
 *            service), "rejected" (it said no), "unknown" (the message may have been taken).
 * fork       A client of the parent gives WOTNOT_FORKED in the child: make a new one there.
 *
 * EXAMPLE
 *
 *   #include <stdio.h>
 *   #include "wotnot.h"
 *
 *   int main(void) {
 *     wotnot_client client;
 *     char *json;
 *     wotnot_status status = wotnot_client_new(
 *         "{\"token\":\"...\",\"bot_key\":\"lead-bot\",\"base_url\":\"http://127.0.0.1:8080\","
 *         "\"webhook\":{\"token\":\"...\",\"listen\":\"127.0.0.1:8089\"}}", &client, &json);
 *     if (status != WOTNOT_OK) {
 *       fprintf(stderr, "%s\n", json);
 *       wotnot_string_free(json);
 *       return 1;
 *     }
 *     wotnot_string_free(json);
 *     status = wotnot_start_conversation(client,
 *         "{\"visitor_id\":\"visitor-42\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"Hi\"}}}",
 *         &json);
 *     printf("%s: %s\n", wotnot_status_name(status), json);
 *     wotnot_string_free(json);
 *     while (wotnot_receive(client, 5000, &json) == WOTNOT_OK) {
 *       puts(json);
 *       wotnot_string_free(json);
 *     }
 *     wotnot_string_free(json);
 *     return wotnot_client_close(client);
 *   }
 */

#ifndef WOTNOT_H
#define WOTNOT_H

#include <stddef.h>

/* Fixed-width types. A compiler without <stdint.h> defines WOTNOT_NO_STDINT and gives int32_t,
 * uint32_t and uint64_t itself before it includes this file. */
#ifndef WOTNOT_NO_STDINT
#include <stdint.h>
#endif

#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L)
#define WOTNOT_INLINE static inline
#elif defined(__GNUC__)
#define WOTNOT_INLINE static __inline__ __attribute__((unused))
#elif defined(_MSC_VER)
#define WOTNOT_INLINE static __inline
#else
#define WOTNOT_INLINE static
#endif

/* The `timeout_ms` of a wait without a time limit. */
#define WOTNOT_FOREVER 0xFFFFFFFFu

#ifdef __cplusplus
extern "C" {
#endif


/*
 Raised only by a break of this interface; also the number in the library's SONAME.
 */
#define WOTNOT_ABI_VERSION 1

/*
 What a function says: one of the `WOTNOT_*` numbers below. They are never reused.
 */
typedef int32_t wotnot_status;

/*
 A client. An id, not a pointer: 0 is never valid, and ids are never reused.
 */
typedef uint64_t wotnot_client;

/*
 Success.
 */
#define WOTNOT_OK 0

/*
 No event arrived within the time that `receive` was given. Not an error.
 */
#define WOTNOT_TIMEOUT 1

/*
 `interrupt` or a cancellation woke the call.
 */
#define WOTNOT_INTERRUPTED 2

/*
 The client was closed, now or before.
 */
#define WOTNOT_CLOSED 3

/*
 A required pointer was NULL.
 */
#define WOTNOT_NULL_ARGUMENT 10

/*
 A string was not UTF-8.
 */
#define WOTNOT_INVALID_UTF8 11

/*
 A string was not JSON.
 */
#define WOTNOT_INVALID_JSON 12

/*
 A field of the configuration or of the parameters is wrong; the message names it.
 */
#define WOTNOT_INVALID_ARGUMENT 13

/*
 The client id is zero or unknown.
 */
#define WOTNOT_INVALID_CLIENT 14

/*
 The client was made before a fork; make a new one in the child.
 */
#define WOTNOT_FORKED 15

/*
 There is no such method.
 */
#define WOTNOT_UNKNOWN_METHOD 16

/*
 Resolving, connecting, reading or writing failed.
 */
#define WOTNOT_NETWORK 20

/*
 The TLS handshake or the certificate was refused.
 */
#define WOTNOT_TLS 21

/*
 The proxy refused or could not be reached.
 */
#define WOTNOT_PROXY 22

/*
 The overall deadline passed.
 */
#define WOTNOT_REQUEST_TIMEOUT 23

/*
 The service refused the token.
 */
#define WOTNOT_UNAUTHORIZED 30

/*
 The API channel is not enabled in the account.
 */
#define WOTNOT_CHANNEL_NOT_ENABLED 31

/*
 The service made no conversation; try again later.
 */
#define WOTNOT_CONVERSATION_NOT_CREATED 32

/*
 The service called the request invalid.
 */
#define WOTNOT_INVALID_REQUEST 33

/*
 The service knows no such path or conversation.
 */
#define WOTNOT_NOT_FOUND 34

/*
 The service asked to slow down.
 */
#define WOTNOT_RATE_LIMITED 35

/*
 The service refused in another way: any other 4xx.
 */
#define WOTNOT_REJECTED 36

/*
 The service failed: any 5xx.
 */
#define WOTNOT_SERVER_ERROR 37

/*
 The answer is not what the API promises.
 */
#define WOTNOT_PROTOCOL_ERROR 38

/*
 The webhook token is missing or wrong.
 */
#define WOTNOT_WEBHOOK_REJECTED 39

/*
 A queue of this library is full, or the system gives no thread.
 */
#define WOTNOT_OVERLOADED 40

/*
 A fault of this library.
 */
#define WOTNOT_INTERNAL 90

/*
 A panic inside this library was caught.
 */
#define WOTNOT_PANIC 91

/*
 The `WOTNOT_ABI_VERSION` that the library was built with.
 */
uint32_t wotnot_abi_version(void);

/*
 The library's version, such as "0.1.0". Static: do not free it.
 */
const char *wotnot_version(void);

/*
 The name of a status, such as "rate_limited"; "unknown" for a number that the library does not
 know. Static: do not free it.
 */
const char *wotnot_status_name(wotnot_status status);

/*
 Makes a client. `config_json` is an object; all but `token` have defaults.

 On success `*out_client` is the client, to be closed with `wotnot_client_close`.
 Nothing is sent. A webhook listener is opened when the configuration asks for one.
 */
wotnot_status wotnot_client_new(const char *config_json,
                                wotnot_client *out_client,
                                char **out_json);

/*
 Closes a client: wakes every call that is blocked on it with `WOTNOT_CLOSED`, stops its
 listener, and drops the events that nobody received. Closing twice is ok.
 */
wotnot_status wotnot_client_close(wotnot_client client);

/*
 Calls a method: "start_conversation", "send_message", "open_conversation", "converse", "answer",
 "forget", "receive", "wait", "cancel", "parse_webhook", "accept_webhook", "public_event" or "status";
 through a gateway also "resolve", "transcript", "set_identity", "upload" and "set_app_state".
 `params_json` is an object; NULL stands for none.
 Blocks for at most the client's `timeout_ms`, or that of the parameters; "receive" and "wait"
 block until there is something, where the parameters give no `timeout_ms`.
 */
wotnot_status wotnot_call(wotnot_client client,
                          const char *method,
                          const char *params_json,
                          char **out_json);

/*
 The next event, in the order of arrival. Waits at most `timeout_ms` milliseconds: 0 looks
 without waiting, `WOTNOT_FOREVER` waits without end. Gives `WOTNOT_TIMEOUT` when none arrived. The
 same as `wotnot_call` of "receive", which can also wait for the events of one conversation.
 */
wotnot_status wotnot_receive(wotnot_client client, uint32_t timeout_ms, char **out_json);

/*
 Wakes those who wait in `wotnot_receive` now with `WOTNOT_INTERRUPTED`, and nothing else.
 */
wotnot_status wotnot_interrupt(wotnot_client client);

/*
 Frees a string that the library gave through an `out_json`. NULL is ok.
 */
void wotnot_string_free(char *string);

/*
 How many strings the caller has not freed yet. For leak tests.
 */
size_t wotnot_live_strings(void);

/*
 How many clients are not closed yet. For leak tests.
 */
size_t wotnot_live_clients(void);

/* The two calls that the vendor documents. Sugar over wotnot_call.
 *
 * The library exports two functions of these names and types as well, for languages that look functions
 * up by name. C and C++ use the inline ones, so that a program runs with any library of this interface. */

/* Starts a conversation: visitor_id, message {type, data}; variables, bot_key, timeout_ms. */
WOTNOT_INLINE wotnot_status wotnot_start_conversation(wotnot_client client,
                                                      const char *params_json, char **out_json) {
  return wotnot_call(client, "start_conversation", params_json, out_json);
}

/* Sends what the visitor answered: conversation_id, message {type, data}; timeout_ms. */
WOTNOT_INLINE wotnot_status wotnot_send_message(wotnot_client client, const char *params_json,
                                                char **out_json) {
  return wotnot_call(client, "send_message", params_json, out_json);
}

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* WOTNOT_H */
