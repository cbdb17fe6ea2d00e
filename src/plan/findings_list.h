/* The one list of what can be wrong with a plan: X(NAME, code, severity, en, zh, fix en, fix zh).
 * {a} {b} {c} stand for the figures of the case. Codes are stable: scripts rely on them. Included
 * several times on purpose; tests/unit/test_plan_findings.c provokes every row. */

/* ---- said by plan_read ---- */
X(HEAD_MISSING, "head.missing", ERROR,
  "The collection has no member \"cordon\", so nothing says what this plan is for",
  "文件缺少 cordon 成员，无法确定方案信息",
  "Add the head that docs/PLAN.md describes, or make a first plan with cordon plan import",
  "请按 docs/PLAN.md 补充方案头，或用 cordon plan import 由地图生成初稿")
X(FIELD_MISSING, "field.missing", ERROR,
  "{a} is required and missing",
  "缺少必填项 {a}",
  "Give it; docs/PLAN.md says what it means",
  "请补填；含义见 docs/PLAN.md")
X(FIELD_TYPE, "field.type", ERROR,
  "{a} must be {b}, and is {c}",
  "{a} 的类型应为 {b}，实为 {c}",
  "Write it in the type named",
  "请改为所要求的类型")
X(FIELD_RANGE, "field.range", ERROR,
  "{a} is {b}, outside {c}",
  "{a} 为 {b}，超出允许范围 {c}",
  "Check the unit, which is in the name, and the figure",
  "请核对数值和单位（单位写在名称末尾）")
X(FIELD_WORD, "field.word", ERROR,
  "{a} is \"{b}\"; the nearest known word is \"{c}\"",
  "{a} 的取值“{b}”无法识别，最接近的是“{c}”",
  "Use one of the words in docs/PLAN.md",
  "请使用 docs/PLAN.md 中列出的取值")
X(FIELD_UNKNOWN, "field.unknown", WARNING,
  "{a} is not a property of {b}; the nearest known name is \"{c}\"",
  "{b} 没有属性 {a}，最接近的是“{c}”，该项未采用",
  "Mend the name, or take it out: it is not used",
  "请修正名称或删除该项")
X(FIELD_TEXT, "field.text", ERROR,
  "{a} is longer than {b} bytes, or has control characters",
  "{a} 超过 {b} 字节或含有控制字符",
  "Shorten it, on one line",
  "请缩短为单行文字")
X(TIME_FORMAT, "time.format", ERROR,
  "{a} is \"{b}\", not an RFC 3339 time with offset",
  "{a} 的值“{b}”不是带时区的 RFC 3339 时间",
  "Write it like 2026-11-24T19:30:00+08:00",
  "请写成 2026-11-24T19:30:00+08:00 的形式")
X(FEATURE_TYPE, "feature.type", ERROR,
  "Element {a} of features is not a GeoJSON Feature with properties",
  "features 的第 {a} 项不是带属性的 GeoJSON 要素",
  "Write {\"type\":\"Feature\",\"geometry\":...,\"properties\":{...}}",
  "请写成 {\"type\":\"Feature\",\"geometry\":...,\"properties\":{...}}")
X(FEATURE_KIND, "feature.kind", ERROR,
  "kind is \"{a}\"; the nearest known kind is \"{b}\"",
  "kind 为“{a}”，最接近的类别是“{b}”",
  "Use zone, checkpoint, link, post, camera, barrier, source, asset or route",
  "请使用 zone、checkpoint、link、post、camera、barrier、source、asset 或 route")
X(ID_MISSING, "id.missing", ERROR,
  "The feature has no id",
  "要素没有编号 id",
  "Give it an id, in properties or beside them",
  "请在 properties 内或其旁填写 id")
X(ID_FORM, "id.form", ERROR,
  "\"{a}\" cannot be an id",
  "“{a}”不能用作编号",
  "Use a letter or digit, then up to 63 letters, digits, dots, underscores and hyphens",
  "请以字母或数字开头，其后至多 63 个字母、数字、点、下划线或连字符")
X(ID_TWICE, "id.twice", ERROR,
  "The id \"{a}\" is in use already, since line {b}",
  "编号“{a}”已在第 {b} 行使用",
  "Give one of the two another id",
  "请为其中一个另取编号")
X(ID_DIFFERS, "id.differs", ERROR,
  "The feature has two ids, \"{a}\" and \"{b}\"",
  "要素有两个不同的编号“{a}”和“{b}”",
  "Keep one of them",
  "请只保留一个")
X(GEOMETRY_MISSING, "geometry.missing", ERROR,
  "The feature has no geometry",
  "要素没有几何图形",
  "Draw it",
  "请绘制图形")
