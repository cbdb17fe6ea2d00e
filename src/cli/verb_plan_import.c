/* cordon plan import: a map file becomes a first plan to edit and its base map. */
#include "cli/say.h"
#include "cli/verbs.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"

#define PLAN_BYTES_MAX ((size_t)64 << 20)
#define BASE_BYTES_MAX ((size_t)256 << 20)
#define BAR_COLUMNS 40

static const char help_en[] =
	"Usage: cordon plan import FILE -o PLAN [options]\n"
	"\n"
	"Turns a map into a first plan to edit and a base map beside it. FILE is .osm, .osm.pbf,\n"
	".geojson, .dxf or .gpkg. From PLAN = venue.geojson the base map is venue.base.geojson.\n"
	"\n"
	"What the map shows becomes buildings, streets, ways, water and green of the base map; a\n"
	"stadium (leisure=stadium), its stands, pitch, entrances, barriers, stations and car parks\n"
	"become zones, checkpoints and sources. Zones are guessed; times, people, rates and widths\n"
	"are placeholders: edit them (QGIS opens the plan), then run cordon plan check PLAN.\n"
	"\n"
	"  -o, --output PLAN        where to write the plan\n"
	"      --coordinates gcj02  the file's degrees come from a Chinese map product: converted\n"
	"      --coordinates local  the file is a drawing in metres (DXF always is)\n"
	"      --force              write over files that exist\n"
	"      --quiet              no progress and no counts\n"
	"  -h, --help               this text\n"
	"\n"
	"Exit: 0 written, 1 the file cannot be read or nothing could be written, 2 wrong usage.\n";
static const char help_zh[] =
	"用法：cordon plan import 文件 -o 方案 [选项]\n"
	"\n"
	"把地图转成可编辑的初步方案和一份底图。支持 .osm、.osm.pbf、.geojson、.dxf、.gpkg。\n"
	"方案写为 venue.geojson 时，底图写在旁边的 venue.base.geojson。\n"
	"\n"
	"建筑、道路、步道、水面、绿地进入底图；体育场（leisure=stadium）的看台、场地、出入口、\n"
	"护栏、车站、停车场转为区域、卡点和来源。区域是推测的，时间、人数、通过率、宽度都是\n"
	"占位值：请先编辑（QGIS 可直接打开），再运行 cordon plan check 方案。\n"
	"\n"
	"  -o, --output 方案        方案写到哪里\n"
	"      --coordinates gcj02  文件坐标来自国内地图产品（GCJ-02），读入时转换\n"
	"      --coordinates local  文件是以米为单位的图纸（DXF 一律如此）\n"
	"      --force              覆盖已有文件\n"
	"      --quiet              不显示进度和计数\n"
	"  -h, --help               显示本说明\n"
	"\n"
	"退出码：0 已写出，1 文件无法读取或写出失败，2 命令行有误。\n";

struct options { const char *file, *output, *coordinates; bool force, quiet, help; };

