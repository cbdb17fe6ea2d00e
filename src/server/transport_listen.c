/* server/transport_listen.c: the addresses that are listened on. */
#include "server/transport_inside.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static err_t split_listen(const char *listen_at, char host[64], char port[8], struct problem *problem)
{
	const char *colon = strrchr(listen_at, ':');
	size_t host_size = colon == NULL ? 0 : (size_t)(colon - listen_at);
	uint64_t number;
	if (colon == NULL || host_size >= 64 || strlen(colon + 1) >= 8 || !text_to_u64(text_of(colon + 1), &number) ||
			number > 65535)
		return problem_set(problem, ERR_USAGE, "listen", "\"%.80s\" is not ADDRESS:PORT", listen_at);
	const char *from = listen_at;
	if (host_size >= 2 && from[0] == '[' && from[host_size - 1] == ']') {
		from++;
		host_size -= 2;
	}
	memcpy(host, from, host_size);
	host[host_size] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return ERR_NONE;
}

static err_t open_listener(const char *listen_at, int *out_fd, int *out_port, struct problem *problem)
{
	char host[64], port[8];
	err_t error = split_listen(listen_at, host, port, problem);
	if (error != ERR_NONE)
		return error;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
	int gai = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
	if (gai != 0)
		return problem_set(problem, ERR_USAGE, "listen", "%.80s: %s", listen_at, gai_strerror(gai));
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	if (fd < 0)
		goto fail;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&bound, &size) < 0)
		goto fail;
	freeaddrinfo(found);
	*out_fd = fd;
	*out_port = ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&bound)->sin_port
	                                             : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
	return ERR_NONE;
fail:
	problem_set(problem, ERR_LISTEN, "listen", "%.80s: %s", listen_at, strerror(errno));
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return ERR_LISTEN;
}

static err_t listen_any(struct transport *t, const char *listen_at, struct listener like, int *out_port,
		struct problem *problem)
{
	if (t->listener_count == LISTENERS_MAX)
		return problem_set(problem, ERR_USAGE, "listen", "too many addresses to listen on");
	int fd, port;
	err_t error = open_listener(listen_at, &fd, &port, problem);
	if (error != ERR_NONE)
		return error;
	struct listener *l = &t->listeners[t->listener_count];
	*l = like;
	l->watch = (struct watch){WATCH_LISTENER, fd};
	error = watch_add(t, &l->watch);
	if (error != ERR_NONE) {
		close(fd);
		return problem_set(problem, error, "listen", "cannot watch the listening socket");
	}
	t->listener_count++;
	*out_port = port;
	return ERR_NONE;
}

err_t transport_listen_http(struct transport *t, const char *listen_at, int *out_port, struct problem *problem)
{
	return listen_any(t, listen_at, (struct listener){.http = true, .tls = t->tls != NULL}, out_port, problem);
}

err_t transport_listen_raw(struct transport *t, const char *listen_at, bool tls, const struct raw_events *events,
		void *ctx, int *out_port,
                           struct problem *problem)
{
	struct listener like = {.tls = tls && t->tls != NULL, .raw = events, .raw_ctx = ctx};
	return listen_any(t, listen_at, like, out_port, problem);
}
