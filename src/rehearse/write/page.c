/* rehearse/write/page.c: the page: head, sentences, then figures, maps, charts, assumptions (each in its own file).
 * It must be read on a wall, a phone and paper, without a network; every text of the plan is escaped. */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define TROUBLES_MAX 14

void page_add(struct page *g, const char *text)
{
	buf_add_str(g->out, text);
}

void page_text(struct page *g, const char *text)
{
	for (; *text != '\0'; text++) {
		size_t plain = strcspn(text, "&<>\"'");
		buf_add(g->out, text, plain);
		text += plain;
		switch (*text) {
		case '\0': return;
		case '&': buf_add_str(g->out, "&amp;"); break;
		case '<': buf_add_str(g->out, "&lt;"); break;
		case '>': buf_add_str(g->out, "&gt;"); break;
		default: buf_addf(g->out, "&#%d;", *text);
		}
	}
}

void page_say(struct page *g, const char *en, const char *zh)
{
	buf_add_str(g->out, pick(g->v.chinese, en, zh));
}

/* ---- head ---- */

static void add_date(struct page *g)
{
	char start[WHEN_SIZE], doors[WHEN_SIZE];
	when_format(g->a->at_start, g->a->offset_min, start);
	when_format(g->a->at_doors, g->a->offset_min, doors);
	if (strlen(start) < 16)
		return;
	page_add(g, "<p>");
	if (g->p_a != NULL) {
		page_text(g, name_in(g->v.chinese, g->p_a->event));
		page_add(g, g->p_a->event.en[0] != '\0' && g->p_a->venue.en[0] != '\0' ? " \xc2\xb7 " : "");
		page_text(g, name_in(g->v.chinese, g->p_a->venue));
	}
	buf_addf(g->out, " \xc2\xb7 %.10s \xc2\xb7 ", start);
	if (strlen(doors) >= 16)
		buf_addf(g->out, g->v.chinese ? "开门 %.5s，" : "doors %.5s, ", doors + 11);
	buf_addf(g->out, g->v.chinese ? "开始 %.5s</p>" : "start %.5s</p>", start + 11);
}

static void add_fact(struct page *g, const char *en, const char *zh, const char *value)
{
	page_add(g, "<span>");
	page_say(g, en, zh);
	page_add(g, " <b>");
	page_text(g, value);
	page_add(g, "</b></span>");
}

static void add_facts(struct page *g)
{
	const struct rehearse_settings *s = &g->a->settings;
	bool zh = g->v.chinese;
	struct buf word;
	buf_init(&word, 4096);
	page_add(g, "<div class=facts>");
	words_value(&word, &g->v, "ppl", s->arrivals_ppl);
	add_fact(g, "People", "人数", word.at != NULL ? word.at : "");
	add_fact(g, "Phase", "阶段", words_phase(s->phase, zh));
	add_fact(g, "Level", "精度", words_level(s->level, zh));
	buf_reset(&word);
	buf_addf(&word, "%u", g->a->runs);
	add_fact(g, "Runs", "推演次数", word.at != NULL ? word.at : "");
	buf_reset(&word);
	buf_addf(&word, "%llu", (unsigned long long)s->seed);
	add_fact(g, "Seed", "随机种子", word.at != NULL ? word.at : "");
	buf_reset(&word);
	words_changes(&word, g->a, zh);
	if (word.size > 0)
		add_fact(g, "Changed by hand", "手工调整", word.at);
	for (int side = 0; side < (g->b != NULL ? 2 : 1); side++) {
		buf_reset(&word);
		buf_addf(&word, "%.12s", (side == 0 ? g->a : g->b)->plan_hash);
		add_fact(g, g->b == NULL ? "Plan version" : side == 0 ? "Plan version A" : "Plan version B",
			g->b == NULL ? "方案版本" : side == 0 ? "方案版本 A" : "方案版本 B", word.at != NULL ? word.at : "");
	}
	page_add(g, "</div>");
	buf_free(&word);
}

static void add_head(struct page *g)
{
	bool zh = g->v.chinese;
	page_add(g, "<header><h1>");
	for (int side = 0; side < (g->b != NULL ? 2 : 1); side++) {
		page_add(g, side == 0 ? "<span><i class=\"key a\">A</i>" : "<span><i class=\"key b\">B</i>");
		page_text(g, name_in(zh, (side == 0 ? g->a : g->b)->plan_name));
		page_add(g, "</span>");
	}
	page_add(g, "</h1>");
	add_date(g);
	add_facts(g);
	page_add(g, "</header>\n");
	if (g->a->stopped || (g->b != NULL && g->b->stopped)) {
		page_add(g, "<section class=caution><b>");
		page_say(g, "Stopped early.", "已提前停止。");
		buf_addf(g->out, zh ? "</b> 要求 %u 次，结果取自已完成的 %u 次。</section>\n"
			: "</b> %u runs were asked for; what stands here is of the %u that were done.</section>\n", g->a->settings.replications,
			g->b != NULL && g->b->runs < g->a->runs ? g->b->runs : g->a->runs);
	}
}

static void add_caution(struct page *g)
{
	double worst = fmax(figure_mean(g->a, REHEARSE_FIGURE_DENSITY_WORST, 0),
		g->b == NULL ? NAN : figure_mean(g->b, REHEARSE_FIGURE_DENSITY_WORST, 0));
	const char *caution = isfinite(worst) ? crowd_caution(worst, g->v.chinese) : NULL;
	if (caution == NULL)
		return;
	page_add(g, "<section class=caution><b>");
	page_say(g, "Caution. ", "注意：");
	page_add(g, "</b>");
	page_text(g, caution);
	page_add(g, "</section>\n");
}