X(GEOMETRY_TYPE, "geometry.type", ERROR,
  "{a} is drawn as {b}, and is not {c}",
  "{a} 应画成 {b}，不能是 {c}",
  "Draw it again in that form",
  "请按要求的图形重新绘制")
X(GEOMETRY_NUMBER, "geometry.number", ERROR,
  "Position {a} is not a list of two numbers",
  "第 {a} 个坐标不是两个数的列表",
  "Write [x, y] or [lon, lat]",
  "请写成 [x, y] 或 [经度, 纬度]")
X(GEOMETRY_RANGE, "geometry.range", ERROR,
  "Position {a}, [{b}], lies outside the {c}",
  "第 {a} 个坐标 [{b}] 超出{c}的范围",
  "Longitude comes first; local coordinates are metres, and cordon.coordinates must say \"local\"",
  "经度在前，纬度在后；本地坐标以米为单位，并须在 cordon.coordinates 写明 \"local\"")
X(GEOMETRY_SHORT, "geometry.short", ERROR,
  "{a} has {b} positions, fewer than {c}",
  "{a} 只有 {b} 个坐标，少于 {c} 个",
  "Draw the missing ones; a ring ends where it begins",
  "请补齐坐标；环的首尾应为同一点")
X(GEOMETRY_UNCLOSED, "geometry.unclosed", ERROR,
  "Ring {a} does not end where it begins",
  "第 {a} 个环首尾不相接",
  "Repeat the first position at the end",
  "请在末尾重复第一个坐标")
X(GEOMETRY_FAR, "geometry.far", ERROR,
  "The feature lies {a} km from the middle of the plan, over {b} km",
  "要素距方案中心 {a} 公里，超过 {b} 公里",
  "Check that longitude and latitude are not exchanged",
  "请检查经纬度是否写反")
X(GEOMETRY_DETAIL, "geometry.detail", ERROR,
  "The feature has more than {a} positions",
  "要素的坐标超过 {a} 个",
  "Simplify it: a quarter of a metre is detail enough",
  "请简化图形，0.25 米的精度已足够")
X(REFERENCE_UNKNOWN, "reference.unknown", ERROR,
  "{a} names \"{b}\", which the plan does not have; the nearest id is \"{c}\"",
  "{a} 指向的“{b}”在方案中不存在，最接近的编号是“{c}”",
  "Mend the id, or draw what it names",
  "请修正编号，或补画所指对象")
X(CURVE_ORDER, "curve.order", ERROR,
  "Point {a} of arrivals goes back in time or in share",
  "arrivals 的第 {a} 个点时间或比例倒退",
  "Minutes rise, shares never fall, both are numbers",
  "分钟须递增，比例不得下降")
X(CURVE_END, "curve.end", WARNING,
  "arrivals ends at a share of {a}, not 1",
  "arrivals 终点的比例为 {a}，不是 1",
  "Add the point at which everybody has come",
  "请补上全部人员到达的时间点")

/* ---- said by plan_check: the head ---- */
X(TIMETABLE_ORDER, "timetable.order", ERROR,
  "{a} ({b}) does not come after {c}",
  "{a}（{b}）未晚于 {c}",
  "Put doors, start, interval and end in this order",
  "请按开门、开始、中场、结束的先后填写")
X(PEOPLE_APPROVED, "people.over_approved", ERROR,
  "{a} people are expected, {b} approved",
  "预计 {a} 人，超过批准的 {b} 人",
  "Sell fewer tickets, or have more approved",
  "请减少售票，或重新报批")
X(PEOPLE_SAFE, "people.over_safe", WARNING,
  "{a} people are approved; the {c} capacity allows {b}",
  "批准 {a} 人，但{c}容量只允许 {b} 人",
  "Add what bounds that capacity (cordon plan check shows how it is reckoned), or approve fewer",
  "请补足受限环节（cordon plan check 列出算式），或降低批准人数")
X(PEOPLE_TICKETS, "people.tickets", WARNING,
  "{a} people are expected, more than {b} of the {c} approved",
  "预计 {a} 人，超过批准人数 {c} 的 {b}",
  "The China local rule keeps tickets at that share of the approved number",
  "国内地方规则要求售票不超过批准人数的该比例")
X(EVACUATION_TIME, "evacuation.time", WARNING,
  "evacuation_min is {a}; the rule set {b} knows {c} minutes",
  "evacuation_min 为 {a}，规则集 {b} 的范围是 {c} 分钟",
  "Take a time in that range, or write down why not",
  "请取范围内的时间，或书面说明理由")
X(SOURCE_SHARES, "source.shares", ERROR,
  "The sources' shares sum to {a}, not 1",
  "各来源的比例合计为 {a}，不等于 1",
  "Set them so that everybody comes from somewhere once",
  "请调整使合计为 1")
