/* rehearse/model.c: which model it was, and what it does not know: stands under every result. */
#include <stdio.h>

#include "rehearse/inside.h"

static const char *const meso_en =
	"Model: people as single persons through areas, links and lanes (event-driven; walking by Weidmann 1993; full "
	"areas stop what is before "
	"them). Density is the mean over an area: corners may be denser. It knows no forces: in a crush it is no guide. "
	"Assumptions are listed with "
	"their sources; arrivals are the plan's curve or the file given.";
static const char *const meso_zh =
	"模型：逐人通过区域、通路和通道（事件驱动；步行采用 Weidmann 1993；区域满员时前一环节停顿）。密度为区域平均值，局部可能更高。模型不计算人群压力，"
	"拥挤踩踏情形下不能作为依据。假定值及来源另列；到场曲线取自方案或所给文件。";
static const char *const micro_en =
	"Model: each walker in the drawn geometry (collision-free speed model with anticipation; its calibration and "
	"tests are in docs/VALIDATION.md). "
	"Each case was tested by itself; a whole plan with many gates was not: where walkers stand before a gate of many lanes they "
	"may take one of them, and wait too long. Decide by the network's figures (level meso). "
	"It knows no forces: in a crush it is no guide. Assumptions are listed with their sources; arrivals are the "
	"plan's curve or the file given.";
static const char *const micro_zh =
	"模型：按实际图形逐人行走（带预判的无碰撞速度模型，标定与验证见 docs/VALIDATION.md）。各单项场景已分别验证，含多个卡点的整体方案尚未验证：多通道卡点前的人员可能集中于一条通道，等待时间偏长，"
	"请以中观（meso）结果为决策依据。模型不计算人群压力，拥挤踩踏情形下不能作为依据。假定值及来源另列；"
	"到场曲线取自方案或所给文件。";

void model_words(const struct rehearse_settings *s, struct rehearsal *r)
{
	r->model_en = s->level == REHEARSE_MICRO ? micro_en : meso_en;
	r->model_zh = s->level == REHEARSE_MICRO ? micro_zh : meso_zh;
}
