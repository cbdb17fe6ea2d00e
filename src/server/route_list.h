/* The routes as data: R(METHOD, path, who, handler, body, limit, answer, en, zh).
 *
 *   who      bits of enum role (account/account.h) that may; ANYONE needs no sign-in
 *   handler  route_<handler>() in server/routes_*.c
 *   body     content type that is taken: NONE, JSON, GEOJSON, NDJSON, CSV
 *   limit    the largest body in bytes
 *   answer   content type that is given: JSON, GEOJSON, SOCKET (WebSocket), NONE
 *
 * From this table: dispatch, the right to call, limits, docs/openapi.json (`cordon openapi`), and the test that goes
 * through every route as every role. {id} is a session, {name} an account, {key} a device token's id, {number} a
 * rehearsal's. */

R(GET,    "/api/v1/health", ANYONE, health, NONE, 0, JSON,
  "Is the server well? To those who are signed in also what is wrong, since when, and counts", "服务状态；登录后另含故障、起始时间与计数")
R(GET,    "/api/v1/openapi.json", ANYONE, openapi, NONE, 0, JSON,
  "This description", "接口描述")
R(POST,   "/api/v1/sign-in", ANYONE, sign_in, JSON, 4096, JSON,
  "Sign in: {name, password}; sets the cookie", "登录：{name, password}，返回 Cookie")
R(POST,   "/api/v1/sign-out", SIGNED_IN, sign_out, NONE, 0, NONE,
  "Sign out: the cookie ends", "退出登录")
R(GET,    "/api/v1/me", SIGNED_IN, me, NONE, 0, JSON,
  "Who am I: {name, role, must_change_password, until}", "当前用户及登录截止时间")
R(POST,   "/api/v1/me/password", SIGNED_IN, my_password, JSON, 4096, NONE,
  "Change my password: {old, new}", "修改本人密码")

R(GET,    "/api/v1/sessions", VIEWER | OPERATOR | PLANNER | ADMIN | DEVICE, sessions, NONE, 0, JSON,
  "The sessions: [{id, name, event, doors, start, end, exercise, speed, closed, now, plan_version}]", "场次列表")
R(POST,   "/api/v1/sessions", PLANNER | ADMIN, session_new, JSON, 33554432, JSON,
  "Open a session: {id, plan: GeoJSON, base?: GeoJSON, exercise?: {speed, at}}", "新建场次")
R(GET,    "/api/v1/sessions/{id}", VIEWER | OPERATOR | PLANNER | ADMIN | DEVICE, session, NONE, 0, JSON,
  "One session, as in the list", "场次信息")
R(POST,   "/api/v1/sessions/{id}/close", OPERATOR | ADMIN, session_close, JSON, 4096, JSON,
  "End it: {reason}; nothing more is booked", "结束场次")
R(GET,    "/api/v1/sessions/{id}/plan", VIEWER | OPERATOR | PLANNER | ADMIN, plan, NONE, 0, GEOJSON,
  "The plan in force, in WGS 84, with every default and measure filled in", "当前方案（WGS 84，含默认值与量算值）")
R(PUT,    "/api/v1/sessions/{id}/plan", PLANNER | ADMIN, plan_put, GEOJSON, 67108864, JSON,
  "Put a plan in force: {version, findings}", "启用方案")
R(GET,    "/api/v1/sessions/{id}/base", VIEWER | OPERATOR | PLANNER | ADMIN, base_map, NONE, 0, GEOJSON,
  "The base map, in WGS 84", "底图")
R(PUT,    "/api/v1/sessions/{id}/base", PLANNER | ADMIN, base_map_put, GEOJSON, 16777216, NONE,
  "Replace the base map", "替换底图")
R(GET,    "/api/v1/sessions/{id}/measures", VIEWER | OPERATOR | PLANNER | ADMIN, measures, NONE, 0, JSON,
  "Areas and the four capacities, with rule and source (?rules=)", "面积与四项容量（附规则与出处）")
R(POST,   "/api/v1/plan/check", VIEWER | OPERATOR | PLANNER | ADMIN, plan_check, GEOJSON, 67108864, JSON,
  "Check a plan without keeping it: {findings, measures}", "校验方案（不保存）")

R(POST,   "/api/v1/sessions/{id}/passages", DEVICE | OPERATOR | ADMIN, passages, NDJSON, 1073741824, JSON,
  "Passages, one JSON object a line; answered when they are on disk: {accepted, duplicate, rejected}", "上报通行记录（NDJSON），落盘后应答")
R(POST,   "/api/v1/sessions/{id}/passages/csv", DEVICE | OPERATOR | ADMIN, passages_csv, CSV, 1073741824, JSON,
  "Passages as CSV; ?columns=device:0,boot:1,... maps the columns", "以 CSV 上报通行记录（columns 指定列映射）")
R(POST,   "/api/v1/sessions/{id}/recounts", OPERATOR | ADMIN, recount, JSON, 4096, JSON,
  "A count by hand: {zone, ppl, sigma_ppl, at?, reason}", "人工复核：{zone, ppl, sigma_ppl, reason}")
