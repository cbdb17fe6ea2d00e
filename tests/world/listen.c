/* tests/world/listen.c: one who listens to every session: numbers without gaps, above those of every earlier life; what is
 * told again is what was told; and the deltas put together are the state (compare.c). */
#include <string.h>

#include "base/check.h"
#include "world.h"

/* An item by its id in a list of the merged state. */
static size_t find_item(json_t *list, json_t *one, const char *key)
{
	size_t i;
	json_t *have;
	json_array_foreach(list, i, have)
		if (json_equal(json_object_get(have, key), json_object_get(one, key)))
			return i;
	return json_array_size(list);
}

static void merge_list(json_t *into, const char *name, json_t *changed)
{
	json_t *list = json_object_get(into, name), *one;
	const char *key = strcmp(name, "stages") == 0 ? "stage" : "id";
	size_t i;
	json_array_foreach(changed, i, one) {
		json_object_del(one, "revised"); /* news about older minutes: no member of a state */
		size_t at = find_item(list, one, key);
		if (at < json_array_size(list))
			json_array_set(list, at, one);
		else
			json_array_append(list, one);
	}
}

static void merge(struct subscriber *s, json_t *said)
{
	const char *key;
	json_t *v;
	json_object_foreach(said, key, v) {
		if (json_is_array(v) && json_object_get(s->state, key) == NULL)
			json_object_set_new(s->state, key, json_array());
		if (json_is_array(v))
			merge_list(s->state, key, v);
		else
			json_object_set(s->state, key, v);
	}
}

void compare_published(void *ctx, struct live_session *session, uint64_t seq, struct live_text *json)
{
	struct world *w = ctx;
	struct model *m = NULL;
	for (uint32_t i = 0; i < w->model_count; i++)
		if (w->models[i].session == session)
			m = &w->models[i];
	struct text text = live_text_of(json);
	world_note(w, text.at, text.size);
	if (m == NULL)
		return; /* told before its opening was */
	struct subscriber *s = &m->sub;
	json_t *said = json_loadb(text.at, text.size, JSON_REJECT_DUPLICATES, NULL);
	MUST(said != NULL, "%s: publication %llu is not JSON", m->id, (unsigned long long)seq);
	const char *type = json_string_value(json_object_get(said, "type"));
	MUST((uint64_t)json_integer_value(json_object_get(said, "seq")) == seq && type != NULL, "%s: publication %llu does not say so",
	     m->id, (unsigned long long)seq);
	w->tally.publications++;
	if (strcmp(type, "beat") == 0) {
		MUST(!s->heard || seq == s->seq, "%s: a beat of %llu after %llu", m->id, (unsigned long long)seq, (unsigned long long)s->seq);
		MUST(s->heard || seq > s->seq_greatest, "%s: number %llu after a restart; %llu was there before", m->id,
		     (unsigned long long)seq, (unsigned long long)s->seq_greatest);
		json_decref(said);
		return;
	}
	MUST(!s->heard || seq == s->seq + 1, "%s: publication %llu after %llu", m->id, (unsigned long long)seq, (unsigned long long)s->seq);
	MUST(seq > s->seq_greatest, "%s: number %llu after a restart; %llu was there before", m->id, (unsigned long long)seq,
	     (unsigned long long)s->seq_greatest);
	if (strcmp(type, "state") == 0) {
		json_decref(s->state);
		s->state = json_incref(said);
	} else { /* the first of a life says everything */
		if (s->state == NULL)
			s->state = json_object();
		merge(s, said);
	}
	s->heard = true;
	s->seq = s->seq_greatest = seq;
	s->told[seq % 256].seq = seq;
	s->told[seq % 256].crc = check_crc32c(0, text.at, text.size);
	s->told_count++;
	json_decref(said);
}

struct again { struct world *w; struct model *m; uint64_t expected; };

static void told_again(void *ctx, struct live_session *session, uint64_t seq, struct live_text *json)
{
	struct again *a = ctx;
	struct text text = live_text_of(json);
	(void)session;
	struct world *w = a->w;
	MUST(seq == a->expected, "%s: told again: %llu, not %llu", a->m->id, (unsigned long long)seq, (unsigned long long)a->expected);
	MUST(a->m->sub.told[seq % 256].seq == seq && a->m->sub.told[seq % 256].crc == check_crc32c(0, text.at, text.size),
	     "%s: publication %llu is told again with other words", a->m->id, (unsigned long long)seq);
	a->expected++;
}

void compare_replay(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	if (!m->sub.heard || m->session == NULL)
		return;
	uint64_t back = 1 + random_below(&w->r, m->sub.told_count < 256 ? m->sub.told_count : 256), since = m->sub.seq - back;
	struct again a = {w, m, since + 1};
	if (live_replay(m->session, since, told_again, &a))
		MUST(a.expected == m->sub.seq + 1, "%s: told again up to %llu, not %llu", m->id, (unsigned long long)a.expected - 1,
		     (unsigned long long)m->sub.seq);
	/* One of an earlier life must be told the whole. */
	if (m->sub.told_count < m->sub.seq)
		MUST(!live_replay(m->session, m->sub.seq - m->sub.told_count - 1, told_again, &a),
		     "%s: resumes before its first number", m->id);
}
