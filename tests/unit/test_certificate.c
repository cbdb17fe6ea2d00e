/* The certificate: made, renewed, brought; the openssl command is the second opinion. */
#include "account_for_test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct folder { char dir[64]; at_ms now; };

static int set_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/cordon-cert-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->now = (at_ms)time(NULL) * 1000;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct folder *f = *state;
	remove_folder(f->dir);
	free(f);
	return 0;
}

static struct certificate ready(struct folder *f, const char *extra)
{
	struct certificate c;
	struct problem problem = {0};
	err_t error = certificate_ready(f->dir, extra, f->now, &c, &problem);
	if (error != ERR_NONE)
		fail_msg("certificate_ready: %s %s", error_row(error)->code, problem.detail);
	return c;
}

/* Runs a command line of openssl in the folder; its output into `out`. */
static int run(struct folder *f, const char *command, char *out, size_t out_size)
{
	char line[1024];
	snprintf(line, sizeof(line), "cd %s && %s 2>&1", f->dir, command);
	FILE *p = popen(line, "r");
	assert_non_null(p);
	size_t size = fread(out, 1, out_size - 1, p);
	out[size] = '\0';
	return WEXITSTATUS(pclose(p));
}

static mode_t mode_of(struct folder *f, const char *name)
{
	char path[128];
	struct stat st;
	snprintf(path, sizeof(path), "%s/tls/%s", f->dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void openssl_verifies_the_chain_and_the_names(void **state)
{
	struct folder *f = *state;
	char out[8192];
	struct certificate c = ready(f, "cordon.example, 192.0.2.7");
	assert_true(c.own);
	assert_int_equal(run(f, "openssl verify -x509_strict -purpose sslserver -CAfile tls/ca.pem"
	                        " -verify_hostname cordon.example tls/cert.pem", out, sizeof(out)), 0);
	assert_int_equal(run(f, "openssl verify -CAfile tls/ca.pem -verify_hostname localhost tls/cert.pem", out, sizeof(out)), 0);
	assert_int_equal(run(f, "openssl verify -CAfile tls/ca.pem -verify_ip 192.0.2.7 tls/cert.pem", out, sizeof(out)), 0);
	assert_int_equal(run(f, "openssl verify -CAfile tls/ca.pem -verify_ip 127.0.0.1 tls/cert.pem", out, sizeof(out)), 0);
	assert_int_not_equal(run(f, "openssl verify -CAfile tls/ca.pem -verify_hostname other.example tls/cert.pem", out, sizeof(out)), 0);
	assert_int_equal(run(f, "openssl x509 -in tls/cert.pem -noout -text", out, sizeof(out)), 0);
	assert_non_null(strstr(out, "NIST CURVE: P-256"));
	assert_non_null(strstr(out, "CA:FALSE"));
	assert_null(strstr(out, "169.254."));
	assert_null(strstr(out, "FE80:"));
	assert_int_equal(run(f, "openssl x509 -in tls/cert.pem -noout -fingerprint -sha256", out, sizeof(out)), 0);
	assert_non_null(strstr(out, c.sha256));
	assert_int_equal(run(f, "openssl x509 -in tls/ca.pem -noout -fingerprint -sha256", out, sizeof(out)), 0);
	assert_non_null(strstr(out, c.ca_sha256));
	assert_non_null(strstr(c.names, "cordon.example"));
	assert_non_null(strstr(c.names, "192.0.2.7"));
}

static void keys_are_for_their_owner_alone(void **state)
{
	struct folder *f = *state;
	ready(f, NULL);
	assert_int_equal(mode_of(f, "key.pem"), 0600);
	assert_int_equal(mode_of(f, "ca-key.pem"), 0600);
	assert_int_equal(mode_of(f, ""), 0700);
}

static void what_is_good_is_left_alone(void **state)
{
	struct folder *f = *state;
	struct certificate first = ready(f, NULL), second = ready(f, NULL);
	assert_string_equal(first.sha256, second.sha256);
	assert_true(first.at_end - f->now <= 825 * DAY_MS);
	assert_true(first.at_end - f->now >= 800 * DAY_MS);
}

static void it_is_renewed_in_its_last_thirty_days_and_the_root_stays(void **state)
{
	struct folder *f = *state;
	struct certificate first = ready(f, "cordon.example");
	f->now = first.at_end - 31 * DAY_MS;
	assert_string_equal(ready(f, NULL).sha256, first.sha256);
	f->now = first.at_end - 29 * DAY_MS;
	struct certificate renewed = ready(f, NULL);
	assert_string_not_equal(renewed.sha256, first.sha256);
	assert_string_equal(renewed.ca_sha256, first.ca_sha256);
	assert_true(renewed.at_end > first.at_end);
	assert_non_null(strstr(renewed.names, "cordon.example"));
}

static void a_root_at_its_end_is_replaced_with_its_leaf(void **state)
{
	struct folder *f = *state;
	char out[8192];
	struct certificate first = ready(f, NULL);
	f->now += 3640 * DAY_MS;
	struct certificate later = ready(f, NULL);
	assert_string_not_equal(later.ca_sha256, first.ca_sha256);
	assert_int_equal(run(f, "openssl verify -attime $(date -d '+3641 days' +%s) -CAfile tls/ca.pem tls/cert.pem", out, sizeof(out)), 0);
}

/* Found by tests/histories (clock 1970, TLS): one start with the clock set back, and no device trusted the server any more. */
static void a_clock_that_was_set_back_costs_no_certificate(void **state)
{
	struct folder *f = *state;
	char out[8192];
	struct certificate before = ready(f, NULL);
	f->now = 10000;
	struct certificate then = ready(f, NULL);
	assert_string_equal(then.ca_sha256, before.ca_sha256);
	assert_string_equal(then.sha256, before.sha256);
	then = ready(f, "cordon.example"); /* what must be made all the same is good when the clock is right again */
	assert_string_equal(then.ca_sha256, before.ca_sha256);
	assert_int_equal(run(f, "openssl verify -CAfile tls/ca.pem -verify_hostname cordon.example tls/cert.pem", out, sizeof(out)), 0);
}

static void a_missing_name_is_added(void **state)
{
	struct folder *f = *state;
	struct certificate first = ready(f, NULL), more = ready(f, "gate.example");
	assert_string_not_equal(first.sha256, more.sha256);
	assert_string_equal(first.ca_sha256, more.ca_sha256);
	assert_non_null(strstr(more.names, "gate.example"));
	assert_string_equal(ready(f, NULL).sha256, more.sha256);
	struct certificate c;
	struct problem problem;
	assert_int_equal(certificate_ready(f->dir, "not a name", f->now, &c, &problem), ERR_CERTIFICATE);
	assert_int_equal(certificate_ready(f->dir, "DNS:x,IP:1", f->now, &c, &problem), ERR_CERTIFICATE);
	assert_string_equal(ready(f, NULL).sha256, more.sha256);
}

static void a_pair_torn_by_a_crash_is_made_again(void **state)
{
	struct folder *f = *state;
	char out[8192];
	struct certificate first = ready(f, NULL);
	assert_int_equal(run(f, "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tls/key.pem", out, sizeof(out)), 0);
	struct certificate again = ready(f, NULL);
	assert_string_not_equal(first.sha256, again.sha256);
	assert_int_equal(run(f, ": > tls/key.pem; : > tls/cert.pem; printf half > tls/ca-key.pem; touch tls/ca.pem.new", out, sizeof(out)), 0);
	ready(f, NULL);
	assert_int_equal(run(f, "openssl verify -CAfile tls/ca.pem tls/cert.pem", out, sizeof(out)), 0);
}

static void brings(struct folder *f, const char *cert, const char *key, err_t wanted)
{
	char cert_path[128], key_path[128];
	struct problem problem;
	snprintf(cert_path, sizeof(cert_path), "%s/%s", f->dir, cert);
	snprintf(key_path, sizeof(key_path), "%s/%s", f->dir, key);
	assert_int_equal(certificate_bring(f->dir, cert_path, key_path, f->now, &problem), wanted);
}

static void a_pair_that_is_brought_is_checked_kept_and_never_renewed(void **state)
{
	struct folder *f = *state;
	char out[8192];
	ready(f, NULL);
	assert_int_equal(run(f, "openssl req -x509 -newkey rsa:2048 -nodes -days 10 -subj /CN=city.example"
	                        " -addext subjectAltName=DNS:city.example"
	                        " -keyout mine.key -out mine.pem && openssl genpkey -algorithm ED25519 -out other.key", out, sizeof(out)), 0);
	assert_int_equal(run(f, "openssl pkey -in mine.key -aes128 -passout pass:1234 -out locked.key", out, sizeof(out)), 0);
	f->now = ((at_ms)time(NULL) + 1) * 1000; /* openssl wrote its own "valid from" */
	brings(f, "mine.pem", "other.key", ERR_CERTIFICATE);
	brings(f, "mine.pem", "locked.key", ERR_CERTIFICATE);
	brings(f, "mine.key", "mine.key", ERR_CERTIFICATE);
	brings(f, "absent.pem", "mine.key", ERR_FILE_OPEN);
	assert_true(ready(f, NULL).own);
	brings(f, "mine.pem", "mine.key", ERR_NONE);
	struct certificate c = ready(f, "gate.example");
	assert_false(c.own);
	assert_string_equal(c.ca_path, "");
	assert_string_equal(c.names, "city.example");
	assert_int_equal(mode_of(f, "key.pem"), 0600);
	f->now += 20 * DAY_MS; /* has ended: served all the same */
	assert_string_equal(ready(f, NULL).sha256, c.sha256);
	brings(f, "mine.pem", "mine.key", ERR_CERTIFICATE);
	struct certificate own;
	assert_int_equal(certificate_new(f->dir, NULL, f->now, &own, NULL), ERR_NONE);
	assert_true(own.own);
}

/* Draws the code back from the half blocks, and has the one thing looked at that is known of every QR code: its finders. */
static void a_qr_code_has_its_three_finders(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1u << 20);
	assert_int_equal(certificate_qr("https://192.0.2.7:8443/ca.crt", &b), ERR_NONE);
	static bool dark[128][128];
	int x = 0, y = 0, width = 0;
	for (const char *c = b.at; *c != '\0'; c++) {
		if (*c == '\n') {
			width = x, x = 0, y += 2;
			continue;
		}
		bool upper = strncmp(c, "\xE2\x96\x80", 3) == 0,
		     lower = strncmp(c, "\xE2\x96\x84", 3) == 0, both = strncmp(c, "\xE2\x96\x88", 3) == 0;
		dark[y][x] = !upper && !both;
		dark[y + 1][x++] = !lower && !both;
		c += upper || lower || both ? 2 : 0;
	}
	buf_free(&b);
	int side = width - 8;
	assert_true(side >= 21 && (side - 21) % 4 == 0);
	const int corners[3][2] = {{4, 4}, {4, 4 + side - 7}, {4 + side - 7, 4}};
	for (int i = 0; i < 3; i++)
		for (int dy = 0; dy < 7; dy++)
			for (int dx = 0; dx < 7; dx++) {
				int ring = dx < dy ? (dx < 6 - dy ? dx : 6 - dy) : (dy < 6 - dx ? dy : 6 - dx);
				assert_int_equal(dark[corners[i][0] + dy][corners[i][1] + dx], ring != 1);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(openssl_verifies_the_chain_and_the_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_are_for_their_owner_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_good_is_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_renewed_in_its_last_thirty_days_and_the_root_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_root_at_its_end_is_replaced_with_its_leaf, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_costs_no_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_missing_name_is_added, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pair_torn_by_a_crash_is_made_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pair_that_is_brought_is_checked_kept_and_never_renewed, set_up, tear_down),
		cmocka_unit_test(a_qr_code_has_its_three_finders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
