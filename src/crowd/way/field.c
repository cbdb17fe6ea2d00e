/* crowd/way/field.c: fast marching. See field.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/way/field.h"

enum { FROZEN = 128, EMPTY = -1 };

/* ---- the front: cells by their time, in a ring of buckets ---- */
struct entry { uint32_t cell; int32_t next; };
struct front {
	int32_t *heads;
	struct entry *entries;
	uint32_t mask, used, capacity;
	int32_t unused;        /* list of entries given back */
	size_t waiting;
	float buckets_a_s;
	uint64_t now;          /* the bucket that is being emptied */
};

static err_t front_push(struct front *q, uint32_t cell, float time_s)
{
	int32_t at = q->unused;
	if (at != EMPTY) {
		q->unused = q->entries[at].next;
	} else {
		if (q->used == q->capacity) {
			struct entry *more = realloc(q->entries, 2 * (size_t)q->capacity * sizeof *more);
			if (more == NULL)
				return ERR_MEMORY;
			q->entries = more;
			q->capacity *= 2;
		}
		at = (int32_t)q->used++;
	}
	uint64_t bucket = (uint64_t)(time_s * q->buckets_a_s);
	if (bucket < q->now)
		bucket = q->now;
	q->entries[at] = (struct entry){cell, q->heads[bucket & q->mask]};
	q->heads[bucket & q->mask] = at;
	q->waiting++;
	return ERR_NONE;
}

static uint32_t front_pop(struct front *q)
{
	while (q->heads[q->now & q->mask] == EMPTY)
		q->now++;
	int32_t at = q->heads[q->now & q->mask];
	q->heads[q->now & q->mask] = q->entries[at].next;
	q->entries[at].next = q->unused;
	q->unused = at;
	q->waiting--;
	return q->entries[at].cell;
}

/* ---- one march ---- */
struct march {
	struct front front;
	float *time_s;
	uint8_t *state;            /* links, and FROZEN */
	const float *pace_s_m;
	uint32_t columns;
	float cell_m;
	const struct raster *raster;
};

/* One direction of the difference: (factor T - value)^2. Values are relative to `base`. */
struct side { float nearest, second; bool far; };

static struct side better_side(const struct march *m, uint32_t cell, ptrdiff_t step, uint8_t forth, uint8_t back)
{
	struct side s = {INFINITY, INFINITY, false};
	for (int turn = 0; turn < 2; turn++, step = -step) {
		uint8_t bit = turn == 0 ? forth : back;
		if ((m->state[cell] & bit) == 0)
			continue;
		size_t near = (size_t)((ptrdiff_t)cell + step);
		if ((m->state[near] & FROZEN) == 0 || m->time_s[near] >= s.nearest)
			continue;
		s.nearest = m->time_s[near];
		s.far = false;
		if (m->state[near] & bit) {
			size_t next = (size_t)((ptrdiff_t)near + step);
			s.far = (m->state[next] & FROZEN) != 0 && m->time_s[next] <= s.nearest;
			s.second = m->time_s[next];
		}
	}
	return s;
}

static float time_through(const struct march *m, uint32_t cell)
{
	struct side x = better_side(m, cell, 1, FIELD_EAST, FIELD_WEST);
	struct side y = better_side(m, cell, m->columns, FIELD_NORTH, FIELD_SOUTH);
	float base = x.nearest < y.nearest ? x.nearest : y.nearest;
	float step = m->cell_m * (m->pace_s_m ? m->pace_s_m[cell] : 1.0f);
	/* Relative to `base`, so that the difference of large numbers loses nothing. */
	float ax = x.far ? 1.5f : 1.0f, ay = y.far ? 1.5f : 1.0f;
	float bx = x.far ? 2 * (x.nearest - base) - 0.5f * (x.second - base) : x.nearest - base;
	float by = y.far ? 2 * (y.nearest - base) - 0.5f * (y.second - base) : y.nearest - base;
	float alone_x = (bx + step) / ax, alone_y = (by + step) / ay;
	float alone = isinf(x.nearest) ? alone_y : isinf(y.nearest) || alone_x < alone_y ? alone_x : alone_y;
	if (isinf(x.nearest) || isinf(y.nearest))
		return base + alone;
	float a = ax * ax + ay * ay, b = ax * bx + ay * by, c = bx * bx + by * by - step * step;
	float root = b * b - a * c;
	if (root < 0)
		return base + alone;
	float both = (b + sqrtf(root)) / a;
	/* Time must come from both sides, else the one side alone is the answer. */
	float later = x.nearest > y.nearest ? x.nearest - base : y.nearest - base;
	return base + (both >= later ? both : alone);
}

static err_t offer(struct march *m, uint32_t cell, float time_s)
{
	if (!(time_s < m->time_s[cell]))
		return ERR_NONE;
	m->time_s[cell] = time_s;
	return front_push(&m->front, cell, time_s);
}

