/* crowd/scene/routes.c: routes as lists of targets. See inside.h. */
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

static err_t build_step(struct crowd_scene *s, const struct draft_step *drawn, struct route_step *step)
{
	step->targets = calloc(drawn->count, sizeof *step->targets);
	if (step->targets == NULL)
		return ERR_MEMORY;
	step->count = drawn->count;
	for (uint32_t i = 0; i < drawn->count; i++)
		step->targets[i] = drawn->gate ? s->goal_count + drawn->choices[i] : drawn->choices[i];
	if (drawn->weights == NULL)
		return ERR_NONE;
	step->weights = calloc(drawn->count, sizeof *step->weights);
	if (step->weights == NULL)
		return ERR_MEMORY;
	memcpy(step->weights, drawn->weights, drawn->count * sizeof *step->weights);
	return ERR_NONE;
}

err_t scene_build_routes(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	s->routes = calloc(d->route_count + 1, sizeof *s->routes);
	if (s->routes == NULL)
		return ERR_MEMORY;
	s->route_count = d->route_count;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < d->route_count && error == ERR_NONE; i++) {
		struct route *r = &s->routes[i];
		const struct draft_route *drawn = &d->routes[i];
		r->id = strdup(drawn->id);
		r->steps = calloc(drawn->count, sizeof *r->steps);
		if (r->id == NULL || r->steps == NULL)
			return ERR_MEMORY;
		r->count = drawn->count;
		for (uint32_t k = 0; k < drawn->count && error == ERR_NONE; k++)
			error = build_step(s, &drawn->steps[k], &r->steps[k]);
	}
	return error;
}

void scene_free_routes(struct crowd_scene *s)
{
	for (uint32_t i = 0; s->routes != NULL && i < s->route_count; i++) {
		for (uint32_t k = 0; s->routes[i].steps != NULL && k < s->routes[i].count; k++) {
			free(s->routes[i].steps[k].targets);
			free(s->routes[i].steps[k].weights);
		}
		free(s->routes[i].steps);
		free(s->routes[i].id);
	}
	free(s->routes);
}
