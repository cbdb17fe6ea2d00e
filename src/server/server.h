/* server/server.h: HTTP, WebSocket, MQTT on one loop thread; routes as data; static files.
 *
 * Sockets, TLS and framing are behind transport.h (inside this folder) and nowhere else. HTTP/1.1 only.
 * No blocking call lives on the loop: Argon2, plan checks and files over 1 MiB go to a small
 * pool of workers (work.h).
 *
 * Limits: see bounds.h: connections, headers, bodies by route, time for a header (10 s), for a body to make progress
 * (30 s), idle keep-alive (60 s), WebSocket clients, bytes waiting for a slow reader (conflated to a fresh state, then
 * closed with a resume hint).
 */
#ifndef CORDON_SERVER_SERVER_H
#define CORDON_SERVER_SERVER_H

#include "base/text.h"

struct server_settings {
	const char *data_dir;
	const char *listen;        /* "ADDR:PORT", port 0 = any free one */
	const char *listen_mqtt;   /* "ADDR:PORT", NULL = none */
	const char *web_dir;       /* the built page */
	bool plain;                /* no TLS: only for loopback, refused elsewhere */
	const char *cert_path, *key_path; /* NULL: data_dir/tls */
	const char *program;       /* this program, to run rehearsals in; NULL: none are run */
	const char *ready_file;    /* NULL, or: written when ready: {"url":..,"mqtt_port":..,"password":..} */
};
/* Runs until SIGINT or SIGTERM, then drains (stops listening, answers what waits, closes sockets, snapshots). Prints the URL and, at the
 * first start, the administrator's password. Returns the exit code. */
int server_run(const struct server_settings *settings);

/* docs/openapi.json from the route table. */
err_t server_write_openapi(struct buf *out);

#endif
