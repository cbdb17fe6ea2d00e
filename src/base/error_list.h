/* The one list of errors: X(NAME, code, fault, http, reason en, reason zh, fix en, fix zh).
 * Codes are stable: scripts and devices rely on them. Grouped by the module that
 * says them. To add one: a row here, then `cordon errors --ts > web/src/api/errors.ts`. */

/* base */
X(BUG, "bug", FAULT_BUG, 500, "Cordon made a mistake", "系统内部错误",
  "Please report this with the server's log", "请携带服务器日志反馈")
X(MEMORY, "memory", FAULT_RESOURCE, 503, "No memory left", "内存不足",
  "Free memory on the server and try again", "请释放服务器内存后重试")
X(TOO_LARGE, "too_large", FAULT_CALLER, 413, "The input is larger than allowed", "输入超过允许的大小",
  "Send it in smaller parts", "请分批发送")
X(FILE_OPEN, "file.open", FAULT_SYSTEM, 500, "The file cannot be opened", "无法打开文件",
  "Check the path and its rights", "请检查路径和权限")
X(FILE_WRITE, "file.write", FAULT_SYSTEM, 500, "The file cannot be written", "无法写入文件",
  "Check free space and rights", "请检查磁盘空间和权限")
X(JSON_SYNTAX, "json.syntax", FAULT_CALLER, 400, "This is not valid JSON", "JSON 格式错误",
  "Mend the syntax at the place named", "请修正所指位置的语法")
X(JSON_FIELD, "json.field", FAULT_CALLER, 400, "A field is missing, unknown or of the wrong type", "字段缺失、未知或类型不符",
  "Mend the field named", "请修正所指字段")
X(TEXT_UTF8, "text.utf8", FAULT_CALLER, 400, "The text is not valid UTF-8", "文本不是有效的 UTF-8",
  "Send UTF-8", "请使用 UTF-8 编码")
X(TIME_FORMAT, "time.format", FAULT_CALLER, 400, "The time is not an RFC 3339 time with offset",
  "时间不是带时区的 RFC 3339 格式",
  "Write it like 2026-11-24T18:41:03.250+08:00", "请写成 2026-11-24T18:41:03.250+08:00 的形式")
X(USAGE, "usage", FAULT_CALLER, 400, "The command line is not understood", "命令行参数有误",
  "See --help", "请查看 --help")

/* store */
X(STORE_OPEN, "store.open", FAULT_SYSTEM, 500, "The data folder cannot be opened", "无法打开数据目录",
  "Check that the folder exists, is writable and belongs to this user", "请检查目录是否存在、可写且属于当前用户")
X(STORE_LOCKED, "store.locked", FAULT_SETUP, 409, "Another cordon is using this data folder", "数据目录正被另一个 cordon 使用",
  "Stop the other server, or choose another --data", "请停止另一个服务，或改用其他 --data")
X(STORE_CORRUPT, "store.corrupt", FAULT_SYSTEM, 500, "Stored data fail their checksum", "存储数据校验失败",
  "Bring it back from a copy; do not delete the file", "请用备份恢复，不要删除原文件")
X(STORE_WRITE, "store.write", FAULT_SYSTEM, 503, "The disk refused a write; nothing was acknowledged", "磁盘写入失败，数据未确认",
  "Check the disk, then restart the server", "请检查磁盘后重启服务")
X(STORE_FULL, "store.full", FAULT_RESOURCE, 507, "The disk is full; nothing was acknowledged", "磁盘已满，数据未确认",
  "Free space; devices will send again", "请清理磁盘空间，设备会自动补传")
X(STORE_VERSION, "store.version", FAULT_SETUP, 500, "The data were written by a newer cordon", "数据由更新版本写入",
  "Use that version or newer", "请使用该版本或更新的版本")
X(NOT_FOUND, "not_found", FAULT_CALLER, 404, "There is no such thing", "对象不存在",
  "Check the address and the id", "请检查地址和编号")