R(POST,   "/api/v1/sessions/{id}/empty", OPERATOR | ADMIN, empty, JSON, 4096, JSON,
  "The venue is seen to be empty: {reason}", "清场确认：{reason}")
R(POST,   "/api/v1/sessions/{id}/lanes", OPERATOR | ADMIN, lanes, JSON, 65536, JSON,
  "Open or close lanes: {checkpoint, lanes: {\"1\": true}}", "开启或关闭通道")
R(GET,    "/api/v1/sessions/{id}/state", VIEWER | OPERATOR | PLANNER | ADMIN, state, NONE, 0, JSON,
  "The state (?at= for any past moment); see docs/STATE.md", "实时状态（?at= 查询任一时刻）")
R(GET,    "/api/v1/sessions/{id}/flow", VIEWER | OPERATOR | PLANNER | ADMIN, flow, NONE, 0, JSON,
  "People a minute by event time (?checkpoint=&from=&to=&at=)", "分钟流量（按发生时间）")
R(GET,    "/api/v1/sessions/{id}/live", VIEWER | OPERATOR | PLANNER | ADMIN, live, NONE, 0, SOCKET,
  "WebSocket: the state, then deltas (?since=)", "WebSocket：先全量后增量（?since= 续传）")
R(GET,    "/api/v1/sessions/{id}/conflicts", OPERATOR | ADMIN, conflicts, NONE, 0, JSON,
  "Passages kept aside: same identity, other content", "冲突记录：标识相同而内容不同")
R(GET,    "/api/v1/sessions/{id}/journal", ADMIN, journal, NONE, 0, JSON,
  "Records as they were written (?from=&count=), newest last", "原始记录（?from=&count=）")

R(GET,    "/api/v1/sessions/{id}/rehearsals", VIEWER | OPERATOR | PLANNER | ADMIN, rehearsals, NONE, 0, JSON,
  "Rehearsals asked for, newest first, with their progress", "推演列表及进度（新的在前）")
R(POST,   "/api/v1/sessions/{id}/rehearsals", OPERATOR | PLANNER | ADMIN, rehearsal_new, JSON, 33554432, JSON,
  "Rehearse the plan in force, or the one sent: {plan?, against?, level?, phase?, replications?, changes?, find_lanes?, ...}; answered when it "
  "is queued", "推演当前方案或所附方案：{plan?, against?, level?, phase?, replications?, changes?, find_lanes?, ...}，排队后应答")
R(GET,    "/api/v1/sessions/{id}/rehearsals/{number}", VIEWER | OPERATOR | PLANNER | ADMIN, rehearsal, NONE, 0, JSON,
  "One rehearsal, as in the list", "推演信息")
R(GET,    "/api/v1/sessions/{id}/rehearsals/{number}/result", VIEWER | OPERATOR | PLANNER | ADMIN, rehearsal_result, NONE, 0, JSON,
  "What it found; see docs/REHEARSAL.md", "推演结果，格式见 docs/REHEARSAL.md")
R(POST,   "/api/v1/sessions/{id}/rehearsals/{number}/stop", OPERATOR | PLANNER | ADMIN, rehearsal_stop, NONE, 0, NONE,
  "Stop it; the runs that it has done are kept", "停止推演，已完成的部分保留")
R(DELETE, "/api/v1/sessions/{id}/rehearsals/{number}", OPERATOR | PLANNER | ADMIN, rehearsal_end, NONE, 0, NONE,
  "Delete it and its result; ends it if it runs", "删除推演及其结果，运行中的先终止")

R(GET,    "/api/v1/accounts", ADMIN, accounts, NONE, 0, JSON,
  "The accounts: [{name, role, disabled, signed_in_at}]", "账户列表")
R(POST,   "/api/v1/accounts", ADMIN, account_new, JSON, 4096, JSON,
  "A new account: {name, role, password}", "新建账户")
R(PUT,    "/api/v1/accounts/{name}", ADMIN, account_change, JSON, 4096, JSON,
  "Change role, disabled or password: {role?, disabled?, password?}", "修改账户")
R(GET,    "/api/v1/device-tokens", ADMIN, tokens, NONE, 0, JSON,
  "Device tokens, without the secrets: [{id, session, devices, made_at, used_at}]", "设备令牌列表（不含密文）")
R(POST,   "/api/v1/device-tokens", ADMIN, token_new, JSON, 4096, JSON,
  "A new token: {session, devices: [\"G3-*\"], note}; the secret is shown once", "新建设备令牌，密文仅显示一次")
R(DELETE, "/api/v1/device-tokens/{key}", ADMIN, token_end, NONE, 0, NONE,
  "End a token", "作废令牌")
R(GET,    "/api/v1/audit", ADMIN, audit, NONE, 0, JSON,
  "The audit chain (?from=&count=), with its check", "审计链（含校验）")
