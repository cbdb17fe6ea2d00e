/* server/base_map.c: is it GeoJSON (RFC 7946) that the page can draw? What is put in force here stands in every control room. */
#include "server/inside.h"

#include <math.h>
#include <string.h>

static bool is_position(const json_t *p)
{
	if (!json_is_array(p) || json_array_size(p) < 2 || json_array_size(p) > 4)
		return false;
	for (size_t i = 0; i < json_array_size(p); i++)
		if (!json_is_number(json_array_get(p, i)))
			return false;
	return fabs(json_number_value(json_array_get(p, 0))) <= 180 && fabs(json_number_value(json_array_get(p, 1))) <= 90;
}

/* Lists of lists, `depth` of them, around positions; at most four deep. */
static bool are_positions(const json_t *value, int depth)
{
	size_t i;
	json_t *one;
	if (depth == 0)
		return is_position(value);
	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, one)
		if (!are_positions(one, depth - 1))
			return false;
	return true;
}

static bool is_geometry(const json_t *g)
{
	static const struct { const char *type; int depth; } kinds[] = {{"Point", 0}, {"MultiPoint", 1}, {"LineString", 1},
		{"MultiLineString", 2}, {"Polygon", 2}, {"MultiPolygon", 3}};
	const char *type = json_string_value(json_object_get(g, "type"));
	for (size_t i = 0; type != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(type, kinds[i].type) == 0)
			return are_positions(json_object_get(g, "coordinates"), kinds[i].depth);
	return false;
}

static bool is_feature(const json_t *f)
{
	const char *type = json_string_value(json_object_get(f, "type"));
	const json_t *properties = json_object_get(f, "properties"), *geometry = json_object_get(f, "geometry");
	return type != NULL && strcmp(type, "Feature") == 0 && (json_is_object(properties) || json_is_null(properties)) &&
	       (json_is_null(geometry) || is_geometry(geometry));
}

err_t base_map_check(const json_t *base, struct problem *problem)
{
	const char *type = json_string_value(json_object_get(base, "type"));
	const json_t *features = json_object_get(base, "features");
	size_t i;
	json_t *one;
	if (type == NULL || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features))
		return problem_set(problem, ERR_JSON_FIELD, "type", "a GeoJSON FeatureCollection is needed here");
	json_array_foreach(features, i, one)
		if (!is_feature(one))
			return problem_set(problem, ERR_JSON_FIELD, "features",
				"number %zu is no GeoJSON Feature in WGS 84, with properties and a Point, LineString or Polygon", i + 1);
	return ERR_NONE;
}
