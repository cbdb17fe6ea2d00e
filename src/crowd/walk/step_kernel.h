/* crowd/walk/step_kernel.h: the arithmetic of a step, written once for any number of lanes. Included by step_plain.c, step_avx2.c
 * and step_avx512.c after they have said what KERNEL, WIDTH, vec, mask and the operations v_ and m_ are.
 *
 *   a batch: up to WIDTH walkers that stand together, one a lane
 *      |  fill: everybody near their box, packed from the rows of cells     room->near: x, y, radius ... of so many
 *      v
 *   turn: for each one near, in order: how he pushes every lane             room->distance: FAR if not near; < 0: hidden
 *      v
 *   follow: for each one near: how far every lane may walk                  --> new direction, speed, place
 *
 * Whoever does not count for a lane adds exactly 0 there, and those who count come in the order of the arrays. So what a lane gets
 * does not depend on who shares its batch, and every width gives the same bits: there is no fused a * b + c, no
 * approximate instruction (their bits differ by maker), no sum across lanes.
 * 1 / sqrt by Newton from a guess (Moroz et al. 2018: 7.5e-7), 2^t by a polynomial of degree 4 (2.6e-6, own fit).
 */

#define FAR 1e9f
#define PER_LN2 1.44269504f
#define FAINT 16.0f /* calibrated: pushes of less than 2^-16 of the strongest are none */

struct near { float x[STEP_NEAR_MAX + STEP_PAD], y[STEP_NEAR_MAX + STEP_PAD], radius[STEP_NEAR_MAX + STEP_PAD],
	along_x[STEP_NEAR_MAX + STEP_PAD], along_y[STEP_NEAR_MAX + STEP_PAD],  /* calibrated alone: where he goes, and ... */
	ahead_x[STEP_NEAR_MAX + STEP_PAD], ahead_y[STEP_NEAR_MAX + STEP_PAD]; /* ... where he is after the time looked ahead */
	uint32_t count; };
struct cursor { uint32_t range, at; };

struct room {
	struct near near;
	uint32_t wall_count, screen_count;
	const uint32_t *walls, *screens; /* screens: walls that may stand between two of these */
	uint32_t wall_room[STEP_WALLS_ROOM], screen_room[STEP_WALLS_ROOM];
	vec distance[STEP_NEAR_MAX + STEP_PAD];
};

/* Calibrated: what decides whether somebody can matter to any lane (see `matters`). */
struct watch { float reach_m, push_m, x_m, y_m, spread_m; };

struct lanes { vec x, y, radius, gap, comfort, free, wanted_x, wanted_y, along_x, along_y, speed; };

/* Finite for 0 too. */
KERNEL vec v_rsqrt(vec a)
{
	vec half = v_mul(v_set(0.5f), a), y = v_rsqrt_guess(a);
	y = v_mul(y, v_sub(v_set(1.50087896f), v_mul(v_mul(half, y), y)));
	return v_mul(y, v_sub(v_set(1.50000057f), v_mul(v_mul(half, y), y)));
}

/* 2^t for t up to 126; anything below -126 gives 2^-126. */
KERNEL vec v_exp2(vec t)
{
	t = v_max(t, v_set(-126.0f));
	vec magic = v_add(t, v_set(12582912.0f)); /* 1.5 * 2^23: t rounded, in the low bits */
	vec r = v_sub(t, v_sub(magic, v_set(12582912.0f)));
	vec p = v_add(v_mul(r, v_set(9.570101908e-3f)), v_set(5.591786032e-2f));
	p = v_add(v_mul(r, p), v_set(0.2402474483f));
	p = v_add(v_mul(r, p), v_set(0.6931218147f));
	p = v_add(v_mul(r, p), v_set(0.9999992614f));
	return v_scale(p, magic);
}

/* A vector of length 1; 0 0 of one that has no length. */
KERNEL void v_unit(vec *x, vec *y)
{
	vec length = v_sqrt(v_add(v_mul(*x, *x), v_mul(*y, *y)));
	mask good = m_and(m_lt(v_set(1e-9f), length), m_lt(length, v_set(FAR)));
	vec scale = v_keep(good, v_div(v_set(1.0f), v_pick(good, length, v_set(1.0f))));
	*x = v_mul(*x, scale);
	*y = v_mul(*y, scale);
}