X(SOURCE_NONE, "source.none", WARNING,
  "The plan has no source, so arrivals come from nowhere in particular",
  "方案没有人员来源，无法区分到达方向",
  "Add the metro exits, car parks and streets that people come from",
  "请补充地铁口、停车场、道路等来源")
X(SOURCE_BATCH, "source.batch", ERROR,
  "Only one of batch_ppl and headway_s is given",
  "batch_ppl 和 headway_s 只填了一个",
  "Give both (people a train, seconds between trains) or none",
  "请同时填写每班人数和班次间隔，或都不填")

/* ---- zones ---- */
X(PLAN_EMPTY, "plan.empty", ERROR,
  "No zone counts as inside, so nobody can be counted in",
  "没有任何区域计入场内，无法统计在场人数",
  "Draw the stands, concourses or field, or set counts_inside",
  "请绘制看台、大厅或场地，或设置 counts_inside")
X(GEOMETRY_CROSSING, "geometry.crossing", ERROR,
  "The outline is not a simple polygon: {a} at [{b}]",
  "轮廓不是简单多边形：{a}，位于 [{b}]",
  "Move or delete the corner there",
  "请移动或删除该处的角点")
X(ZONE_OUTSIDE, "zone.outside", ERROR,
  "A zone of use outside counts as inside",
  "用途为 outside 的区域被计入场内",
  "Set counts_inside to false, or choose another use",
  "请将 counts_inside 设为 false，或改变用途")
X(ZONE_UNREACHABLE, "zone.unreachable", ERROR,
  "No way leads from outside to this zone",
  "从场外没有任何通路到达该区域",
  "Add a checkpoint or a link, and look at their from, to and direction",
  "请补充卡点或通路，并检查 from、to 和方向")
X(ZONE_NO_WAY_OUT, "zone.no_way_out", ERROR,
  "People in this zone have no way to outside",
  "该区域没有通往场外的出路",
  "Add an exit, or set exit_use on a checkpoint through which they may leave",
  "请增设出口，或在可供离场的卡点设置 exit_use")
X(ZONE_OVERLAP, "zone.overlap", ERROR,
  "It shares {a} m2 with zone \"{b}\" of the same level",
  "与同层区域“{b}”重叠 {a} 平方米",
  "Cut one out of the other, or set the level",
  "请裁去重叠部分，或设置楼层")
X(ZONE_CAPACITY, "zone.capacity", ERROR,
  "capacity_ppl is {a}; {c} allows {b}",
  "capacity_ppl 为 {a}，规则 {c} 只允许 {b}",
  "Lower it, or mend area, seats, obstructed_m2, physical and safety",
  "请降低，或核对面积、座位、障碍面积及 P、S 系数")
X(ZONE_OBSTRUCTED, "zone.obstructed", ERROR,
  "obstructed_m2 is {a}, and the whole area {b} m2",
  "obstructed_m2 为 {a}，而总面积只有 {b} 平方米",
  "Check the figure",
  "请核对数值")
X(ZONE_SEATS, "zone.seats", WARNING,
  "{a} seats on {b} m2 are {c} a square metre",
  "{b} 平方米上有 {a} 个座位，每平方米 {c} 个",
  "Over 3.1 seats /m2 is denser than 0.46 m x 0.70 m a seat: check seats and outline",
  "超过每平方米 3.1 座即小于 0.46 米 x 0.70 米一座，请核对座位数和轮廓")
X(HOLDING_SMALL, "zone.holding_small", WARNING,
  "It holds {a} people at {c}; its checks pass {b} in five minutes",
  "按 {c} 只能容纳 {a} 人，而其卡点五分钟可通过 {b} 人",
  "If the checks stop for five minutes it is full: enlarge it, or hold people further out",
  "检查中断五分钟即满：请扩大等候区，或在更外侧限流")

/* ---- checkpoints, lanes, devices, links ---- */
X(CHECKPOINT_SAME, "checkpoint.same", ERROR,
  "from and to are the same zone, \"{a}\"",
  "from 与 to 是同一区域“{a}”",
  "Name the zone before and the zone behind it",
  "请分别填写卡点前后的区域")
X(CHECKPOINT_APART, "checkpoint.apart", ERROR,
  "Its zones \"{a}\" and \"{b}\" lie {c} m apart",
  "所连区域“{a}”与“{b}”相距 {c} 米",
  "Let them touch, or join them with a link",
  "请使两区域相接，或用通路连接")
X(CHECKPOINT_AWAY, "checkpoint.away", ERROR,
  "It stands {a} m away from its zone \"{b}\"",
  "卡点距其区域“{b}”{a} 米",
  "Move it to the border between its two zones",
  "请移到两区域的交界处")
X(CHECKPOINT_LANES, "checkpoint.lanes", ERROR,
  "A {a} check without lanes lets nobody in",
  "{a} 卡点没有通道，无人可以进入",
  "Add its lanes with their rates",
  "请补充通道及通行速率")
