/*
 * Sends numbered datagrams of 64 bytes at a steady rate to a forward and receives them where it leads to, both on IPv4:
 *
 *   datagrams FORWARD_ADDRESS SERVICE_ADDRESS PORT RATE SECONDS
 *
 * Prints one line of JSON: how many were sent and received, out of order, and the median and 99th percentile of their way
 * in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, SIZE = 64, MOST = 4000000, RECEIVE_BUFFER = 32 << 20 };

struct payload {
  int64_t number;
  int64_t sent_ns;
};

static int receiver;
static volatile int done;
static long received, disordered;
static uint32_t way_us[MOST];

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *receive(void *unused) {
  static char buffers[BATCH][SIZE];
  struct mmsghdr messages[BATCH];
  struct iovec vectors[BATCH];
  int64_t last = -1;
  (void)unused;
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){buffers[i], SIZE};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (!done) {
    int count = recvmmsg(receiver, messages, BATCH, MSG_WAITFORONE, NULL);
    int64_t now = now_ns();
    for (int i = 0; i < count; i++) {
      struct payload payload;
      memcpy(&payload, buffers[i], sizeof payload);
      if (payload.number <= last) disordered++;
      last = payload.number;
      if (received < MOST) way_us[received] = (now - payload.sent_ns) / 1000;
      received++;
    }
  }
  return NULL;
}

static int by_size(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return (a > b) - (a < b);
}

static struct sockaddr_in address_of(const char *text, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

static void open_receiver(struct sockaddr_in at) {
  int size = RECEIVE_BUFFER;
  struct timeval wait = {.tv_usec = 100000};
  receiver = socket(AF_INET, SOCK_DGRAM, 0);
  if (setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
    setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  if (bind(receiver, (struct sockaddr *)&at, sizeof at)) {
    perror("bind");
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  struct sockaddr_in to = address_of(argv[1], argv[3]);
  double rate = atof(argv[4]), seconds = atof(argv[5]);
  pthread_t thread;
  open_receiver(address_of(argv[2], argv[3]));
  pthread_create(&thread, NULL, receive, NULL);

  int sender = socket(AF_INET, SOCK_DGRAM, 0);
  connect(sender, (struct sockaddr *)&to, sizeof to);
  char packet[SIZE] = {0};
  long sent = 0;
  int64_t start = now_ns();
  double elapsed;
  while ((elapsed = (now_ns() - start) / 1e9) < seconds) {
    long due = rate * elapsed;
    for (int burst = 0; sent < due && burst < BATCH; burst++, sent++) {
      struct payload payload = {sent, now_ns()};
      memcpy(packet, &payload, sizeof payload);
      if (send(sender, packet, SIZE, 0) < 0) sent--;
    }
    if (sent >= due) nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
  }
  /* What is still queued on the way counts as received. */
  usleep(500000);
  done = 1;
  pthread_join(thread, NULL);
  long known = received < MOST ? received : MOST;
  qsort(way_us, known, sizeof *way_us, by_size);
  printf("{\"sent\":%ld,\"received\":%ld,\"disordered\":%ld,\"seconds\":%.3f,\"p50Us\":%u,\"p99Us\":%u}\n", sent,
         received, disordered, elapsed, known ? way_us[known / 2] : 0, known ? way_us[known * 99 / 100] : 0);
  return 0;
}