KERNEL vec distance2(vec dx, vec dy)
{
	return v_add(v_mul(dx, dx), v_mul(dy, dy));
}

/* ---- who is near ---- */

KERNEL float lower(float a, float b) { return a < b ? a : b; }
KERNEL float higher(float a, float b) { return a > b ? a : b; }

KERNEL struct watch watch_of(const struct step *s, const struct step_batch *b)
{
	const struct model_numbers *n = &s->numbers;
	float x_low = FAR, x_high = -FAR, y_low = FAR, y_high = -FAR, radius_m = 0.0f, way_m = 0.0f, comfort_m = 0.0f;
	for (uint32_t i = b->first; i < b->first + b->count; i++) {
		float moves_m = s->field[STEP_SPEED][i] * (float)n->anticipate_s;
		float x = moves_m * s->field[STEP_WANTED_X][i], y = moves_m * s->field[STEP_WANTED_Y][i];
		x_low = lower(x_low, x);
		x_high = higher(x_high, x);
		y_low = lower(y_low, y);
		y_high = higher(y_high, y);
		radius_m = higher(radius_m, s->field[STEP_RADIUS][i]);
		comfort_m = higher(comfort_m, s->field[STEP_COMFORT][i]);
		way_m = higher(way_m, s->field[STEP_FREE][i] * higher(s->field[STEP_GAP][i], 2.0f * (float)s->dt_s));
	}
	float strip_m = (float)n->strip_m + (float)n->widen * comfort_m;
	float reach_m = n->slope < 1.0 ? FAR : higher(way_m + radius_m + comfort_m + strip_m, (float)n->opposed_m);
	float push_m = radius_m + FAINT * (float)n->turn_range_m / PER_LN2;
	return (struct watch){ reach_m * 1.001f + 0.001f, push_m * 1.001f + 0.001f, 0.5f * (x_low + x_high), 0.5f * (y_low + y_high),
		0.5f * ((x_high - x_low) + (y_high - y_low)) };
}

/* Nobody beyond reach_m is followed: even straight ahead he leaves more room than the fastest lane uses, since ahead + aside is no less
 * than the distance. Nobody who comes nearer than push_m only after the time looked ahead is turned away from: his place then is
 * no nearer than now less what he and a lane move against each other. */
KERNEL mask matters(const struct watch *w, vec distance_m, vec radius, vec moves_x, vec moves_y)
{
	vec x = v_sub(moves_x, v_set(w->x_m)), y = v_sub(moves_y, v_set(w->y_m));
	vec against_m = v_add(v_sqrt(distance2(x, y)), v_set(w->spread_m));
	vec free_m = v_sub(distance_m, radius);
	return m_or(m_lt(free_m, v_set(w->reach_m)), m_lt(v_sub(free_m, against_m), v_set(w->push_m)));
}

KERNEL void fill_from(const struct step *s, uint32_t j, uint32_t last, const struct step_batch *b, const struct watch *w, struct near *near)
{
	vec x = v_load(s->field[STEP_X] + j), y = v_load(s->field[STEP_Y] + j);
	vec out_x = v_max(v_max(v_sub(v_set(b->x_low_m), x), v_sub(x, v_set(b->x_high_m))), v_set(0.0f));
	vec out_y = v_max(v_max(v_sub(v_set(b->y_low_m), y), v_sub(y, v_set(b->y_high_m))), v_set(0.0f));
	float reach_m = s->cut_off_m * 1.0005f;
	vec out2 = distance2(out_x, out_y), radius = v_load(s->field[STEP_RADIUS] + j);
	mask in = m_and(m_lt(out2, v_set(reach_m * reach_m)), m_first(last - j));
	if (WIDTH == 1 && !m_any(in))
		return;
	uint32_t at = near->count;
	if (w != NULL) {
		vec along_x = v_load(s->field[STEP_ALONG_X] + j), along_y = v_load(s->field[STEP_ALONG_Y] + j);
		vec ahead_m = v_mul(v_load(s->field[STEP_SPEED] + j), v_set((float)s->numbers.anticipate_s));
		vec moves_x = v_mul(ahead_m, along_x), moves_y = v_mul(ahead_m, along_y);
		in = m_and(in, matters(w, v_sqrt(out2), radius, moves_x, moves_y));
		v_pack(near->along_x + at, along_x, in);
		v_pack(near->along_y + at, along_y, in);
		v_pack(near->ahead_x + at, v_add(x, moves_x), in);
		v_pack(near->ahead_y + at, v_add(y, moves_y), in);
	}
	v_pack(near->x + at, x, in);
	v_pack(near->y + at, y, in);
	v_pack(near->radius + at, radius, in);
	near->count += m_count(in);
}

