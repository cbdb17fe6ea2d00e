/* server/server.c: putting the parts together, running, and ending in order. */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "server/inside.h"
#include "server/mqtt_carrier.h"

/* What lives from start to end; in the order in which it is made. */
struct run {
	struct server server;
	struct certificate certificate;
	int signals_fd;
	bool ending;
	int mqtt_port;
	char password[ACCOUNT_PASSWORD_BYTES];
};

/* ---- events of the loop ---- */

static void wake(void *ctx)
{
	struct run *r = ctx;
	transport_wake(r->server.transport);
}

static void woken(void *ctx)
{
	struct server *s = ctx;
	live_poll(s->live);
	work_poll(s->work);
}

static void room(void *ctx)
{
	struct run *r = ctx;
	passages_room(&r->server);
	if (r->server.mqtt != NULL)
		mqtt_carrier_room(r->server.mqtt);
}

static void each_second(void *ctx) { sockets_tick(ctx); }
static void each_moment(void *ctx) { passages_tick(ctx); }

static void signalled(void *ctx)
{
	struct run *r = ctx;
	struct signalfd_siginfo info;
	while (read(r->signals_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (r->ending) {
			log_warn("server", "second signal: ending at once");
			transport_stop(r->server.transport);
			return;
		}
		log_info("server", "ending: answering what waits");
		r->ending = true;
		transport_drain(r->server.transport);
	}
}

/* ---- start ---- */

static bool is_loopback(const char *listen_at)
{
	return strncmp(listen_at, "127.", 4) == 0 || strncmp(listen_at, "localhost:", 10) == 0 ||
			strncmp(listen_at, "[::1]:", 6) == 0;
}

static err_t check_settings(const struct server_settings *st, struct problem *problem)
{
	if (st->plain && (!is_loopback(st->listen) || (st->listen_mqtt != NULL && !is_loopback(st->listen_mqtt))))
		return problem_set(problem, ERR_USAGE, "--plain",
				"without TLS only on 127.0.0.1, [::1] or localhost: passwords would be readable by others");
	if ((st->cert_path == NULL) != (st->key_path == NULL))
		return problem_set(problem, ERR_USAGE, "--cert", "--cert and --key go together");
	return ERR_NONE;
}

/* As many connections as the system allows: the limits of our own are lower, and say why. */
static void raise_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < PEERS_MAX + 256)
		log_warn("server", "the system allows only %llu open files: fewer than %d connections",
				(unsigned long long)files.rlim_cur, PEERS_MAX);
}

/* Signals come as bytes on a descriptor, to the loop alone; set before any thread is made, so that all inherit it. */
static err_t take_signals(struct run *r, struct problem *problem)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write, not the end of the server */
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 || (r->signals_fd = signalfd(-1, &set,
			SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		return problem_set(problem, ERR_MEMORY, NULL, "signals cannot be taken: %s", strerror(errno));
	return ERR_NONE;
}

static void read_ca(struct server *s, const char *path)
{
	char bytes[16384];
	int fd = path[0] == '\0' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes));
	if (fd >= 0)
		close(fd);
	if (size > 0 && size < (ssize_t)sizeof(bytes))
		buf_add(&s->ca, bytes, (size_t)size);
}

static err_t start_tls(struct run *r, struct transport_settings *out, struct problem *problem)
{
	struct server *s = &r->server;
	const struct server_settings *st = &s->settings;
	if (st->plain)
		return ERR_NONE;
	s->tls = true;
	if (st->cert_path == NULL) {
		struct clock clock = clock_system();
		err_t error = certificate_ready(st->data_dir, NULL, clock.now(clock.self), &r->certificate, problem);
		if (error != ERR_NONE)
			return error;
		read_ca(s, r->certificate.ca_path);
	}
	out->cert_path = st->cert_path != NULL ? st->cert_path : r->certificate.cert_path;
	out->key_path = st->cert_path != NULL ? st->key_path : r->certificate.key_path;
	return ERR_NONE;
}

static err_t start_state(struct run *r, struct problem *problem)
{
	struct server *s = &r->server;
	err_t error = store_open(s->settings.data_dir, &s->store, problem);
	if (error == ERR_NONE)
		error = accounts_open(s->store, clock_system(), r->password, &s->accounts, problem);
	return error;
}

