// What a machine can do at most: takes an AMI stream from a TCP socket and slices every header into name and
// value, without making anything of them. The Swift program beside it is measured against this.
//
// usage: reference PORT        connects to 127.0.0.1:PORT, reads to the end, prints one line
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, HELD_BYTES = 1024 * 1024, HEADERS_MAX = 256 };

struct header {
  const char *name, *value;
  uint32_t name_bytes, value_bytes;
};

static struct header headers[HEADERS_MAX];
static int header_count;
static unsigned long events, header_total, checksum;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void take_line(const char *line, const char *end) {
  if (end > line && end[-1] == '\r') end--;
  if (end == line) {
    if (header_count) {
      events++;
      header_total += header_count;
      checksum += headers[0].value_bytes;
    }
    header_count = 0;
    return;
  }
  const char *colon = memchr(line, ':', end - line);
  if (!colon || header_count == HEADERS_MAX) return;
  const char *value = colon + 1;
  if (value < end && *value == ' ') value++;
  headers[header_count++] = (struct header){line, value, colon - line, end - value};
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: reference PORT\n");
    return 2;
  }
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(atoi(arguments[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection, (void *)&address, sizeof address)) {
    perror("connect");
    return 1;
  }
  char *held = malloc(HELD_BYTES);
  size_t length = 0;
  double started = seconds();
  for (;;) {
    if (length + READ_BYTES > HELD_BYTES) length = 0;
    ssize_t got = read(connection, held + length, READ_BYTES);
    if (got <= 0) break;
    length += got;
    // Whole messages only, so that all slices of one message stay valid until its end.
    char *end = memrchr(held, '\n', length);
    while (end && !(end - held >= 3 && end[-1] == '\r' && end[-2] == '\n')) end = memrchr(held, '\n', end - held);
    if (!end) continue;
    const char *at = held, *stop = end + 1;
    while (at < stop) {
      const char *feed = memchr(at, '\n', stop - at);
      take_line(at, feed);
      at = feed + 1;
    }
    length -= stop - held;
    memmove(held, stop, length);
  }
  double took = seconds() - started;
  printf("c %lu events %lu headers %.4f s %.0f events/s %lu\n", events, header_total, took, events / took, checksum);
  return 0;
}