/* Everybody from the cursor on who is near the batch, as many as there is room for; false: nobody is left. */
KERNEL bool fill(const struct step *s, const struct step_batch *b, struct cursor *c, const struct watch *w, struct near *near)
{
	near->count = 0;
	while (c->range < b->ranges) {
		for (; c->at < b->range_last[c->range] && near->count < STEP_NEAR_MAX; c->at += WIDTH)
			fill_from(s, c->at, b->range_last[c->range], b, w, near);
		if (near->count >= STEP_NEAR_MAX)
			return true;
		if (++c->range < b->ranges)
			c->at = b->range_first[c->range];
	}
	return near->count > 0;
}

/* ---- walls ---- */

/* On which side of the wall's line; its length times the distance. */
KERNEL vec side_of(const struct step_edge *w, vec x, vec y)
{
	return v_sub(v_mul(v_set(w->ux_m), v_sub(y, v_set(w->ay_m))), v_mul(v_set(w->uy_m), v_sub(x, v_set(w->ax_m))));
}

/* Walls with people of this batch, or near it, on both sides of their line: only those can hide anybody. */
KERNEL void find_screens(const struct step *s, const struct lanes *me, struct room *room)
{
	bool many = room->wall_count > STEP_WALLS_ROOM;
	room->screen_count = many ? room->wall_count : 0;
	room->screens = many ? room->walls : room->screen_room;
	for (uint32_t k = 0; k < room->wall_count && !many; k++) {
		const struct step_edge *w = &s->walls[room->walls[k]];
		vec side = side_of(w, me->x, me->y);
		mask left = m_lt(v_set(0.0f), side), right = m_lt(side, v_set(0.0f));
		for (uint32_t j = 0; j < room->near.count; j += WIDTH) {
			vec other = side_of(w, v_load(room->near.x + j), v_load(room->near.y + j));
			mask there = m_first(room->near.count - j);
			left = m_or(left, m_and(there, m_lt(v_set(0.0f), other)));
			right = m_or(right, m_and(there, m_lt(other, v_set(0.0f))));
		}
		if (m_any(left) && m_any(right))
			room->screen_room[room->screen_count++] = room->walls[k];
	}
}

/* Lanes from which somebody at (x, y), at (dx, dy) from them, is hidden by a wall. */
KERNEL mask hidden_from(const struct step *s, const struct lanes *me, const struct room *room, vec x, vec y, vec dx, vec dy)
{
	mask hidden = m_none();
	for (uint32_t k = 0; k < room->screen_count; k++) {
		const struct step_edge *w = &s->walls[room->screens[k]];
		mask across = m_lt(v_mul(side_of(w, me->x, me->y), side_of(w, x, y)), v_set(0.0f));
		vec a = v_sub(v_mul(dx, v_sub(v_set(w->ay_m), me->y)), v_mul(dy, v_sub(v_set(w->ax_m), me->x)));
		vec b = v_sub(v_mul(dx, v_sub(v_set(w->by_m), me->y)), v_mul(dy, v_sub(v_set(w->bx_m), me->x)));
		hidden = m_or(hidden, m_and(across, m_le(v_mul(a, b), v_set(0.0f))));
	}
	return hidden;
}

/* From each lane to the nearest point of the wall; lanes further away than the cut-off are not in `near`. */
struct wall_seen { vec dx, dy, per_m, m; mask near; };
KERNEL struct wall_seen see_wall(const struct step *s, const struct lanes *me, uint32_t wall)
{
	const struct step_edge *w = &s->walls[wall];
	struct wall_seen seen;
	vec x = v_sub(me->x, v_set(w->ax_m)), y = v_sub(me->y, v_set(w->ay_m));
	vec along = v_mul(v_add(v_mul(v_set(w->ux_m), x), v_mul(v_set(w->uy_m), y)), v_set(w->per_m2));
	along = v_min(v_max(along, v_set(0.0f)), v_set(1.0f));
	seen.dx = v_sub(v_mul(along, v_set(w->ux_m)), x);
	seen.dy = v_sub(v_mul(along, v_set(w->uy_m)), y);
	vec d2 = distance2(seen.dx, seen.dy);
	seen.near = m_and(m_lt(d2, v_set(s->cut_off_m * s->cut_off_m)), m_lt(v_set(1e-18f), d2));
	seen.per_m = v_rsqrt(d2);
	seen.m = v_mul(d2, seen.per_m);
	return seen;
}

