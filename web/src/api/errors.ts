// Made by `cordon errors --ts` from src/base/error_list.h; do not edit.

export type ErrorCode =
  | 'bug'
  | 'memory'
  | 'too_large'
  | 'file.open'
  | 'file.write'
  | 'json.syntax'
  | 'json.field'
  | 'text.utf8'
  | 'time.format'
  | 'usage'
  | 'store.open'
  | 'store.locked'
  | 'store.corrupt'
  | 'store.write'
  | 'store.full'
  | 'store.version'
  | 'not_found'
  | 'exists'
  | 'stale'
  | 'passage.syntax'
  | 'passage.field'
  | 'passage.unknown_checkpoint'
  | 'passage.unknown_device'
  | 'passage.wrong_checkpoint'
  | 'passage.future'
  | 'server.clock'
  | 'passage.conflict'
  | 'passage.identity_full'
  | 'passage.not_your_device'
  | 'session.unknown'
  | 'session.closed'
  | 'session.plan'
  | 'busy'
  | 'history.range'
  | 'plan.syntax'
  | 'plan.version'
  | 'plan.too_large'
  | 'import.format'
  | 'account.sign_in'
  | 'account.sign_in_over'
  | 'account.wrong'
  | 'account.too_many'
  | 'account.forbidden'
  | 'account.cross_site'
  | 'account.must_change'
  | 'account.password'
  | 'account.name'
  | 'certificate'
  | 'server.listen'
  | 'server.unreachable'
  | 'http.method'
  | 'http.content_type'
  | 'http.query'
  | 'http.timeout'
  | 'http.length'
  | 'http.request'
  | 'http.head_too_large'
  | 'crowd.network'
  | 'crowd.geometry'
  | 'crowd.too_large'
  | 'crowd.stopped'
  | 'rehearse.plan'
  | 'rehearse.setting'
  | 'rehearse.curve'
  | 'rehearse.busy'
  | 'rehearse.unknown'
  | 'rehearse.worker';

export type Fault = 'caller' | 'setup' | 'resource' | 'system' | 'bug';

export interface ErrorRow {
  fault: Fault;
  status: number;
  en: string;
  zh: string;
  fixEn: string;
  fixZh: string;
}

