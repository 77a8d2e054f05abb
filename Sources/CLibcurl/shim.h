#pragma once
#include <curl/curl.h>
#include <stddef.h>

// Swift cannot call C variadic functions, and libcurl's setters and getters are variadic: one inline function
// for each kind of argument. The parentheses keep the type-checking macros of curl/typecheck-gcc.h away.

static inline CURLcode pz_easy_set_long(CURL *easy, CURLoption option, long value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode pz_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode pz_easy_set_text(CURL *easy, CURLoption option, const char *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode pz_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode pz_easy_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return (curl_easy_setopt)(easy, option, value);
}

// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
typedef size_t (*pz_data_function)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode pz_easy_set_data_function(CURL *easy, CURLoption option, pz_data_function function) {
  return (curl_easy_setopt)(easy, option, function);
}

// CURLOPT_PREREQFUNCTION, libcurl 7.80 or later.
typedef int (*pz_before_request_function)(void *context, char *peer, char *local, int peer_port, int local_port);

static inline CURLcode pz_easy_set_before_request(CURL *easy, pz_before_request_function function) {
  return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, function);
}

// CURLOPT_OPENSOCKETFUNCTION: makes the socket for an address that is about to be connected to, or refuses it.
static inline CURLcode pz_easy_set_open_socket(CURL *easy, curl_opensocket_callback function) {
  return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}

static inline CURLcode pz_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode pz_easy_get_pointer(CURL *easy, CURLINFO info, void **value) {
  return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode pz_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return (curl_multi_setopt)(multi, option, value);
}

// The member of the union CURLMsg.data that goes with CURLMSG_DONE.
static inline CURLcode pz_message_result(const CURLMsg *message) {
  return message->data.result;
}