/* ---- somebody near, seen from every lane ---- */
struct seen { vec dx, dy, per_m, m; mask there; };
KERNEL struct seen see(const struct step *s, const struct lanes *me, struct room *room, uint32_t j, bool walls)
{
	struct seen seen;
	vec x = v_set(room->near.x[j]), y = v_set(room->near.y[j]);
	seen.dx = v_sub(x, me->x);
	seen.dy = v_sub(y, me->y);
	vec d2 = distance2(seen.dx, seen.dy);
	seen.there = m_and(m_lt(d2, v_set(s->cut_off_m * s->cut_off_m)), m_lt(v_set(0.0f), d2));
	seen.per_m = v_rsqrt(d2);
	seen.m = v_mul(d2, seen.per_m);
	vec distance = v_pick(seen.there, seen.m, v_set(FAR));
	if (walls) {
		mask hidden = m_and(seen.there, hidden_from(s, me, room, x, y, seen.dx, seen.dy));
		distance = v_pick(hidden, v_sub(v_set(s->model == STEP_PEER ? FAR : 0.0f), distance), distance);
		seen.there = m_and_not(seen.there, hidden);
	}
	room->distance[j] = distance;
	return seen;
}

/* ---- the peer's model: section 2.1 of the sources ---- */

KERNEL void turn_as_peer(const struct step *s, const struct lanes *me, struct room *room, bool walls, vec *fx, vec *fy)
{
	vec lift = v_add(me->radius, v_set(0.20794415f)); /* 8 exp(a / 0.1) = exp((a + 0.1 ln 8) / 0.1) */
	vec sum_x = *fx, sum_y = *fy;
	for (uint32_t j = 0; j < room->near.count; j++) {
		struct seen seen = see(s, me, room, j, walls);
		vec t = v_mul(v_sub(v_add(lift, v_set(room->near.radius[j])), seen.m), v_set(10.0f * PER_LN2));
		vec push = v_keep(seen.there, v_mul(v_exp2(t), seen.per_m));
		sum_x = v_sub(sum_x, v_mul(push, seen.dx));
		sum_y = v_sub(sum_y, v_mul(push, seen.dy));
	}
	*fx = sum_x;
	*fy = sum_y;
}

KERNEL void turn_from_walls_as_peer(const struct step *s, const struct lanes *me, const struct room *room, vec *fx, vec *fy)
{
	for (uint32_t k = 0; k < room->wall_count; k++) {
		struct wall_seen seen = see_wall(s, me, room->walls[k]);
		vec t = v_min(v_mul(v_sub(me->radius, seen.m), v_set(50.0f * PER_LN2)), v_set(120.0f));
		vec push = v_keep(seen.near, v_mul(v_mul(v_set(5.0f), v_exp2(t)), seen.per_m));
		*fx = v_sub(*fx, v_mul(push, seen.dx));
		*fy = v_sub(*fy, v_mul(push, seen.dy));
	}
}

KERNEL vec follow_as_peer(const struct lanes *me, const struct room *room, vec ex, vec ey, vec clear)
{
	for (uint32_t j = 0; j < room->near.count; j++) {
		vec dx = v_sub(v_set(room->near.x[j]), me->x), dy = v_sub(v_set(room->near.y[j]), me->y);
		vec l = v_add(me->radius, v_set(room->near.radius[j]));
		vec ahead = v_add(v_mul(ex, dx), v_mul(ey, dy)), aside = v_abs(v_sub(v_mul(ex, dy), v_mul(ey, dx)));
		mask in_way = m_and(m_le(v_set(0.0f), ahead), m_le(aside, l));
		clear = v_min_where(in_way, clear, v_sub(room->distance[j], l));
	}
	return clear;
}

