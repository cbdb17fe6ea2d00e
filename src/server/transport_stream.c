/* server/transport_stream.c: bytes in and out of a connection, plain or through TLS. All that knows a connection's socket is here:
 * the fuzzers put memory in its place. */
#include "server/transport_inside.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static enum stream_result tls_result(struct peer *p, int result)
{
	switch (SSL_get_error(p->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return STREAM_LATER;
	default:
		return STREAM_END;
	}
}

enum stream_result stream_shake(struct peer *p)
{
	if (p->ssl == NULL) {
		p->shaken = true;
		return STREAM_MORE;
	}
	ERR_clear_error();
	int result = SSL_accept(p->ssl);
	if (result == 1) {
		p->shaken = true;
		return STREAM_MORE;
	}
	enum stream_result said = tls_result(p, result);
	p->want_write = said == STREAM_LATER && SSL_get_error(p->ssl, result) == SSL_ERROR_WANT_WRITE;
	return said;
}

enum stream_result stream_read(struct peer *p, void *bytes, size_t size, size_t *out_size)
{
	if (p->ssl != NULL) {
		ERR_clear_error();
		int result = SSL_read_ex(p->ssl, bytes, size, out_size);
		return result == 1 ? STREAM_MORE : tls_result(p, result);
	}
	ssize_t result;
	do
		result = recv(p->watch.fd, bytes, size, 0);
	while (result < 0 && errno == EINTR);
	if (result > 0) {
		*out_size = (size_t)result;
		return STREAM_MORE;
	}
	return result < 0 && errno == EAGAIN ? STREAM_LATER : STREAM_END;
}

bool stream_has_more(const struct peer *p)
{
	return p->ssl != NULL && SSL_pending(p->ssl) > 0;
}

/* TLS makes a record of each write: small pieces are joined before. */
static enum stream_result tls_write(struct peer *p, struct text first, struct text second, size_t *out_size)
{
	uint8_t joined[16384];
	const void *bytes = first.at;
	size_t size = first.size;
	if (size < sizeof(joined) && second.size > 0) {
		size_t more = second.size < sizeof(joined) - size ? second.size : sizeof(joined) - size;
		if (size > 0)
			memcpy(joined, first.at, size);
		memcpy(joined + size, second.at, more);
		bytes = joined;
		size += more;
	}
	ERR_clear_error();
	int result = SSL_write_ex(p->ssl, bytes, size, out_size);
	return result == 1 ? STREAM_MORE : tls_result(p, result);
}

enum stream_result stream_write(struct peer *p, struct text first, struct text second, size_t *out_size)
{
	if (p->ssl != NULL)
		return tls_write(p, first, second, out_size);
	/* sendmsg does not write: the cast takes away a const that the interface cannot say. */
	union { const char *given; void *wanted; } a = {first.at}, b = {second.at};
	struct iovec parts[2] = {{a.wanted, first.size}, {b.wanted, second.size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t result;
	do
		result = sendmsg(p->watch.fd, &message, MSG_NOSIGNAL);
	while (result < 0 && errno == EINTR);
	if (result >= 0) {
		*out_size = (size_t)result;
		return STREAM_MORE;
	}
	return errno == EAGAIN ? STREAM_LATER : STREAM_END;
}

bool stream_watch(struct peer *p, uint32_t interest)
{
	struct epoll_event event = {.events = interest, .data.ptr = &p->watch};
	int how = p->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	p->watched = true;
	return epoll_ctl(p->t->epoll_fd, how, p->watch.fd, &event) == 0;
}

bool stream_end(struct peer *p)
{
	if (p->ssl != NULL)
		SSL_shutdown(p->ssl);
	return shutdown(p->watch.fd, SHUT_WR) == 0;
}

void stream_close(struct peer *p)
{
	if (p->ssl != NULL) {
		ERR_clear_error();
		if (p->shaken)
			SSL_shutdown(p->ssl);
		SSL_free(p->ssl);
		p->ssl = NULL;
	}
	close(p->watch.fd);
	p->watch.fd = -1;
}
