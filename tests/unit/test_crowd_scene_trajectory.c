/* The trajectory file read back by what docs/TRAJECTORIES.md says, against the walkers themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scene_for_test.h"

enum { BYTES_MAX = 1 << 22, PEOPLE = 80 };
struct file { uint8_t *bytes; size_t size, at; };

static int to_file(void *ctx, const void *bytes, size_t size)
{
	struct file *f = ctx;
	if (f->size + size > BYTES_MAX)
		return 1;
	memcpy(f->bytes + f->size, bytes, size);
	f->size += size;
	return 0;
}

static uint64_t get(struct file *f)
{
	uint64_t value = 0;
	for (int shift = 0;; shift += 7) {
		assert_true(f->at < f->size && shift < 63);
		uint8_t byte = f->bytes[f->at++];
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
}

static int64_t get_signed(struct file *f)
{
	uint64_t v = get(f);
	return v & 1 ? -(int64_t)(v >> 1) - 1 : (int64_t)(v >> 1);
}

struct known { bool seen; int64_t x, y, dx, dy; };

/* Reads one frame's walkers into known[]; gives the count, and their numbers. */
static uint32_t read_frame(struct file *f, struct known *known, uint64_t *step, uint32_t *numbers)
{
	assert_int_equal(get(f), 1);
	*step = get(f);
	uint32_t count = (uint32_t)get(f);
	uint64_t number = 0;
	for (uint32_t i = 0; i < count; i++) {
		number += get(f);
		assert_true(number < PEOPLE);
		struct known *k = &known[number];
		int64_t x = k->x + k->dx + get_signed(f), y = k->y + k->dy + get_signed(f);
		*k = (struct known){true, x, y, k->seen ? x - k->x : 0, k->seen ? y - k->y : 0};
		numbers[i] = (uint32_t)number;
	}
	return count;
}

static struct crowd_scene *some_scene(void)
{
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, -7, 100, 13, 110);
	uint32_t exit = add_goal(d, "exit", true, 12, 100, 13, 110);
	const struct crowd_curve_point curve[] = {{0, 0}, {20, 1}};
	struct crowd_scene_source source = {.id = "s", .polygon = RECTANGLE(-6, 101, -2, 109), .ppl = PEOPLE, .curve = {curve, 2},
		.route = route_to(d, &exit, 1, NULL)};
	assert_int_equal(crowd_draft_source(d, &source), ERR_NONE);
	return new_scene(d, (struct crowd_scene_settings){.seed = 7});
}

static void what_is_read_back_is_where_they_were_to_the_centimetre(void **state)
{
	(void)state;
	struct crowd_scene *s = some_scene();
	struct file f = {malloc(BYTES_MAX), 0, 0};
	static struct known known[PEOPLE];
	uint32_t numbers[PEOPLE], frames = 0, walkers = 0;
	uint64_t step;
	memset(known, 0, sizeof known);
	assert_int_equal(crowd_trajectory_begin(s, 10, to_file, &f), ERR_NONE);
	f.at = (size_t)((uint8_t *)memchr(f.bytes, '\n', f.size) + 1 - f.bytes);
	assert_memory_equal(f.bytes, "{\"cordon\":\"trajectory\",\"version\":1,\"x_m\":-7.000,\"y_m\":100.000,", 62);
	size_t head = f.at;
	for (int i = 0; i <= 800; i++) {
		if (i % 10 == 0) {
			uint32_t count, present = read_frame(&f, known, &step, numbers);
			const struct crowd_walker *w = crowd_scene_walkers(s, &count);
			assert_int_equal(step, i);
			assert_int_equal(present, count);
			assert_int_equal(f.at, f.size);
			for (uint32_t k = 0; k < count; k++) {
				assert_int_equal(numbers[k], w[k].number);
				assert_true(fabs((double)known[numbers[k]].x * 0.01 - 7 - (double)w[k].x_m) < 0.0052);
				assert_true(fabs((double)known[numbers[k]].y * 0.01 + 100 - (double)w[k].y_m) < 0.0052);
			}
			frames++;
			walkers += count;
		}
		assert_int_equal(crowd_scene_step(s), ERR_NONE);
	}
	assert_int_equal(crowd_trajectory_end(s), ERR_NONE);
	assert_int_equal(get(&f), 0);
	assert_int_equal(get(&f), frames);
	assert_int_equal(f.at, f.size);
	print_message("%.2f bytes a walker and frame\n", (double)(f.size - head) / walkers);
	assert_true((double)(f.size - head) < 6.0 * walkers);
	crowd_scene_free(s);
	free(f.bytes);
}

static int refuses(void *ctx, const void *bytes, size_t size)
{
	(void)bytes;
	(void)size;
	return ++*(int *)ctx > 2;
}

static void a_writer_that_refuses_stops_the_scene(void **state)
{
	(void)state;
	struct crowd_scene *s = some_scene();
	int calls = 0;
	assert_int_equal(crowd_trajectory_begin(s, 1, refuses, &calls), ERR_NONE);
	assert_int_equal(crowd_scene_step(s), ERR_NONE);
	assert_int_equal(crowd_scene_step(s), ERR_CROWD_STOPPED);
	crowd_scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_back_is_where_they_were_to_the_centimetre),
		cmocka_unit_test(a_writer_that_refuses_stops_the_scene),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