static err_t look_round(struct march *m, uint32_t cell)
{
	static const uint8_t bits[4] = {FIELD_EAST, FIELD_NORTH, FIELD_WEST, FIELD_SOUTH};
	const ptrdiff_t steps[4] = {1, m->columns, -1, -(ptrdiff_t)m->columns};
	for (int i = 0; i < 4; i++) {
		size_t next = (size_t)((ptrdiff_t)cell + steps[i]);
		if ((m->state[cell] & bits[i]) == 0 || (m->state[next] & FROZEN))
			continue;
		err_t e = offer(m, (uint32_t)next, time_through(m, (uint32_t)next));
		if (e != ERR_NONE)
			return e;
	}
	/* Portals are few, and only their cells have any: rasters keep the list sorted by `to`. */
	uint32_t low = 0, high = m->raster->jump_count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (m->raster->jumps[middle].to < cell)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < m->raster->jump_count && m->raster->jumps[low].to == cell; low++) {
		uint32_t from = m->raster->jumps[low].from;
		float step = m->cell_m * (m->pace_s_m ? m->pace_s_m[from] : 1.0f);
		if ((m->state[from] & FROZEN) == 0) {
			err_t e = offer(m, from, m->time_s[cell] + step);
			if (e != ERR_NONE)
				return e;
		}
	}
	return ERR_NONE;
}

/* A cell cannot be entered that is shut by its pace: it loses its links, both ways. */
static void shut_cells(struct march *m, size_t cells)
{
	for (size_t i = 0; i < cells; i++) {
		if (isfinite(m->pace_s_m[i]))
			continue;
		if (m->state[i] & FIELD_EAST)
			m->state[i + 1] &= (uint8_t)~FIELD_WEST;
		if (m->state[i] & FIELD_WEST)
			m->state[i - 1] &= (uint8_t)~FIELD_EAST;
		if (m->state[i] & FIELD_NORTH)
			m->state[i + m->columns] &= (uint8_t)~FIELD_SOUTH;
		if (m->state[i] & FIELD_SOUTH)
			m->state[i - m->columns] &= (uint8_t)~FIELD_NORTH;
		m->state[i] = 0;
	}
}

static err_t march_begin(struct march *m, const struct field *f, const float *pace_s_m)
{
	const struct raster *r = f->raster;
	size_t cells = (size_t)r->columns * r->rows;
	*m = (struct march){.time_s = f->time_s, .pace_s_m = pace_s_m, .columns = r->columns, .cell_m = (float)r->cell_m, .raster = r};
	float least = pace_s_m ? INFINITY : 1, most = pace_s_m ? 0 : 1;
	for (size_t i = 0; pace_s_m && i < cells; i++) {
		if (r->wall[i] || !isfinite(pace_s_m[i]))
			continue;
		least = pace_s_m[i] < least ? pace_s_m[i] : least;
		most = pace_s_m[i] > most ? pace_s_m[i] : most;
	}
	if (!(least > 0) || !isfinite(least))
		least = most = 1;
	/* A tenth of the quickest cell, wider where paces differ by more than a thousand times. */
	float width_s = 0.1f * m->cell_m * least;
	if (most / least > 1000)
		width_s = 0.0001f * m->cell_m * most;
	uint32_t buckets = 16;
	while (buckets < 4 + (uint32_t)(m->cell_m * most / width_s) * 2)
		buckets *= 2;
	m->front = (struct front){.heads = malloc(buckets * sizeof(int32_t)), .entries = malloc(4096 * sizeof(struct entry)),
		.mask = buckets - 1, .capacity = 4096, .unused = EMPTY, .buckets_a_s = 1 / width_s};
	m->state = malloc(cells);
	if (m->front.heads == NULL || m->front.entries == NULL || m->state == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < buckets; i++)
		m->front.heads[i] = EMPTY;
	for (size_t i = 0; i < cells; i++)
		m->state[i] = f->links[i] & 15;
	if (pace_s_m)
		shut_cells(m, cells);
	return ERR_NONE;
}

/* ---- the direction of descent of each cell ---- */
static float descent(float here, float up, float down)
{
	/* A slope from one side to the other is taken by both (second order); a ridge or a wall beside: by the lower one. */
	if (up < here && down < here)
		return up < down ? here - up : down - here;
	if (up < here)
		return isfinite(down) ? (down - up) / 2 : here - up;
	if (down < here)
		return isfinite(up) ? (down - up) / 2 : down - here;
	return 0;
}

static void set_slope(const struct field *f, uint32_t cell, float x, float y)
{
	float length = sqrtf(x * x + y * y);
	float scale = length > 0 ? 127 / length : 0;
	f->slope[2 * (size_t)cell] = (int8_t)rintf(x * scale);
	f->slope[2 * (size_t)cell + 1] = (int8_t)rintf(y * scale);
}