X(EXISTS, "exists", FAULT_CALLER, 409, "It exists already", "对象已存在",
  "Choose another id, or change the existing one", "请换一个编号，或修改已有对象")
X(STALE, "stale", FAULT_CALLER, 409, "Somebody changed it since you read it", "读取之后已被他人修改",
  "Read it again and repeat your change", "请重新读取后再修改")

/* passages */
X(PASSAGE_SYNTAX, "passage.syntax", FAULT_CALLER, 400, "The line is not one JSON object", "该行不是一个 JSON 对象",
  "One object a line, at most 4096 bytes", "每行一个对象，最长 4096 字节")
X(PASSAGE_FIELD, "passage.field", FAULT_CALLER, 400, "A field is missing, doubled, unknown or out of range",
  "字段缺失、重复、未知或超出范围",
  "See the passage format in docs/openapi.json", "请参考 docs/openapi.json 中的通行记录格式")
X(PASSAGE_CHECKPOINT, "passage.unknown_checkpoint", FAULT_CALLER, 400, "The plan in force has no such checkpoint",
  "当前方案中没有该卡点",
  "Use an id of the plan, or put a plan in force that has it", "请使用方案中的卡点编号，或启用包含该卡点的方案")
X(PASSAGE_DEVICE, "passage.unknown_device", FAULT_CALLER, 400, "The plan in force has no such device", "当前方案中没有该设备",
  "Add the device to its checkpoint in the plan", "请在方案中为卡点登记该设备")
X(PASSAGE_ELSEWHERE, "passage.wrong_checkpoint", FAULT_CALLER, 400, "The device does not stand at this checkpoint",
  "该设备不属于这个卡点",
  "Mend the device's set-up, or move it in the plan", "请修正设备设置，或在方案中调整其位置")
X(PASSAGE_FUTURE, "passage.future", FAULT_CALLER, 400, "The time lies in the future", "时间晚于当前时间",
  "Set the device's clock (NTP)", "请校准设备时钟（NTP）")
X(CLOCK_BEHIND, "server.clock", FAULT_SYSTEM, 503, "The server's clock was set back", "服务器时钟被回拨",
  "Set the server's clock (NTP); devices will send again", "请校准服务器时钟（NTP），设备会自动补传")
X(PASSAGE_CONFLICT, "passage.conflict", FAULT_CALLER, 409, "Same device, boot and sequence, but another content",
  "设备、启动号、序号相同但内容不同",
  "The first one counts; the other is kept aside. Check the device", "以先到记录为准，后到记录另存。请检查设备")
X(PASSAGE_IDENTITY_FULL, "passage.identity_full", FAULT_RESOURCE, 503,
  "No room for more passage identities in this session",
  "本场次的记录标识空间已满",
  "Use dense sequence numbers, or end this session and open another", "请使用连续序号，或结束本场次后新建场次")
X(PASSAGE_NOT_YOURS, "passage.not_your_device", FAULT_SETUP, 403, "This token may not speak for that device",
  "该令牌无权代表此设备",
  "Use the device's own token", "请使用该设备自己的令牌")

/* sessions */
X(SESSION_UNKNOWN, "session.unknown", FAULT_CALLER, 404, "There is no such session", "场次不存在",
  "See GET /api/v1/sessions", "请查看 GET /api/v1/sessions")
X(SESSION_CLOSED, "session.closed", FAULT_CALLER, 409, "The session is closed", "场次已结束",
  "Open a new session", "请新建场次")
X(SESSION_PLAN, "session.plan", FAULT_CALLER, 422, "The plan fails its check and was not put in force", "方案未通过校验，未启用",
  "Mend the findings listed, or see cordon plan check", "请修正所列问题，或使用 cordon plan check")
X(BUSY, "busy", FAULT_RESOURCE, 503, "The server's queue is full", "服务器队列已满",
  "Send again after the time in Retry-After", "请在 Retry-After 所示时间后重试")