export const errors: Readonly<Record<ErrorCode, ErrorRow>> = {
  'bug': {
    fault: 'bug', status: 500,
    en: "Cordon made a mistake", zh: "系统内部错误",
    fixEn: "Please report this with the server's log", fixZh: "请携带服务器日志反馈",
  },
  'memory': {
    fault: 'resource', status: 503,
    en: "No memory left", zh: "内存不足",
    fixEn: "Free memory on the server and try again", fixZh: "请释放服务器内存后重试",
  },
  'too_large': {
    fault: 'caller', status: 413,
    en: "The input is larger than allowed", zh: "输入超过允许的大小",
    fixEn: "Send it in smaller parts", fixZh: "请分批发送",
  },
  'file.open': {
    fault: 'system', status: 500,
    en: "The file cannot be opened", zh: "无法打开文件",
    fixEn: "Check the path and its rights", fixZh: "请检查路径和权限",
  },
  'file.write': {
    fault: 'system', status: 500,
    en: "The file cannot be written", zh: "无法写入文件",
    fixEn: "Check free space and rights", fixZh: "请检查磁盘空间和权限",
  },
  'json.syntax': {
    fault: 'caller', status: 400,
    en: "This is not valid JSON", zh: "JSON 格式错误",
    fixEn: "Mend the syntax at the place named", fixZh: "请修正所指位置的语法",
  },
  'json.field': {
    fault: 'caller', status: 400,
    en: "A field is missing, unknown or of the wrong type", zh: "字段缺失、未知或类型不符",
    fixEn: "Mend the field named", fixZh: "请修正所指字段",
  },
  'text.utf8': {
    fault: 'caller', status: 400,
    en: "The text is not valid UTF-8", zh: "文本不是有效的 UTF-8",
    fixEn: "Send UTF-8", fixZh: "请使用 UTF-8 编码",
  },
  'time.format': {
    fault: 'caller', status: 400,
    en: "The time is not an RFC 3339 time with offset", zh: "时间不是带时区的 RFC 3339 格式",
    fixEn: "Write it like 2026-11-24T18:41:03.250+08:00", fixZh: "请写成 2026-11-24T18:41:03.250+08:00 的形式",
  },
  'usage': {
    fault: 'caller', status: 400,
    en: "The command line is not understood", zh: "命令行参数有误",
    fixEn: "See --help", fixZh: "请查看 --help",
  },
  'store.open': {
    fault: 'system', status: 500,
    en: "The data folder cannot be opened", zh: "无法打开数据目录",
    fixEn: "Check that the folder exists, is writable and belongs to this user", fixZh: "请检查目录是否存在、可写且属于当前用户",
  },
  'store.locked': {
    fault: 'setup', status: 409,
    en: "Another cordon is using this data folder", zh: "数据目录正被另一个 cordon 使用",
    fixEn: "Stop the other server, or choose another --data", fixZh: "请停止另一个服务，或改用其他 --data",
  },
  'store.corrupt': {
    fault: 'system', status: 500,
    en: "Stored data fail their checksum", zh: "存储数据校验失败",
    fixEn: "Bring it back from a copy; do not delete the file", fixZh: "请用备份恢复，不要删除原文件",
  },
  'store.write': {
    fault: 'system', status: 503,
    en: "The disk refused a write; nothing was acknowledged", zh: "磁盘写入失败，数据未确认",
    fixEn: "Check the disk, then restart the server", fixZh: "请检查磁盘后重启服务",
  },
  'store.full': {
    fault: 'resource', status: 507,
    en: "The disk is full; nothing was acknowledged", zh: "磁盘已满，数据未确认",
    fixEn: "Free space; devices will send again", fixZh: "请清理磁盘空间，设备会自动补传",
  },
  'store.version': {
    fault: 'setup', status: 500,
    en: "The data were written by a newer cordon", zh: "数据由更新版本写入",
    fixEn: "Use that version or newer", fixZh: "请使用该版本或更新的版本",
  },
  'not_found': {
    fault: 'caller', status: 404,
    en: "There is no such thing", zh: "对象不存在",
    fixEn: "Check the address and the id", fixZh: "请检查地址和编号",
  },
  'exists': {
    fault: 'caller', status: 409,
    en: "It exists already", zh: "对象已存在",
    fixEn: "Choose another id, or change the existing one", fixZh: "请换一个编号，或修改已有对象",
  },
  'stale': {
    fault: 'caller', status: 409,
    en: "Somebody changed it since you read it", zh: "读取之后已被他人修改",
    fixEn: "Read it again and repeat your change", fixZh: "请重新读取后再修改",
  },
  'passage.syntax': {
    fault: 'caller', status: 400,
    en: "The line is not one JSON object", zh: "该行不是一个 JSON 对象",
    fixEn: "One object a line, at most 4096 bytes", fixZh: "每行一个对象，最长 4096 字节",
  },
  'passage.field': {
    fault: 'caller', status: 400,
    en: "A field is missing, doubled, unknown or out of range", zh: "字段缺失、重复、未知或超出范围",
    fixEn: "See the passage format in docs/openapi.json", fixZh: "请参考 docs/openapi.json 中的通行记录格式",
  },
  'passage.unknown_checkpoint': {
    fault: 'caller', status: 400,
    en: "The plan in force has no such checkpoint", zh: "当前方案中没有该卡点",
    fixEn: "Use an id of the plan, or put a plan in force that has it", fixZh: "请使用方案中的卡点编号，或启用包含该卡点的方案",
  },
  'passage.unknown_device': {
    fault: 'caller', status: 400,
    en: "The plan in force has no such device", zh: "当前方案中没有该设备",
    fixEn: "Add the device to its checkpoint in the plan", fixZh: "请在方案中为卡点登记该设备",
  },
  'passage.wrong_checkpoint': {
    fault: 'caller', status: 400,
    en: "The device does not stand at this checkpoint", zh: "该设备不属于这个卡点",
    fixEn: "Mend the device's set-up, or move it in the plan", fixZh: "请修正设备设置，或在方案中调整其位置",
  },
  'passage.future': {
    fault: 'caller', status: 400,
    en: "The time lies in the future", zh: "时间晚于当前时间",
    fixEn: "Set the device's clock (NTP)", fixZh: "请校准设备时钟（NTP）",
  },
  'server.clock': {
    fault: 'system', status: 503,
    en: "The server's clock was set back", zh: "服务器时钟被回拨",
    fixEn: "Set the server's clock (NTP); devices will send again", fixZh: "请校准服务器时钟（NTP），设备会自动补传",
  },
  'passage.conflict': {
    fault: 'caller', status: 409,
    en: "Same device, boot and sequence, but another content", zh: "设备、启动号、序号相同但内容不同",
    fixEn: "The first one counts; the other is kept aside. Check the device", fixZh: "以先到记录为准，后到记录另存。请检查设备",
  },
  'passage.identity_full': {
    fault: 'resource', status: 503,
    en: "No room for more passage identities in this session", zh: "本场次的记录标识空间已满",
    fixEn: "Use dense sequence numbers, or end this session and open another", fixZh: "请使用连续序号，或结束本场次后新建场次",
  },
  'passage.not_your_device': {
    fault: 'setup', status: 403,
    en: "This token may not speak for that device", zh: "该令牌无权代表此设备",
    fixEn: "Use the device's own token", fixZh: "请使用该设备自己的令牌",
  },
  'session.unknown': {
    fault: 'caller', status: 404,
    en: "There is no such session", zh: "场次不存在",
    fixEn: "See GET /api/v1/sessions", fixZh: "请查看 GET /api/v1/sessions",
  },
  'session.closed': {
    fault: 'caller', status: 409,
    en: "The session is closed", zh: "场次已结束",
    fixEn: "Open a new session", fixZh: "请新建场次",
  },
  'session.plan': {
    fault: 'caller', status: 422,
    en: "The plan fails its check and was not put in force", zh: "方案未通过校验，未启用",
    fixEn: "Mend the findings listed, or see cordon plan check", fixZh: "请修正所列问题，或使用 cordon plan check",
  },
  'busy': {
    fault: 'resource', status: 503,
    en: "The server's queue is full", zh: "服务器队列已满",
    fixEn: "Send again after the time in Retry-After", fixZh: "请在 Retry-After 所示时间后重试",
  },
  'history.range': {
    fault: 'caller', status: 400,
    en: "That moment lies outside the session", zh: "该时刻不在场次时间范围内",
    fixEn: "Ask for a moment between the first record and now", fixZh: "请选择首条记录至当前之间的时刻",
  },
  'plan.syntax': {
    fault: 'caller', status: 400,
    en: "The plan file is not a GeoJSON FeatureCollection", zh: "方案文件不是 GeoJSON FeatureCollection",
    fixEn: "See docs/PLAN.md", fixZh: "请参考 docs/PLAN.md",
  },
  'plan.version': {
    fault: 'caller', status: 400,
    en: "The plan was written by a newer Cordon", zh: "方案由更新版本编写",
    fixEn: "Use that version or newer", fixZh: "请使用该版本或更新的版本",
  },
  'plan.too_large': {
    fault: 'caller', status: 413,
    en: "The plan has more features or vertices than allowed", zh: "方案的要素或顶点数超过上限",
    fixEn: "Split it, or simplify its geometry", fixZh: "请拆分方案或简化几何",
  },
  'import.format': {
    fault: 'caller', status: 400,
    en: "The map file's format is not understood", zh: "无法识别地图文件格式",
    fixEn: "Use .osm, .osm.pbf, .geojson, .dxf or .gpkg", fixZh: "请使用 .osm、.osm.pbf、.geojson、.dxf 或 .gpkg",
  },
  'account.sign_in': {
    fault: 'caller', status: 401,
    en: "Sign in first", zh: "请先登录",
    fixEn: "POST /api/v1/sign-in, or send a device token", fixZh: "请先登录，或携带设备令牌",
  },
  'account.sign_in_over': {
    fault: 'caller', status: 401,
    en: "Your sign-in has ended: 12 hours after it, or 2 hours without use", zh: "登录已过期：登录满 12 小时，或 2 小时未操作",
    fixEn: "Sign in again", fixZh: "请重新登录",
  },
  'account.wrong': {
    fault: 'caller', status: 401,
    en: "Name or password is wrong", zh: "用户名或密码错误",
    fixEn: "Try again; an administrator can set a new password", fixZh: "请重试；管理员可以重置密码",
  },
  'account.too_many': {
    fault: 'caller', status: 429,
    en: "Too many attempts", zh: "尝试次数过多",
    fixEn: "Wait for the time in Retry-After", fixZh: "请等待 Retry-After 所示时间",
  },
  'account.forbidden': {
    fault: 'setup', status: 403,
    en: "Your role may not do this", zh: "当前角色无此权限",
    fixEn: "Ask an administrator for the role named", fixZh: "请向管理员申请相应角色",
  },
  'account.cross_site': {
    fault: 'caller', status: 403,
    en: "The request comes from another site", zh: "请求来自其他站点",
    fixEn: "Use Cordon's own page, or a token", fixZh: "请使用本系统页面或令牌",
  },
  'account.must_change': {
    fault: 'caller', status: 403,
    en: "The password must be changed first", zh: "请先修改密码",
    fixEn: "POST /api/v1/me/password with the old and a new one", fixZh: "请通过 POST /api/v1/me/password 提交原密码和新密码",
  },
  'account.password': {
    fault: 'caller', status: 422,
    en: "The password is too short", zh: "密码过短",
    fixEn: "At least 10 characters", fixZh: "至少 10 个字符",
  },
  'account.name': {
    fault: 'caller', status: 422,
    en: "The name cannot be used", zh: "名称不可用",
    fixEn: "1 to 64 characters, no control characters", fixZh: "1 至 64 个字符，不含控制字符",
  },
  'certificate': {
    fault: 'setup', status: 422,
    en: "The certificate or its key cannot be used", zh: "证书或私钥不可用",
    fixEn: "Bring a pair that fits and is in date: cordon cert bring", fixZh: "请用 cordon cert bring 导入匹配且在有效期内的证书和私钥",
  },
  'server.listen': {
    fault: 'setup', status: 500,
    en: "The address cannot be listened on", zh: "无法监听该地址",
    fixEn: "Choose another address or port, or stop what uses it", fixZh: "请更换地址或端口，或停止占用它的程序",
  },
  'server.unreachable': {
    fault: 'system', status: 503,
    en: "The server cannot be reached", zh: "无法连接服务器",
    fixEn: "Check the address, and that the server runs", fixZh: "请检查地址，并确认服务正在运行",
  },
  'http.method': {
    fault: 'caller', status: 405,
    en: "This address does not take that method", zh: "该地址不支持此方法",
    fixEn: "See docs/openapi.json", fixZh: "请参考 docs/openapi.json",
  },
  'http.content_type': {
    fault: 'caller', status: 415,
    en: "The body has the wrong content type", zh: "正文类型不符",
    fixEn: "Send the type named in docs/openapi.json", fixZh: "请使用 docs/openapi.json 中的类型",
  },
  'http.query': {
    fault: 'caller', status: 400,
    en: "A query parameter is wrong", zh: "查询参数有误",
    fixEn: "Mend the parameter named", fixZh: "请修正所指参数",
  },
  'http.timeout': {
    fault: 'caller', status: 408,
    en: "The request came too slowly", zh: "请求发送过慢",
    fixEn: "Send again on a better connection", fixZh: "请在更好的网络下重试",
  },
  'http.length': {
    fault: 'caller', status: 411,
    en: "The length of the body is not clear", zh: "正文长度不明确",
    fixEn: "Send one Content-Length and no Transfer-Encoding", fixZh: "请只发送一个 Content-Length，不使用 Transfer-Encoding",
  },
  'http.request': {
    fault: 'caller', status: 400,
    en: "The request is not well-formed HTTP", zh: "不是规范的 HTTP 请求",
    fixEn: "Send it with a usual HTTP client", fixZh: "请使用常规 HTTP 客户端发送",
  },
  'http.head_too_large': {
    fault: 'caller', status: 431,
    en: "The address and headers are longer than 8 KiB", zh: "请求地址与请求头超过 8 KiB",
    fixEn: "Send fewer or shorter headers", fixZh: "请减少或缩短请求头",
  },
  'crowd.network': {
    fault: 'caller', status: 422,
    en: "People cannot move through this network", zh: "人员无法通过该通行网络",
    fixEn: "Mend the feature named", fixZh: "请修正所指要素",
  },
  'crowd.geometry': {
    fault: 'caller', status: 422,
    en: "People cannot walk through this geometry", zh: "人员无法在该图形中行走",
    fixEn: "Move or widen the feature named", fixZh: "请移动或加宽所指要素",
  },
  'crowd.too_large': {
    fault: 'resource', status: 413,
    en: "The simulation needs more memory than there is", zh: "推演所需内存超出可用内存",
    fixEn: "Take fewer people, a smaller area or fewer replications", fixZh: "请减少人数、缩小范围或减少重复次数",
  },
  'crowd.stopped': {
    fault: 'caller', status: 409,
    en: "The rehearsal was stopped", zh: "推演已停止",
    fixEn: "Start it again; what it had is kept", fixZh: "请重新开始；已有结果已保留",
  },
  'rehearse.plan': {
    fault: 'caller', status: 422,
    en: "The plan has mistakes and cannot be rehearsed", zh: "方案存在错误，无法推演",
    fixEn: "Mend what cordon plan check lists", fixZh: "请先修正 cordon plan check 列出的问题",
  },
  'rehearse.setting': {
    fault: 'caller', status: 400,
    en: "A setting of the rehearsal is wrong", zh: "推演参数有误",
    fixEn: "Mend the setting named", fixZh: "请修正所指参数",
  },
  'rehearse.curve': {
    fault: 'caller', status: 400,
    en: "The arrival curve cannot be read", zh: "到场曲线无法读取",
    fixEn: "Write lines of minutes from the start and cumulative share, e.g. -60,0.30", fixZh: "请按“距开场分钟数,累计比例”逐行书写，例如 -60,0.30",
  },
  'rehearse.busy': {
    fault: 'resource', status: 503,
    en: "Too many rehearsals are waiting", zh: "排队中的推演过多",
    fixEn: "Wait for one to end, or cancel one", fixZh: "请等待其他推演结束，或取消一项",
  },
  'rehearse.unknown': {
    fault: 'caller', status: 404,
    en: "There is no such rehearsal", zh: "没有该推演",
    fixEn: "List the rehearsals of the session", fixZh: "请查看该场次的推演列表",
  },
  'rehearse.worker': {
    fault: 'system', status: 500,
    en: "The rehearsal's worker ended before its time", zh: "推演进程意外结束",
    fixEn: "Start it again; nothing else was touched", fixZh: "请重新开始；其他数据不受影响",
  },
};
