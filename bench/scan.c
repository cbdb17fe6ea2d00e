/* bench scan: a passage line of 149 bytes, read by our scanner, by jansson (whole document, strict unpack of its fields) and by
 * cJSON (tree, then the same fields). One core, median of five rounds, all in the same run. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/when.h"
#include "../fuzz/scan_by_jansson.h"

#define LINES 20000
#define LINE_BYTES 149
#define ROUNDS 5

static char text[LINES][LINE_BYTES + 1];

static void make_lines(void)
{
	struct random r;
	random_seed(&r, 149);
	for (int i = 0; i < LINES; i++) {
		char at[WHEN_SIZE];
		char line[512];
		when_format(INT64_C(1795514400000) + (at_ms)random_below(&r, 7200000), 480, at);
		int size = snprintf(line, sizeof line,
		                    "{\"device\":\"G%02u-L%u\",\"boot\":%u,\"seq\":%u,\"at\":\"%s\","
		                    "\"checkpoint\":\"gate-%02u\",\"in\":1,\"out\":0",
		                    (unsigned)random_below(&r, 90) + 10,
		                    (unsigned)random_below(&r, 9) + 1, 1795510000u + (unsigned)random_below(&r, 99),
		                    100000u + (unsigned)i, at, (unsigned)random_below(&r, 90) + 10);
		memset(text[i], ' ', LINE_BYTES); /* what is left to 149 stands before the closing brace, as white space may */
		memcpy(text[i], line, size < LINE_BYTES - 1 ? (size_t)size : LINE_BYTES - 1);
		text[i][LINE_BYTES - 1] = '}';
	}
}

static uint64_t read_ours(int i)
{
	struct scan_scratch scratch;
	struct passage_said p;
	return device_scan_passage((struct text){text[i], LINE_BYTES}, &scratch, &p) == ERR_NONE ? p.seq + p.in : 0;
}

static uint64_t read_jansson(int i)
{
	json_t *root = json_loadb(text[i], LINE_BYTES, JSON_REJECT_DUPLICATES, NULL);
	const char *device, *at, *checkpoint;
	json_int_t boot, seq, in, out;
	at_ms when;
	uint64_t sum = 0;
	if (root != NULL && json_unpack(root, "{s:s, s:I, s:I, s:s, s:s, s:I, s:I !}", "device", &device, "boot", &boot, "seq", &seq, "at", &at,
	                                "checkpoint", &checkpoint, "in", &in, "out", &out) == 0 &&
	    when_parse(text_of(at), &when, NULL) == ERR_NONE)
		sum = (uint64_t)(seq + in);
	json_decref(root);
	return sum;
}

static uint64_t read_cjson(int i)
{
	cJSON *root = cJSON_ParseWithLength(text[i], LINE_BYTES);
	at_ms when;
	uint64_t sum = 0;
	const cJSON *at = cJSON_GetObjectItemCaseSensitive(root, "at"), *seq = cJSON_GetObjectItemCaseSensitive(root, "seq");
	const cJSON *in = cJSON_GetObjectItemCaseSensitive(root, "in"), *device = cJSON_GetObjectItemCaseSensitive(root, "device");
	if (cJSON_IsString(at) && cJSON_IsNumber(seq) && cJSON_IsNumber(in) && cJSON_IsString(device) &&
	    when_parse(text_of(at->valuestring), &when, NULL) == ERR_NONE)
		sum = (uint64_t)seq->valuedouble + (uint64_t)in->valuedouble;
	cJSON_Delete(root);
	return sum;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Records a second: the median of five rounds of at least a fifth of a second. */
static double measure(uint64_t (*read)(int), uint64_t wanted)
{
	struct clock clock = clock_system();
	double rates[ROUNDS];
	for (int round = 0; round < ROUNDS; round++) {
		int64_t start_ns = clock.monotonic_ns(clock.self), for_ns = 0;
		uint64_t count = 0;
		while (for_ns < 200000000) {
			uint64_t sum = 0;
			for (int i = 0; i < LINES; i++)
				sum += read(i);
			if (sum != wanted) {
				fprintf(stderr, "a parser read something else\n");
				exit(1);
			}
			count += LINES;
			for_ns = clock.monotonic_ns(clock.self) - start_ns;
		}
		rates[round] = (double)count / ((double)for_ns / 1e9);
	}
	qsort(rates, ROUNDS, sizeof rates[0], compare);
	return rates[ROUNDS / 2];
}

static void say(const char *name, double rate, const char *against, double peer)
{
	printf("{\"bench\":\"scan\",\"case\":\"%s\",\"figure\":\"records_per_s\",\"value\":%.0f,\"unit\":\"1/s\","
	       "\"against\":\"%s\",\"ratio\":%.2f}\n",
	       name, rate, against, rate / peer);
}

int main(void)
{
	uint64_t wanted = 0;
	make_lines();
	for (int i = 0; i < LINES; i++)
		wanted += read_ours(i);
	double ours = measure(read_ours, wanted), jansson = measure(read_jansson, wanted), cjson = measure(read_cjson, wanted);
	say("cordon-149-bytes", ours, "jansson", jansson);
	say("cordon-149-bytes", ours, "cjson", cjson);
	say("jansson-149-bytes", jansson, "jansson", jansson);
	say("cjson-149-bytes", cjson, "jansson", jansson);
	return 0;
}