X(HISTORY_RANGE, "history.range", FAULT_CALLER, 400, "That moment lies outside the session", "该时刻不在场次时间范围内",
  "Ask for a moment between the first record and now", "请选择首条记录至当前之间的时刻")

/* plan and geometry: the findings of `cordon plan check` have codes of their own in plan/findings.h */
X(PLAN_SYNTAX, "plan.syntax", FAULT_CALLER, 400, "The plan file is not a GeoJSON FeatureCollection",
  "方案文件不是 GeoJSON FeatureCollection",
  "See docs/PLAN.md", "请参考 docs/PLAN.md")
X(PLAN_VERSION, "plan.version", FAULT_CALLER, 400, "The plan was written by a newer Cordon", "方案由更新版本编写",
  "Use that version or newer", "请使用该版本或更新的版本")
X(PLAN_TOO_LARGE, "plan.too_large", FAULT_CALLER, 413, "The plan has more features or vertices than allowed",
  "方案的要素或顶点数超过上限",
  "Split it, or simplify its geometry", "请拆分方案或简化几何")
X(IMPORT_FORMAT, "import.format", FAULT_CALLER, 400, "The map file's format is not understood", "无法识别地图文件格式",
  "Use .osm, .osm.pbf, .geojson, .dxf or .gpkg", "请使用 .osm、.osm.pbf、.geojson、.dxf 或 .gpkg")

/* accounts and rights */
X(SIGN_IN_NEEDED, "account.sign_in", FAULT_CALLER, 401, "Sign in first", "请先登录",
  "POST /api/v1/sign-in, or send a device token", "请先登录，或携带设备令牌")
X(SIGN_IN_OVER, "account.sign_in_over", FAULT_CALLER, 401, "Your sign-in has ended: 12 hours after it, or 2 hours without use",
  "登录已过期：登录满 12 小时，或 2 小时未操作",
  "Sign in again", "请重新登录")
X(SIGN_IN_WRONG, "account.wrong", FAULT_CALLER, 401, "Name or password is wrong", "用户名或密码错误",
  "Try again; an administrator can set a new password", "请重试；管理员可以重置密码")
X(SIGN_IN_SLOW, "account.too_many", FAULT_CALLER, 429, "Too many attempts", "尝试次数过多",
  "Wait for the time in Retry-After", "请等待 Retry-After 所示时间")
X(FORBIDDEN, "account.forbidden", FAULT_SETUP, 403, "Your role may not do this", "当前角色无此权限",
  "Ask an administrator for the role named", "请向管理员申请相应角色")
X(CROSS_SITE, "account.cross_site", FAULT_CALLER, 403, "The request comes from another site", "请求来自其他站点",
  "Use Cordon's own page, or a token", "请使用本系统页面或令牌")
X(PASSWORD_CHANGE, "account.must_change", FAULT_CALLER, 403, "The password must be changed first", "请先修改密码",
  "POST /api/v1/me/password with the old and a new one", "请通过 POST /api/v1/me/password 提交原密码和新密码")
X(PASSWORD_WEAK, "account.password", FAULT_CALLER, 422, "The password is too short", "密码过短",
  "At least 10 characters", "至少 10 个字符")
X(NAME_BAD, "account.name", FAULT_CALLER, 422, "The name cannot be used", "名称不可用",
  "1 to 64 characters, no control characters", "1 至 64 个字符，不含控制字符")
X(CERTIFICATE, "certificate", FAULT_SETUP, 422, "The certificate or its key cannot be used", "证书或私钥不可用",
  "Bring a pair that fits and is in date: cordon cert bring", "请用 cordon cert bring 导入匹配且在有效期内的证书和私钥")

X(LISTEN, "server.listen", FAULT_SETUP, 500, "The address cannot be listened on", "无法监听该地址",
  "Choose another address or port, or stop what uses it", "请更换地址或端口，或停止占用它的程序")
X(UNREACHABLE, "server.unreachable", FAULT_SYSTEM, 503, "The server cannot be reached", "无法连接服务器",
  "Check the address, and that the server runs", "请检查地址，并确认服务正在运行")