static int usage(const char *what)
{
	fprintf(stderr, "cordon plan import: %s. See cordon plan import --help.\n", what);
	return 2;
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {
		{"output", required_argument, NULL, 'o'}, {"coordinates", required_argument, NULL, 'c'}, {"force",
		no_argument, NULL, 'f'},
		{"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	int letter;
	optind = 1;
	while ((letter = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
		switch (letter) {
		case 'o': o->output = optarg; break;
		case 'c': o->coordinates = optarg; break;
		case 'f': o->force = true; break;
		case 'q': o->quiet = true; break;
		case 'h': o->help = true; return 0;
		default: return 2; /* getopt_long has said what is wrong */
		}
	}
	o->file = optind < argc ? argv[optind] : NULL;
	if (o->file == NULL)
		return usage("no map file is named");
	if (optind + 1 < argc)
		return usage("one map file at a time");
	if (o->output == NULL)
		return usage("-o PLAN says where to write the plan");
	if (o->coordinates != NULL && strcmp(o->coordinates, "gcj02") != 0 && strcmp(o->coordinates, "local") != 0)
		return usage("--coordinates takes gcj02 or local");
	return 0;
}

struct bar { bool shown; int last; };

static void draw_bar(void *ctx, double share)
{
	struct bar *bar = ctx;
	int percent = (int)(share * 100), full = percent * BAR_COLUMNS / 100;
	if (!bar->shown || percent == bar->last)
		return;
	bar->last = percent;
	fprintf(stderr, "\r[%.*s%*s] %3d %%", full, "########################################", BAR_COLUMNS - full, "",
		percent);
	if (percent >= 100)
		fputs("\r\033[K", stderr);
}

/* "a/venue.geojson" -> "a/venue.base.geojson" */
static void base_path_of(const char *plan, struct buf *out)
{
	size_t size = strlen(plan), ending = strlen(".geojson");
	bool has = size > ending && strcmp(plan + size - ending, ".geojson") == 0;
	buf_add(out, plan, has ? size - ending : size);
	buf_add_str(out, ".base.geojson");
}

/* Whole or not at all: written beside its place, then renamed. */
static int write_file(const char *path, const struct buf *text)
{
	struct buf part;
	buf_init(&part, 8192);
	buf_addf(&part, "%s.part", path);
	FILE *file = part.error == ERR_NONE ? fopen(part.at, "wb") : NULL;
	bool good = file != NULL && fwrite(text->at, 1, text->size, file) == text->size && fflush(file) == 0 &&
		fsync(fileno(file)) == 0;
	if (file != NULL && fclose(file) != 0)
		good = false;
	good = good && rename(part.at, path) == 0;
	if (!good) {
		fprintf(stderr, "cordon plan import: %s cannot be written: %s. Do: check the folder, its rights and space.\n",
		        path, strerror(errno));
		if (file != NULL)
			unlink(part.at);
	}
	buf_free(&part);
	return good ? 0 : 1;
}

static void say(const struct options *o, const char *base_path, const struct plan_import_counts *c)
{
	printf("%s: %u buildings, %u footways, %u flights of steps, %u other streets and ways, %u barriers (%u gates), "
	       "%u entrances, %u other features\n",
	       o->file, c->buildings, c->footways, c->steps, c->roads, c->barriers, c->gates, c->entrances, c->others);
	printf("plan      %s\nbase map  %s\nnext      cordon plan check %s\n", o->output, base_path, o->output);
}

static int import(const struct options *o, const char *base_path)
{
	struct buf plan, base;
	struct plan_import_counts counts = {0};
	struct problem problem = {0};
	struct bar bar = {!o->quiet && isatty(STDERR_FILENO), -1};
	const char *slash = strrchr(base_path, '/');
	int code = 1;
	buf_init(&plan, PLAN_BYTES_MAX);
	buf_init(&base, BASE_BYTES_MAX);
	err_t error = plan_import(o->file, o->coordinates, slash == NULL ? base_path : slash + 1, draw_bar, &bar, &plan,
		&base, &counts,
	                          &problem);
	if (bar.shown && error != ERR_NONE)
		fputs("\r\033[K", stderr);
	if (error != ERR_NONE) {
		const struct error_row *row = error_row(error);
		fprintf(stderr, "cordon plan import: %s. Do: %s.\n",
			problem.detail[0] == '\0' ? row->reason_en : problem.detail, row->fix_en);
	} else {
		code = write_file(base_path, &base);
		if (code == 0)
			code = write_file(o->output, &plan);
		if (code == 0 && !o->quiet)
			say(o, base_path, &counts);
	}
	buf_free(&plan);
	buf_free(&base);
	return code;
}

int verb_plan_import(int argc, char **argv)
{
	struct options o = {0};
	struct buf base_path;
	int code = read_options(argc, argv, &o);
	if (code != 0)
		return code;
	if (o.help) {
		fputs(say_in_chinese() ? help_zh : help_en, stdout);
		return 0;
	}
	buf_init(&base_path, 4096);
	base_path_of(o.output, &base_path);
	if (base_path.error != ERR_NONE) {
		code = usage("the path of the plan is too long");
	} else if (!o.force && (access(o.output, F_OK) == 0 || access(base_path.at, F_OK) == 0)) {
		fprintf(stderr, "cordon plan import: %s exists. Do: choose another name, or --force.\n",
		        access(o.output, F_OK) == 0 ? o.output : base_path.at);
		code = 1;
	} else {
		code = import(&o, base_path.at);
	}
	buf_free(&base_path);
	return code;
}