X(CHECKPOINT_CLOSED, "checkpoint.closed", WARNING,
  "All of its {a} lanes are planned closed",
  "全部 {a} 条通道均为关闭",
  "Open one, or take the checkpoint out",
  "请至少开放一条，或删除该卡点")
X(CHECKPOINT_ORDER, "checkpoint.order", ERROR,
  "A {a} check leads from \"{b}\", which is inside, to \"{c}\", which is not",
  "{a} 卡点由场内区域“{b}”通向场外区域“{c}”",
  "Exchange from and to, or make it an exit",
  "请对调 from 与 to，或改为出口")
X(CHECKPOINT_EXIT, "checkpoint.exit", ERROR,
  "The exit leads from \"{a}\", which is outside, to \"{b}\", which is inside",
  "出口由场外区域“{a}”通向场内区域“{b}”",
  "Exchange from and to",
  "请对调 from 与 to")
X(CHECKPOINT_WIDTH, "checkpoint.width", ERROR,
  "People may leave here, and width_m is not given",
  "此处可供离场，但未填写 width_m",
  "Give the clear width of the opening",
  "请填写净宽")
X(WIDTH_IMPOSSIBLE, "width.impossible", ERROR,
  "width_m is {a}, which cannot be the width of a way for people",
  "width_m 为 {a}，不可能是人行通道的宽度",
  "Give metres, over 0.5 and at most 100",
  "请以米填写，大于 0.5 且不超过 100")
X(CHECKPOINT_UNCOUNTED, "checkpoint.uncounted", WARNING,
  "It has no device, so nobody is counted here",
  "没有设备，此处无法计数",
  "Add its turnstiles, counters or clickers",
  "请补充闸机、计数器或手动计数器")
X(EXIT_NONE, "exit.none", WARNING,
  "No exit leads out of the zones that count as inside",
  "场内区域没有任何出口",
  "Add exits with their widths, or set exit_use",
  "请补充出口及净宽，或设置 exit_use")
X(LANE_IMPOSSIBLE, "lane.rate_impossible", ERROR,
  "{a} is {b} people a minute; one lane cannot pass over {c}",
  "{a} 为每分钟 {b} 人，单条通道不可能超过 {c}",
  "Give people a minute, not an hour",
  "请按每分钟人数填写，而非每小时")
X(LANE_HIGH, "lane.rate_high", WARNING,
  "{a} is {b} people a minute, over the {c}",
  "{a} 为每分钟 {b} 人，超过上限 {c}",
  "Use the rate you have recorded; the ceiling is what is counted",
  "请使用实测速率；计算以上限为准")
X(LANE_MANY, "lane.many", ERROR,
  "It has {a} lanes, over {b}",
  "通道 {a} 条，超过 {b} 条",
  "Split it into several checkpoints",
  "请拆分为多个卡点")
X(LANE_TWICE, "lane.twice", ERROR,
  "The lane id \"{a}\" is given twice",
  "通道编号“{a}”重复",
  "Give each lane its own id",
  "请为每条通道单独编号")
X(DEVICE_TWICE, "device.twice", ERROR,
  "The device id \"{a}\" is in use already, at checkpoint \"{b}\"",
  "设备编号“{a}”已用于卡点“{b}”",
  "Device ids are unique in the whole plan",
  "设备编号在全方案内不得重复")
X(DEVICE_PERIOD, "device.period", ERROR,
  "{a} is {b} seconds, outside 1 to 3600",
  "{a} 为 {b} 秒，超出 1 至 3600",
  "Give the longest time between two reports of a healthy device",
  "请填写设备正常时两次上报的最长间隔")
X(LINK_SAME, "link.same", ERROR,
  "from and to are the same zone, \"{a}\"",
  "from 与 to 是同一区域“{a}”",
  "Name the zones at its two ends",
  "请填写两端的区域")
X(LINK_AWAY, "link.away", ERROR,
  "Its end lies {a} m away from zone \"{b}\"",
  "端点距区域“{b}”{a} 米",
  "Draw it from the zone it leaves to the zone it reaches",
  "请从起点区域画到终点区域")
X(LINK_SHORT, "link.short", ERROR,
  "length_m is {a}, shorter than the {b} m between its ends",
  "length_m 为 {a}，小于两端直线距离 {b} 米",
  "Leave it out to have it measured",
  "可不填写，由系统量算")
X(CHECK_LIMIT, "check.limit", WARNING,
  "The outlines are too many or too detailed to compare all of them; some distances and overlaps were not checked",
  "轮廓过多或过细，部分间距和重叠未能检查",
  "Simplify the outlines, mend what was found, and check again",
  "请简化轮廓、修正已发现的问题后再校验")