static err_t start_network(struct run *r, struct problem *problem)
{
	struct server *s = &r->server;
	struct transport_settings transport = {.http = &server_http_events, .woken = woken, .ctx = s};
	err_t error = start_tls(r, &transport, problem);
	if (error == ERR_NONE)
		error = transport_new(&transport, &s->transport, problem);
	if (error == ERR_NONE && transport_watch(s->transport, r->signals_fd, signalled, r) != ERR_NONE)
		error = problem_set(problem, ERR_MEMORY, NULL, "signals cannot be watched");
	if (error == ERR_NONE && (transport_every(s->transport, 1000, each_second, s) != ERR_NONE ||
	                          transport_every(s->transport, 100, each_moment, s) != ERR_NONE))
		error = problem_set(problem, ERR_MEMORY, NULL, "timers cannot be set");
	return error;
}

static err_t start_live(struct run *r, struct problem *problem)
{
	struct server *s = &r->server;
	struct live_settings live = {.store = s->store, .clock = clock_system(), .wake = wake, .room = room, .ctx = r};
	err_t error = work_new(WORKERS, WORK_WAITING_MAX, wake, r, &s->work);
	if (error == ERR_NONE)
		error = live_new(&live, &s->live, problem);
	if (error == ERR_NONE)
		live_subscribe(s->live, sockets_published, s);
	struct rehearsals_settings rehearsals = {.store = s->store, .clock = clock_system(), .program = s->settings.program};
	if (error == ERR_NONE)
		error = rehearsals_new(&rehearsals, &s->rehearsals);
	return error;
}

static err_t start_listening(struct run *r, struct problem *problem)
{
	struct server *s = &r->server;
	err_t error = transport_listen_http(s->transport, s->settings.listen, &s->port, problem);
	if (error != ERR_NONE || s->settings.listen_mqtt == NULL)
		return error;
	struct mqtt_carrier_settings mqtt = {.transport = s->transport, .live = s->live, .accounts = s->accounts,
			.clock = clock_system(),
		.listen = s->settings.listen_mqtt, .tls = s->tls};
	return mqtt_carrier_start(&mqtt, &r->mqtt_port, &r->server.mqtt, problem);
}

/* ---- saying that it runs ---- */

/* The address to open: a listening address that means "all" is no address to go to. */
static void write_url(const struct run *r, char out[128])
{
	const struct server *s = &r->server;
	const char *colon = strrchr(s->settings.listen, ':');
	int size = colon == NULL ? 0 : (int)(colon - s->settings.listen);
	bool any = size == 0 || strncmp(s->settings.listen, "0.0.0.0:", 8) == 0 ||
			strncmp(s->settings.listen, "[::]:", 5) == 0;
	snprintf(out, 128, "%s://%.*s:%d", s->tls ? "https" : "http", any ? 9 : size, any ? "localhost"
			: s->settings.listen, s->port);
}

/* Written aside and renamed: who waits for the file never reads half of it. */
static err_t write_ready(const struct run *r, struct problem *problem)
{
	const char *path = r->server.settings.ready_file;
	char url[128], aside[600];
	struct buf out;
	err_t error = ERR_NONE;
	if (path == NULL)
		return ERR_NONE;
	write_url(r, url);
	buf_init(&out, 2048);
	buf_add_str(&out, "{\"url\":");
	buf_add_json_str(&out, url);
	buf_addf(&out, ",\"port\":%d,\"mqtt_port\":", r->server.port);
	if (r->server.mqtt != NULL)
		buf_add_i64(&out, r->mqtt_port);
	else
		buf_add_str(&out, "null");
	buf_add_str(&out, ",\"ca\":");
	buf_add_json_str(&out, r->certificate.ca_path[0] == '\0' ? NULL : r->certificate.ca_path);
	buf_add_str(&out, ",\"password\":");
	buf_add_json_str(&out, r->password[0] == '\0' ? NULL : r->password);
	buf_addf(&out, ",\"pid\":%ld}\n", (long)getpid());
	snprintf(aside, sizeof(aside), "%s.part", path);
	unlink(aside); /* one left over, or laid there for us, may be readable by others */
	int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, out.at, out.size) != (ssize_t)out.size || rename(aside, path) < 0)
		error = problem_set(problem, ERR_FILE_WRITE, "--ready", "%.200s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	buf_free(&out);
	return error;
}