static void find_slopes(struct field *f, const uint8_t *state)
{
	uint32_t columns = f->raster->columns;
	size_t cells = (size_t)columns * f->raster->rows;
	const float *t = f->time_s;
	for (size_t i = 0; i < cells; i++) {
		if (isinf(t[i]) || t[i] <= 0) {
			f->slope[2 * i] = f->slope[2 * i + 1] = 0;
			continue;
		}
		float e = state[i] & FIELD_EAST ? t[i + 1] : INFINITY, w = state[i] & FIELD_WEST ? t[i - 1] : INFINITY;
		float n = state[i] & FIELD_NORTH ? t[i + columns] : INFINITY, s = state[i] & FIELD_SOUTH ? t[i - columns] : INFINITY;
		float x = descent(t[i], e, w), y = descent(t[i], n, s);
		if (x != 0 && y != 0) {
			/* A corner, or a ridge between two ways, lies in between: the steeper of both alone. */
			size_t between = (size_t)((ptrdiff_t)i + (x > 0 ? 1 : -1) + (y > 0 ? (ptrdiff_t)columns : -(ptrdiff_t)columns));
			if (!(t[between] < t[i])) {
				bool along_x = fabsf(x) >= fabsf(y);
				x = along_x ? x : 0;
				y = along_x ? 0 : y;
			}
		}
		set_slope(f, (uint32_t)i, x, y);
	}
	for (uint32_t k = 0; k < f->raster->jump_count; k++) {
		const struct raster_jump *j = &f->raster->jumps[k];
		/* Only where the way leads through the portal: its far end is nearer to the goal. */
		if (isfinite(t[j->from]) && t[j->from] > 0 && t[j->to] < t[j->from])
			set_slope(f, j->from, j->towards_x, j->towards_y);
	}
}

err_t field_solve(struct field *f, const uint8_t *goal, const float *pace_s_m)
{
	size_t cells = (size_t)f->raster->columns * f->raster->rows;
	struct march m;
	err_t error = march_begin(&m, f, pace_s_m);
	if (error != ERR_NONE)
		goto out;
	for (size_t i = 0; i < cells; i++) {
		bool here = goal[i] && !f->raster->wall[i];
		f->time_s[i] = here ? 0 : INFINITY;
		if (here)
			m.state[i] |= FROZEN;
	}
	for (uint32_t i = 0; i < cells && error == ERR_NONE; i++)
		if (f->time_s[i] <= 0)
			error = look_round(&m, i);
	while (error == ERR_NONE && m.front.waiting > 0) {
		uint32_t cell = front_pop(&m.front);
		if (m.state[cell] & FROZEN)
			continue; /* was offered a better time before, and taken then */
		m.state[cell] |= FROZEN;
		error = look_round(&m, cell);
	}
	if (error == ERR_NONE)
		find_slopes(f, m.state);
out:
	free(m.front.heads);
	free(m.front.entries);
	free(m.state);
	return error;
}

static uint8_t links_of_cell(const struct raster *r, uint32_t column, uint32_t row)
{
	size_t i = (size_t)row * r->columns + column;
	if (r->wall[i])
		return FIELD_NEAR;
	bool east = column + 1 < r->columns && !r->wall[i + 1], west = column > 0 && !r->wall[i - 1];
	bool north = row + 1 < r->rows && !r->wall[i + r->columns], south = row > 0 && !r->wall[i - r->columns];
	int bits = (east ? FIELD_EAST : 0) | (north ? FIELD_NORTH : 0) | (west ? FIELD_WEST : 0) | (south ? FIELD_SOUTH : 0);
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++) {
			uint32_t x = column + (uint32_t)dx, y = row + (uint32_t)dy;
			if (x >= r->columns || y >= r->rows || r->wall[(size_t)y * r->columns + x])
				return (uint8_t)(bits | FIELD_NEAR);
		}
	return (uint8_t)bits;
}

err_t field_new(const struct raster *r, struct field **out)
{
	size_t cells = (size_t)r->columns * r->rows;
	struct field *f = calloc(1, sizeof *f);
	if (f == NULL)
		return ERR_MEMORY;
	f->raster = r;
	f->x_min_m = (float)r->x_min_m;
	f->y_min_m = (float)r->y_min_m;
	f->cells_a_m = (float)(1 / r->cell_m);
	f->own_links = r->links == NULL;
	f->links = f->own_links ? malloc(cells) : r->links;
	f->time_s = malloc(cells * sizeof(float));
	f->slope = malloc(cells * 2);
	if (f->links == NULL || f->time_s == NULL || f->slope == NULL) {
		field_free(f);
		return ERR_MEMORY;
	}
	for (uint32_t row = 0; f->own_links && row < r->rows; row++)
		for (uint32_t column = 0; column < r->columns; column++)
			f->links[(size_t)row * r->columns + column] = links_of_cell(r, column, row);
	for (size_t i = 0; i < cells; i++)
		f->time_s[i] = INFINITY;
	memset(f->slope, 0, cells * 2);
	*out = f;
	return ERR_NONE;
}

void field_free(struct field *f)
{
	if (f == NULL)
		return;
	if (f->own_links)
		free(f->links);
	free(f->time_s);
	free(f->slope);
	free(f);
}
