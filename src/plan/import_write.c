/* plan/import_write.c: geometry, names and the base map as GeoJSON text, one feature a line. */
#include <string.h>

#include "plan/import.h"

#define NAME_BYTES_MAX 200u /* of a name in a plan */

const char *base_layer_word(enum base_layer layer)
{
	static const char *const words[BASE_COUNT] = {"", "building", "road", "footway", "steps", "rail", "water",
		"green", "pitch", "barrier", "parking", "label"};
	return words[layer];
}

static void write_position(struct buf *out, OGRGeometryH shape, int i, const struct geo_frame *frame, int decimals)
{
	double x = OGR_G_GetX(shape, i), y = OGR_G_GetY(shape, i);
	if (frame != NULL) {
		struct lon_lat at = geo_to_globe(frame, (struct point_m){x, y});
		x = at.lon_deg;
		y = at.lat_deg;
	}
	buf_add_char(out, '[');
	buf_add_json_f64(out, x, decimals);
	buf_add_char(out, ',');
	buf_add_json_f64(out, y, decimals);
	buf_add_char(out, ']');
}

static void write_points(struct buf *out, OGRGeometryH shape, const struct geo_frame *frame, int decimals)
{
	int points = OGR_G_GetPointCount(shape);
	buf_add_char(out, '[');
	for (int i = 0; i < points; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_position(out, shape, i, frame, decimals);
	}
	buf_add_char(out, ']');
}

/* A list of what `write` writes for each part. */
static void write_parts(struct buf *out, OGRGeometryH shape, const struct geo_frame *frame, int decimals,
                        void (*write)(struct buf *, OGRGeometryH, const struct geo_frame *, int))
{
	int parts = OGR_G_GetGeometryCount(shape);
	buf_add_char(out, '[');
	for (int i = 0; i < parts; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write(out, OGR_G_GetGeometryRef(shape, i), frame, decimals);
	}
	buf_add_char(out, ']');
}

static void write_rings(struct buf *out, OGRGeometryH shape, const struct geo_frame *frame, int decimals)
{
	write_parts(out, shape, frame, decimals, write_points);
}

bool write_geometry(struct buf *out, OGRGeometryH shape, const struct geo_frame *frame, int decimals)
{
	OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(shape));
	if (OGR_G_IsEmpty(shape))
		return false;
	const char *word = type == wkbPoint ? "Point" :
	                   type == wkbLineString ? "LineString" : type == wkbPolygon ? "Polygon" :
	                   type == wkbMultiLineString ? "MultiLineString" : "MultiPolygon";
	buf_addf(out, "{\"type\":\"%s\",\"coordinates\":", word);
	switch (type) {
	case wkbPoint: write_position(out, shape, 0, frame, decimals); break;
	case wkbLineString: write_points(out, shape, frame, decimals); break;
	case wkbPolygon: write_rings(out, shape, frame, decimals); break;
	case wkbMultiLineString: write_parts(out, shape, frame, decimals, write_points); break;
	default: write_parts(out, shape, frame, decimals, write_rings); break;
	}
	buf_add_char(out, '}');
	return true;
}

/* At most 200 bytes on one line, cut between characters. */
static void write_line(struct buf *out, const char *text)
{
	char line[NAME_BYTES_MAX + 1];
	size_t size = strnlen(text, NAME_BYTES_MAX + 1);
	if (size > NAME_BYTES_MAX)
		for (size = NAME_BYTES_MAX; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80; size--)
			;
	memcpy(line, text, size);
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
			line[i] = ' ';
	buf_add_json(out, (struct text){line, size});
}

void write_name(struct buf *out, const char *name, const char *zh, const char *en)
{
	const char *any = name != NULL ? name : zh != NULL ? zh : en;
	if (any == NULL)
		return;
	buf_add_str(out, ",\"name\":");
	if (zh == NULL && en == NULL) {
		write_line(out, any);
		return;
	}
	buf_add_str(out, "{\"zh\":");
	write_line(out, zh != NULL ? zh : any);
	buf_add_str(out, ",\"en\":");
	write_line(out, en != NULL ? en : any);
	buf_add_char(out, '}');
}

static bool writable(OGRGeometryH shape)
{
	OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(shape));
	return type == wkbPoint || type == wkbLineString || type == wkbPolygon || type == wkbMultiLineString ||
		type == wkbMultiPolygon;
}

void write_base(const struct import *in, OGRGeometryH near, struct buf *out)
{
	bool first = true;
	buf_add_str(out, "{\"type\":\"FeatureCollection\",\n");
	if (in->osm)
		buf_add_str(out, "\"attribution\":\"© OpenStreetMap contributors, ODbL 1.0\",\n");
	buf_add_str(out, "\"features\":[");
	for (uint32_t i = 0; i < in->count && out->error == ERR_NONE; i++) {
		const struct import_item *item = &in->items[i];
		if (item->layer == BASE_NONE || !writable(item->shape) ||
		    (near != NULL && !OGR_G_Intersects(item->shape, near)))
			continue;
		if (item->layer == BASE_LABEL && item->name == NULL)
			continue;
		buf_add_str(out, first ? "\n" : ",\n");
		first = false;
		buf_addf(out, "{\"type\":\"Feature\",\"properties\":{\"layer\":\"%s\"", base_layer_word(item->layer));
		write_name(out, item->name, item->zh, item->en);
		if (item->width_m > 0) {
			buf_add_str(out, ",\"width_m\":");
			buf_add_json_f64(out, item->width_m, 2);
		}
		if (item->height_m > 0) {
			buf_add_str(out, ",\"height_m\":");
			buf_add_json_f64(out, item->height_m, 2);
		}
		buf_add_str(out, "},\"geometry\":");
		write_geometry(out, item->shape, NULL, in->local ? 3 : 7);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "\n]}\n");
}
