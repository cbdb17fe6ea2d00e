/* tests/histories/wall.c: a wall clock that can be set while the server runs; to be loaded before it (LD_PRELOAD).
 *
 * CORDON_WALL names a file of eight bytes: by how many nanoseconds the wall clock is ahead, little-endian. It is mapped, so
 * that what is written there holds at once. Only the wall clock moves. libfaketime 0.9.10 does not do: with its
 * FAKETIME_DONT_FAKE_MONOTONIC every pthread_cond_timedwait on CLOCK_MONOTONIC returns at once.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_ns;

__attribute__((constructor)) static void map_wall(void)
{
	const char *path = getenv("CORDON_WALL");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		abort(); /* a test of clocks without its clock would pass by luck */
	ahead_ns = at;
	close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, out);
	if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && ahead_ns != NULL) {
		int64_t ns = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec + *ahead_ns;
		ns = ns < 0 ? 0 : ns;
		out->tv_sec = (time_t)(ns / 1000000000);
		out->tv_nsec = (long)(ns % 1000000000);
	}
	return rc;
}

time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;
	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = (suseconds_t)(now.tv_nsec / 1000);
	return 0;
}