/* ---- sentences ---- */

static void add_differences(struct page *g)
{
	if (g->c == NULL || g->c->sentence_count == 0)
		return;
	page_add(g, "<section class=said><h2>");
	page_say(g, "What differs", "两方案差异");
	page_add(g, "</h2><ul>");
	for (uint32_t i = 0; i < g->c->sentence_count; i++) {
		page_add(g, "<li>");
		page_text(g, pick(g->v.chinese, g->c->sentences[i].text_en, g->c->sentences[i].text_zh));
		page_add(g, "</li>");
	}
	page_add(g, "</ul></section>\n");
}

static void add_troubles_of(struct page *g, const struct rehearsal *r, const char *key)
{
	bool zh = g->v.chinese;
	page_add(g, "<div><h2>");
	buf_addf(g->out, "<i class=\"key %s\">%s</i>", key, key[0] == 'a' ? "A" : "B");
	page_say(g, "What goes wrong, when, where, why", "可能出现的问题：何时、何处、为何");
	page_add(g, "</h2><ol>");
	for (uint32_t i = 0; i < r->trouble_count && i < TROUBLES_MAX; i++) {
		page_add(g, i < 3 ? "<li class=grave>" : "<li>");
		page_text(g, pick(zh, r->troubles[i].text_en, r->troubles[i].text_zh));
		page_add(g, "</li>");
	}
	page_add(g, "</ol>");
	if (r->trouble_count > TROUBLES_MAX)
		buf_addf(g->out, zh ? "<p>另有 %u 条，见 rehearsal.json。</p>" : "<p>%u more stand in rehearsal.json.</p>",
			r->trouble_count - TROUBLES_MAX);
	if (r->trouble_count == 0) {
		page_add(g, "<p>");
		page_say(g, "Nothing that this model sees.", "本模型未发现问题。");
		page_add(g, "</p>");
	}
	page_add(g, "</div>");
}

static void add_troubles(struct page *g)
{
	page_add(g, g->b == NULL ? "<section class=\"said troubles\">" : "<section class=troubles>");
	add_troubles_of(g, g->a, "a");
	if (g->b != NULL)
		add_troubles_of(g, g->b, "b");
	page_add(g, "</section>\n");
}

static void add_foot(struct page *g)
{
	page_add(g, "<footer><p>");
	page_text(g, pick(g->v.chinese, g->a->model_en, g->a->model_zh));
	page_add(g, "</p><p>");
	page_say(g, "Intervals hold the mean 95 times of 100 (Student's t over the runs). Bands in the charts hold the middle eight "
		"of ten runs. A difference is of paired runs: the same people, with the same bags and the same luck, come to both plans.",
		"区间为均值的 95% 置信区间（按各次推演的 t 分布）。图中色带覆盖十次推演中居中的八次。"
		"差异由配对推演得出：两方案面对同样的人群、同样的携包情况和同样的随机因素。");
	page_add(g, "</p><p>");
	page_say(g, "First-order models: nobody pushes. They do not predict the pressure in a crush, panic, falls, or how a crowd "
		"changes its mind; above 5 people a square metre they say only that it is one. A rehearsal helps to decide; it does not "
		"replace the people on site.",
		"一阶模型不含推挤力，不能预测拥挤压力、恐慌、跌倒，也不能预测人群临时改变去向；密度超过每平方米 5 人时，只说明已属险情。"
		"推演用于辅助决策，不能代替现场人员。");
	page_add(g, "</p></footer>\n");
}

static void add_document_head(struct page *g)
{
	page_add(g, g->v.chinese ? "<!doctype html>\n<html lang=zh-CN" : "<!doctype html>\n<html lang=en");
	page_add(g, "><head><meta charset=utf-8>\n<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
		"<meta http-equiv=Content-Security-Policy content=\"default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline'\">\n"
		"<title>");
	page_say(g, "Rehearsal: ", "推演：");
	page_text(g, name_in(g->v.chinese, g->a->plan_name));
	if (g->b != NULL) {
		page_say(g, " against ", " 对比 ");
		page_text(g, name_in(g->v.chinese, g->b->plan_name));
	}
	page_add(g, "</title>\n");
	page_styles(g);
	page_add(g, g->b == NULL ? "</head><body class=one>\n<main>\n" : "</head><body>\n<main>\n");
}

void rehearsal_write_html(const struct rehearsal *r, const struct plan *p, const struct rehearse_comparison *c, const struct plan *p_b,
                          const struct rehearse_lanes *l, bool chinese, struct buf *out)
{
	struct page g = {.out = out, .v = voice_of_page(r, chinese), .a = r, .b = c == NULL ? NULL : c->b, .p_a = p,
		.p_b = p_b == NULL ? p : p_b, .c = c, .l = l};
	add_document_head(&g);
	add_head(&g);
	add_caution(&g);
	add_differences(&g);
	add_troubles(&g);
	page_figures(&g);
	page_maps(&g);
	page_charts(&g);
	page_worst(&g);
	page_lanes(&g);
	page_assumptions(&g);
	add_foot(&g);
	page_add(&g, "</main>\n");
	page_script(&g);
	page_add(&g, "</body></html>\n");
}