/* HTTP */
X(HTTP_METHOD, "http.method", FAULT_CALLER, 405, "This address does not take that method", "该地址不支持此方法",
  "See docs/openapi.json", "请参考 docs/openapi.json")
X(HTTP_TYPE, "http.content_type", FAULT_CALLER, 415, "The body has the wrong content type", "正文类型不符",
  "Send the type named in docs/openapi.json", "请使用 docs/openapi.json 中的类型")
X(HTTP_QUERY, "http.query", FAULT_CALLER, 400, "A query parameter is wrong", "查询参数有误",
  "Mend the parameter named", "请修正所指参数")
X(HTTP_SLOW, "http.timeout", FAULT_CALLER, 408, "The request came too slowly", "请求发送过慢",
  "Send again on a better connection", "请在更好的网络下重试")
X(HTTP_LENGTH, "http.length", FAULT_CALLER, 411, "The length of the body is not clear", "正文长度不明确",
  "Send one Content-Length and no Transfer-Encoding", "请只发送一个 Content-Length，不使用 Transfer-Encoding")
X(HTTP_REQUEST, "http.request", FAULT_CALLER, 400, "The request is not well-formed HTTP", "不是规范的 HTTP 请求",
  "Send it with a usual HTTP client", "请使用常规 HTTP 客户端发送")
X(HTTP_HEAD, "http.head_too_large", FAULT_CALLER, 431, "The address and headers are longer than 8 KiB",
  "请求地址与请求头超过 8 KiB",
  "Send fewer or shorter headers", "请减少或缩短请求头")

/* crowd, rehearse */
X(CROWD_NETWORK, "crowd.network", FAULT_CALLER, 422, "People cannot move through this network", "人员无法通过该通行网络",
  "Mend the feature named", "请修正所指要素")
X(CROWD_GEOMETRY, "crowd.geometry", FAULT_CALLER, 422, "People cannot walk through this geometry", "人员无法在该图形中行走",
  "Move or widen the feature named", "请移动或加宽所指要素")
X(CROWD_TOO_LARGE, "crowd.too_large", FAULT_RESOURCE, 413, "The simulation needs more memory than there is", "推演所需内存超出可用内存",
  "Take fewer people, a smaller area or fewer replications", "请减少人数、缩小范围或减少重复次数")
X(CROWD_STOPPED, "crowd.stopped", FAULT_CALLER, 409, "The rehearsal was stopped", "推演已停止",
  "Start it again; what it had is kept", "请重新开始；已有结果已保留")
X(REHEARSE_PLAN, "rehearse.plan", FAULT_CALLER, 422, "The plan has mistakes and cannot be rehearsed", "方案存在错误，无法推演",
  "Mend what cordon plan check lists", "请先修正 cordon plan check 列出的问题")
X(REHEARSE_SETTING, "rehearse.setting", FAULT_CALLER, 400, "A setting of the rehearsal is wrong", "推演参数有误",
  "Mend the setting named", "请修正所指参数")
X(REHEARSE_CURVE, "rehearse.curve", FAULT_CALLER, 400, "The arrival curve cannot be read", "到场曲线无法读取",
  "Write lines of minutes from the start and cumulative share, e.g. -60,0.30", "请按“距开场分钟数,累计比例”逐行书写，例如 -60,0.30")
X(REHEARSE_BUSY, "rehearse.busy", FAULT_RESOURCE, 503, "Too many rehearsals are waiting", "排队中的推演过多",
  "Wait for one to end, or cancel one", "请等待其他推演结束，或取消一项")
X(REHEARSE_UNKNOWN, "rehearse.unknown", FAULT_CALLER, 404, "There is no such rehearsal", "没有该推演",
  "List the rehearsals of the session", "请查看该场次的推演列表")
X(REHEARSE_WORKER, "rehearse.worker", FAULT_SYSTEM, 500, "The rehearsal's worker ended before its time", "推演进程意外结束",
  "Start it again; nothing else was touched", "请重新开始；其他数据不受影响")