/* ---- Cordon's model: walk/model.h ---- */
struct rules {
	float turn, turn_per_m, soft_per_m, wall_turn, wall_per_m, strip, slope, widen, opposed2, skin, contact, contact_m, dt, share;
};
KERNEL struct rules rules_of(const struct step *s)
{
	const struct model_numbers *n = &s->numbers;
	return (struct rules){ (float)n->turn, PER_LN2 / (float)n->turn_range_m, 1.0f / (float)n->turn_soft_m, (float)n->wall_turn,
		PER_LN2 / (float)n->wall_range_m, (float)n->strip_m, (float)n->slope, (float)n->widen, (float)(n->opposed_m * n->opposed_m),
		(float)n->skin_m, (float)n->contact, (float)n->contact_m, (float)s->dt_s,
		(float)fmin(1.0, s->dt_s / n->react_s) };
}

KERNEL vec dot(vec ax, vec ay, vec bx, vec by)
{
	return v_add(v_mul(ax, bx), v_mul(ay, by));
}

/* What those near do to the lanes: pushes to the side, off those who touch, and how much somebody comes against (0 to 1). */
struct pushed { vec lateral, off_x, off_y, opposed; };

KERNEL void turn_calibrated(const struct step *s, const struct rules *r, const struct lanes *me, struct room *room, bool walls,
                            struct pushed *out)
{
	struct pushed sum = *out;
	vec own_hard_m = v_add(me->radius, v_set(r->contact_m - r->skin));
	vec own_m = v_mul(me->speed, v_set((float)s->numbers.anticipate_s));
	vec own_x = v_add(me->x, v_mul(own_m, me->wanted_x)), own_y = v_add(me->y, v_mul(own_m, me->wanted_y));
	for (uint32_t j = 0; j < room->near.count; j++) {
		struct seen seen = see(s, me, room, j, walls);
		mask before = m_le(v_set(0.0f), dot(me->wanted_x, me->wanted_y, seen.dx, seen.dy));
		mask ahead = m_or(before, m_le(v_set(0.0f), dot(me->along_x, me->along_y, seen.dx, seen.dy)));
		vec px = v_sub(v_set(room->near.ahead_x[j]), own_x), py = v_sub(v_set(room->near.ahead_y[j]), own_y);
		vec l = v_add(me->radius, v_set(room->near.radius[j]));
		vec at = v_max(l, v_mul(dot(px, py, seen.dx, seen.dy), seen.per_m));
		vec with = dot(me->wanted_x, me->wanted_y, v_set(room->near.along_x[j]), v_set(room->near.along_y[j]));
		vec strength = v_sub(v_set(1.5f * r->turn), v_mul(v_set(0.5f * r->turn), with));
		vec aside = v_mul(v_sub(v_mul(py, me->wanted_x), v_mul(px, me->wanted_y)), v_set(r->soft_per_m));
		aside = v_min(v_max(aside, v_set(-1.0f)), v_set(1.0f));
		vec t = v_mul(v_sub(l, at), v_set(r->turn_per_m)), push = v_mul(v_mul(strength, aside), v_exp2(t));
		sum.lateral = v_sub(sum.lateral, v_keep(m_and(m_and(seen.there, ahead), m_lt(v_set(-FAINT), t)), push));
		mask against = m_and(m_and(seen.there, before), m_lt(distance2(seen.dx, seen.dy), v_set(r->opposed2)));
		sum.opposed = v_max(sum.opposed, v_keep(against, v_sub(v_set(0.0f), with)));
		vec into_m = v_sub(v_add(own_hard_m, v_set(room->near.radius[j])), seen.m);
		mask touches = m_and(seen.there, m_lt(v_set(0.0f), into_m));
		if (m_any(touches)) {
			vec share = v_keep(touches, v_mul(v_min(v_mul(into_m, v_set(1.0f / r->contact_m)), v_set(1.0f)), seen.per_m));
			sum.off_x = v_add(sum.off_x, v_mul(share, seen.dx));
			sum.off_y = v_add(sum.off_y, v_mul(share, seen.dy));
		}
	}
	*out = sum;
}