static void say_ready(const struct run *r)
{
	char url[128];
	write_url(r, url);
	printf("Cordon is running / 已启动: %s\n", url);
	if (r->server.mqtt != NULL)
		printf("MQTT: port %d\n", r->mqtt_port);
	if (r->password[0] != '\0')
		printf("\n  First sign-in / 首次登录\n    name / 用户名:   admin\n    password / 密码: %s\n"
		       "  It is shown this once; you choose your own when you sign in.\n"
		       "  仅显示这一次，登录后请自行修改。\n\n",
		       r->password);
	if (r->certificate.own)
		printf("Phones trust this server after: cordon cert --data %s   (shows a QR code)\n"
		       "手机信任本服务器：运行 cordon cert --data %s 并扫描二维码\n",
		       r->server.settings.data_dir, r->server.settings.data_dir);
	fflush(stdout);
}

/* ---- run and end ---- */

static err_t start(struct run *r, struct problem *problem)
{
	struct server *s = &r->server;
	err_t error = check_settings(&s->settings, problem);
	if (error == ERR_NONE)
		error = take_signals(r, problem);
	if (error == ERR_NONE)
		error = web_load(s->settings.web_dir, &s->web, problem);
	if (error == ERR_NONE)
		error = server_write_openapi(&s->openapi);
	if (error == ERR_NONE)
		error = start_state(r, problem);
	if (error == ERR_NONE)
		error = start_network(r, problem);
	if (error == ERR_NONE)
		error = start_live(r, problem);
	if (error == ERR_NONE)
		error = start_listening(r, problem);
	if (error == ERR_NONE)
		error = write_ready(r, problem);
	return error;
}

/* Connections go before live/, because their batches are its; the transport itself goes after it, because its threads
 * wake it. */
static void finish(struct run *r)
{
	struct server *s = &r->server;
	if (r->server.mqtt != NULL)
		mqtt_carrier_stop(r->server.mqtt);
	work_free(s->work);
	s->work = NULL; /* what live/ still has to tell is written down without it */
	transport_close(s->transport);
	rehearsals_free(s->rehearsals);
	live_free(s->live);
	transport_free(s->transport);
	mqtt_carrier_free(r->server.mqtt);
	passages_free_all(s);
	sockets_free_all(s);
	plans_free_all(s);
	accounts_close(s->accounts);
	store_close(s->store);
	web_free(s->web);
	buf_free(&s->openapi);
	buf_free(&s->ca);
	calls_end(s);
	if (r->signals_fd >= 0)
		close(r->signals_fd);
}

int server_run(const struct server_settings *settings)
{
	struct run *r = calloc(1, sizeof(*r));
	struct problem problem = {0};
	if (r == NULL) {
		fputs("cordon serve: no memory left\n", stderr);
		return 1;
	}
	r->signals_fd = -1;
	r->server.settings = *settings;
	buf_init(&r->server.openapi, (size_t)1 << 20);
	buf_init(&r->server.ca, 16384);
	snprintf(r->server.version, sizeof(r->server.version), "%s", CORDON_VERSION);
	raise_files();
	err_t error = start(r, &problem);
	if (error == ERR_NONE) {
		say_ready(r);
		transport_wake(r->server.transport);
		transport_run(r->server.transport);
	} else {
		const struct error_row *row = error_row(error);
		fprintf(stderr, "cordon serve: %s%s%s%s%s\n  %s\n", row->reason_en, problem.field[0] != '\0' ? " (" : "",
				problem.field,
		        problem.field[0] != '\0' ? ")" : "", "", problem.detail[0] != '\0' ? problem.detail : row->fix_en);
	}
	finish(r);
	if (settings->ready_file != NULL && error == ERR_NONE)
		unlink(settings->ready_file);
	free(r);
	return error == ERR_NONE ? 0 : error == ERR_USAGE ? 2 : 1;
}