KERNEL vec turn_from_walls_calibrated(const struct step *s, const struct rules *r, const struct lanes *me, const struct room *room,
	vec lateral)
{
	for (uint32_t k = 0; k < room->wall_count; k++) {
		struct wall_seen seen = see_wall(s, me, room->walls[k]);
		vec aside = v_mul(v_sub(v_mul(seen.dy, me->wanted_x), v_mul(seen.dx, me->wanted_y)), seen.per_m);
		vec t = v_min(v_mul(v_sub(me->radius, seen.m), v_set(r->wall_per_m)), v_set(120.0f));
		lateral = v_sub(lateral, v_keep(seen.near, v_mul(v_mul(v_set(r->wall_turn), v_exp2(t)), aside)));
	}
	return lateral;
}

/* The new direction: some of the turn, and what would lead into a wall taken off. */
KERNEL void head_calibrated(const struct step *s, const struct rules *r, const struct lanes *me, const struct room *room,
                            const struct pushed *pushed, vec lateral, vec *ex, vec *ey)
{
	vec to_x = v_sub(me->wanted_x, v_mul(lateral, me->wanted_y)), to_y = v_add(me->wanted_y, v_mul(lateral, me->wanted_x));
	v_unit(&to_x, &to_y);
	mask fresh = m_le(distance2(me->along_x, me->along_y), v_set(0.0f));
	vec share = v_pick(fresh, v_set(1.0f), v_set(r->share));
	*ex = v_add(me->along_x, v_mul(v_sub(to_x, me->along_x), share));
	*ey = v_add(me->along_y, v_mul(v_sub(to_y, me->along_y), share));
	v_unit(ex, ey);
	*ex = v_sub(*ex, v_mul(v_set(r->contact), pushed->off_x));
	*ey = v_sub(*ey, v_mul(v_set(r->contact), pushed->off_y));
	v_unit(ex, ey);
	if (room->wall_count == 0)
		return;
	vec per_reach = v_div(v_set(1.0f), v_max(v_mul(v_set(2.0f * r->dt), me->free), v_set(1e-6f)));
	for (uint32_t k = 0; k < room->wall_count; k++) {
		struct wall_seen seen = see_wall(s, me, room->walls[k]);
		vec nx = v_mul(seen.dx, seen.per_m), ny = v_mul(seen.dy, seen.per_m);
		vec into = v_sub(dot(*ex, *ey, nx, ny), v_mul(v_sub(seen.m, me->radius), per_reach));
		into = v_keep(seen.near, v_max(into, v_set(0.0f)));
		*ex = v_sub(*ex, v_mul(into, nx));
		*ey = v_sub(*ey, v_mul(into, ny));
	}
	v_unit(ex, ey);
}

/* `clear`: metres free ahead; `bound`: the speed at which nobody is met, not even who is hidden by the end of a wall (distance < 0). */
KERNEL void follow_calibrated(const struct rules *r, const struct lanes *me, const struct room *room, bool walls, vec ex, vec ey, vec ease,
                              vec *clear, vec *bound)
{
	vec per_step = v_set(2.0f * r->dt), free_m = v_mul(me->free, per_step), low = *clear, limit = *bound;
	vec body = v_add(me->radius, ease), strip = v_add(v_set(r->strip), v_mul(v_set(r->widen), ease));
	for (uint32_t j = 0; j < room->near.count; j++) {
		vec dx = v_sub(v_set(room->near.x[j]), me->x), dy = v_sub(v_set(room->near.y[j]), me->y), d = room->distance[j];
		vec radius = v_set(room->near.radius[j]);
		vec ahead = dot(ex, ey, dx, dy), aside = v_abs(v_sub(v_mul(ex, dy), v_mul(ey, dx)));
		mask in_way = m_and(m_lt(v_set(0.0f), ahead), m_lt(d, v_set(FAR)));
		vec way = v_mul(v_set(r->slope), v_max(v_sub(aside, strip), v_set(0.0f)));
		vec his = dot(v_set(room->near.along_x[j]), v_set(room->near.along_y[j]), dx, dy);
		mask yields = m_and(in_way, m_lt(v_set(0.0f), v_add(ahead, his)));
		mask followed = walls ? m_and(yields, m_lt(v_set(0.0f), d)) : yields;
		low = v_min_where(followed, low, v_add(v_sub(d, v_add(body, radius)), way));
		d = walls ? v_abs(d) : d;
		vec room_m = v_mul(v_sub(d, v_sub(v_add(me->radius, radius), v_set(r->skin))), d);
		mask binds = m_and(in_way, m_lt(room_m, v_mul(free_m, ahead)));
		if (m_any(binds))
			limit = v_min_where(binds, limit, v_div(room_m, v_mul(per_step, v_pick(binds, ahead, v_set(1.0f)))));
	}
	*clear = low;
	*bound = limit;
}

KERNEL vec bound_by_walls(const struct step *s, const struct rules *r, const struct lanes *me, const struct room *room,
	vec ex, vec ey, vec bound)
{
	for (uint32_t k = 0; k < room->wall_count; k++) {
		struct wall_seen seen = see_wall(s, me, room->walls[k]);
		vec into = v_mul(dot(ex, ey, seen.dx, seen.dy), seen.per_m);
		mask toward = m_and(seen.near, m_lt(v_set(0.0f), into));
		vec room_m = v_add(v_sub(seen.m, me->radius), v_set(0.5f * r->skin));
		bound = v_min_where(toward, bound, v_div(room_m, v_mul(v_set(r->dt), v_pick(toward, into, v_set(1.0f)))));
	}
	return bound;
}

/* ---- a batch ---- */

struct going { vec ex, ey, speed; };

/* `several`: those near do not fit at once and are filled in again for the second look. */
KERNEL struct going go_as_peer(const struct step *s, const struct step_batch *b, const struct lanes *me, struct room *room, bool several)
{
	vec fx = me->wanted_x, fy = me->wanted_y, clear = v_set(FAR), ignored_x = fx, ignored_y = fy;
	for (struct cursor c = { 0, b->range_first[0] }; !several || fill(s, b, &c, NULL, &room->near);) {
		find_screens(s, me, room);
		if (room->screen_count > 0)
			turn_as_peer(s, me, room, true, &fx, &fy);
		else
			turn_as_peer(s, me, room, false, &fx, &fy);
		if (!several)
			break;
	}
	turn_from_walls_as_peer(s, me, room, &fx, &fy);
	vec length2 = distance2(fx, fy);
	mask moves = m_lt(v_set(0.0f), length2);
	vec per = v_div(v_set(1.0f), v_sqrt(v_pick(moves, length2, v_set(1.0f))));
	struct going go = { v_pick(moves, v_mul(fx, per), me->along_x), v_pick(moves, v_mul(fy, per), me->along_y), v_set(0.0f) };
	for (struct cursor c = { 0, b->range_first[0] }; !several || fill(s, b, &c, NULL, &room->near);) {
		if (several) {
			find_screens(s, me, room);
			turn_as_peer(s, me, room, true, &ignored_x, &ignored_y);
		}
		clear = follow_as_peer(me, room, go.ex, go.ey, clear);
		if (!several)
			break;
	}
	go.speed = v_min(v_max(v_div(clear, me->gap), v_set(0.0f)), me->free);
	return go;
}

KERNEL struct going go_calibrated(const struct step *s, const struct step_batch *b, const struct watch *w, const struct lanes *me,
                                  struct room *room, bool several)
{
	struct rules r = rules_of(s);
	/* Whoever could be met within this step must be nearer than the cut-off: with long steps nobody goes faster than that. */
	vec seen_m = v_sub(v_set(s->cut_off_m - STEP_RADIUS_MAX_M), me->radius);
	vec zero = v_set(0.0f), clear = v_set(FAR), bound = v_min(me->free, v_div(seen_m, v_set(2.0f * r.dt)));
	struct pushed pushed = { zero, zero, zero, zero };
	for (struct cursor c = { 0, b->range_first[0] }; !several || fill(s, b, &c, w, &room->near);) {
		find_screens(s, me, room);
		if (room->screen_count > 0)
			turn_calibrated(s, &r, me, room, true, &pushed);
		else
			turn_calibrated(s, &r, me, room, false, &pushed);
		if (!several)
			break;
	}
	struct going go;
	struct pushed ignored = pushed;
	vec ease = v_mul(me->comfort, v_sub(v_set(1.0f), v_min(pushed.opposed, v_set(1.0f))));
	head_calibrated(s, &r, me, room, &pushed, turn_from_walls_calibrated(s, &r, me, room, pushed.lateral), &go.ex, &go.ey);
	for (struct cursor c = { 0, b->range_first[0] }; !several || fill(s, b, &c, w, &room->near);) {
		if (several) {
			find_screens(s, me, room);
			turn_calibrated(s, &r, me, room, true, &ignored);
		}
		if (room->screen_count > 0)
			follow_calibrated(&r, me, room, true, go.ex, go.ey, ease, &clear, &bound);
		else
			follow_calibrated(&r, me, room, false, go.ex, go.ey, ease, &clear, &bound);
		if (!several)
			break;
	}
	bound = bound_by_walls(s, &r, me, room, go.ex, go.ey, bound);
	go.speed = v_max(v_min(v_min(v_div(clear, me->gap), bound), me->free), v_set(0.0f));
	return go;
}

KERNEL struct lanes lanes_of(const struct step *s, uint32_t first, uint32_t count)
{
	return (struct lanes){ v_load_some(s->field[STEP_X] + first, count), v_load_some(s->field[STEP_Y] + first, count),
		v_load_some(s->field[STEP_RADIUS] + first, count), v_max(v_load_some(s->field[STEP_GAP] + first, count), v_set(STEP_GAP_MIN_S)),
		v_load_some(s->field[STEP_COMFORT] + first, count),
		v_load_some(s->field[STEP_FREE] + first, count), v_load_some(s->field[STEP_WANTED_X] + first, count),
		v_load_some(s->field[STEP_WANTED_Y] + first, count), v_load_some(s->field[STEP_ALONG_X] + first, count),
		v_load_some(s->field[STEP_ALONG_Y] + first, count), v_load_some(s->field[STEP_SPEED] + first, count) };
}

/* Who wants nowhere or has no speed stands, and looks where he looked. */
KERNEL void store(const struct step *s, const struct step_batch *b, const struct lanes *me, struct going go)
{
	const struct step_ground *g = &s->ground;
	mask walks = m_and(m_lt(v_set(0.0f), me->free), m_lt(v_set(0.0f), distance2(me->wanted_x, me->wanted_y)));
	vec speed = v_keep(walks, go.speed), way_m = v_mul(speed, v_set((float)s->dt_s));
	vec ex = v_pick(walks, go.ex, me->along_x), ey = v_pick(walks, go.ey, me->along_y);
	vec x = v_min(v_max(v_add(me->x, v_mul(way_m, ex)), v_set(g->x_min_m)), v_set(g->x_max_m));
	vec y = v_min(v_max(v_add(me->y, v_mul(way_m, ey)), v_set(g->y_min_m)), v_set(g->y_max_m));
	v_store_some(s->field[STEP_NEXT_X] + b->first, x, b->count);
	v_store_some(s->field[STEP_NEXT_Y] + b->first, y, b->count);
	v_store_some(s->field[STEP_NEXT_SPEED] + b->first, speed, b->count);
	v_store_some(s->field[STEP_WANTED_X] + b->first, ex, b->count);
	v_store_some(s->field[STEP_WANTED_Y] + b->first, ey, b->count);
}

KERNEL void kernel_walk(const struct step *s, uint32_t first, uint32_t last)
{
	struct room room;
	struct step_batch b;
	bool calibrated = s->model == STEP_CALIBRATED;
	for (uint32_t i = first; i < last; i += b.count) {
		step_batch_next(s, i, last, WIDTH, &b);
		room.wall_count = step_walls_near(s, b.row, b.column_first, b.column_last, room.wall_room, &room.walls);
		if (room.wall_count == STEP_WALLS_MANY) {
			step_batch_next(s, i, i + 1, 1, &b);
			room.wall_count = step_walls_near(s, b.row, b.column_first, b.column_last, room.wall_room, &room.walls);
		}
		struct lanes me = lanes_of(s, i, b.count);
		struct cursor c = { 0, b.range_first[0] };
		struct watch w;
		if (calibrated)
			w = watch_of(s, &b);
		bool several = fill(s, &b, &c, calibrated ? &w : NULL, &room.near) && c.range < b.ranges;
		struct going go;
		if (calibrated)
			go = several ? go_calibrated(s, &b, &w, &me, &room, true) : go_calibrated(s, &b, &w, &me, &room, false);
		else
			go = several ? go_as_peer(s, &b, &me, &room, true) : go_as_peer(s, &b, &me, &room, false);
		store(s, &b, &me, go);
	}
}
