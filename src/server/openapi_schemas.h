/* Schemas of docs/openapi.json: S(name, JSON Schema 2020-12), and which route takes and gives which: B(handler, body,
 * answer);
 * "" = none, "Name[]" = a list of them. docs/STATE.md and docs/PLAN.md say what the members mean. */

#define STRING "{\"type\":\"string\"}"
#define INTEGER "{\"type\":\"integer\"}"
#define NUMBER "{\"type\":\"number\"}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
#define TIME_OR_NULL "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define NUMBER_OR_NULL "{\"type\":[\"number\",\"null\"]}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define LIST(items) "{\"type\":\"array\",\"items\":" items "}"
#define CLOSED(required, properties) "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties \
  "},\"additionalProperties\":false}"
#define OPEN(required, properties) "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define ROLE "{\"type\":\"string\",\"enum\":[\"viewer\",\"operator\",\"planner\",\"administrator\"]}"
#define SESSION_ID "{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]{1,64}$\"}"
#define REASON "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1000}"

S(Problem, OPEN("\"type\",\"title\",\"status\",\"code\",\"reason\",\"suggestion\"",
  "\"type\":" STRING ",\"title\":" STRING ",\"status\":" INTEGER
    ",\"code\":{\"type\":\"string\",\"description\":\"stable; the list is src/base/error_list.h\"},"
  "\"reason\":" STRING ",\"suggestion\":" STRING ",\"field\":" STRING ",\"detail\":" STRING ",\"feature\":" STRING
    ",\"line\":" INTEGER ","
  "\"findings\":" LIST(REF("Finding"))))
S(Trouble, CLOSED("\"trouble\",\"session\",\"since\",\"code\",\"reason\",\"suggestion\"",
  "\"trouble\":{\"enum\":[\"disk_full\",\"journal_refuses\",\"session_left_out\",\"snapshot_wrong\",\"journal_damaged\"]},"
  "\"session\":{\"type\":[\"string\",\"null\"],\"description\":\"null: all of them\"},\"since\":" TIME ",\"code\":" STRING
    ",\"reason\":" STRING ",\"suggestion\":" STRING
  ",\"record\":{\"type\":\"integer\",\"description\":\"of the session's journal\"}"))
S(Mqtt, CLOSED("\"connections\",\"refused\",\"publishes\",\"accepted\",\"duplicate\",\"rejected\",\"dropped\",\"failed\"",
  "\"connections\":" INTEGER ",\"refused\":{\"type\":\"integer\",\"description\":\"connections without a good token\"},\"publishes\":"
    INTEGER ",\"accepted\":" INTEGER ",\"duplicate\":" INTEGER ",\"rejected\":" INTEGER
  ",\"dropped\":{\"type\":\"integer\",\"description\":\"messages on other topics\"},"
  "\"failed\":{\"type\":\"integer\",\"description\":\"connections closed so that they send again\"}"))
S(Health, OPEN("\"ok\",\"version\",\"writable\"",
  "\"ok\":{\"type\":\"boolean\",\"description\":\"writable, and no trouble. What follows `writable` only those hear who are signed in\"},"
  "\"version\":" STRING ",\"writable\":" BOOLEAN ",\"sessions\":" INTEGER ",\"connections\":" INTEGER ",\"sockets\":" INTEGER
  ",\"committed\":" INTEGER ",\"commits\":" INTEGER ",\"batches_free\":" INTEGER
  ",\"checks_waiting\":{\"type\":\"integer\",\"description\":\"sessions whose snapshot was not yet held against their journal\"},"
  "\"trouble_count\":" INTEGER ",\"troubles\":" LIST(REF("Trouble")) ",\"mqtt\":{\"anyOf\":[" REF("Mqtt") ",{\"type\":\"null\"}]}"))
S(Done, CLOSED("\"ok\"", "\"ok\":{\"const\":true}"))
S(SignIn, CLOSED("\"name\",\"password\"", "\"name\":" STRING ",\"password\":" STRING))
S(Me, CLOSED("\"name\",\"role\",\"must_change_password\",\"until\"", "\"name\":" STRING ",\"role\":" ROLE
  ",\"must_change_password\":" BOOLEAN ",\"until\":" TIME))
S(PasswordChange, CLOSED("\"old\",\"new\"", "\"old\":" STRING ",\"new\":{\"type\":\"string\",\"minLength\":10}"))
S(Name, CLOSED("\"zh\",\"en\"", "\"zh\":" STRING ",\"en\":" STRING))
S(Session,
  CLOSED("\"id\",\"name\",\"event\",\"doors\",\"start\",\"end\",\"exercise\",\"speed\",\"closed\",\"now\",\"plan_version\"",
  "\"id\":" SESSION_ID ",\"name\":" REF("Name") ",\"event\":" REF("Name") ",\"doors\":" TIME_OR_NULL ",\"start\":"
    TIME_OR_NULL ",\"end\":" TIME_OR_NULL
  ",\"exercise\":" BOOLEAN ",\"speed\":" NUMBER ",\"closed\":" BOOLEAN ",\"now\":" TIME ",\"plan_version\":" INTEGER))
S(NewSession, CLOSED("\"id\",\"plan\"", "\"id\":" SESSION_ID ",\"plan\":" REF("Plan") ",\"base\":" REF("BaseMap")
  ",\"exercise\":"
  CLOSED("", "\"speed\":{\"type\":\"number\",\"minimum\":1,\"maximum\":10000},\"at\":" TIME)))
S(Reason, CLOSED("\"reason\"", "\"reason\":" REASON))
S(Plan, OPEN("\"type\",\"features\"",
  "\"type\":{\"const\":\"FeatureCollection\"},\"cordon\":{\"type\":\"object\",\"description\":\"the head; see docs/PLAN.md\"},"
  "\"bounds\":" LIST(NUMBER) ",\"features\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"))
S(BaseMap,
  OPEN("\"type\",\"features\"",
  "\"type\":{\"const\":\"FeatureCollection\"},\"features\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"))
S(Finding, CLOSED("\"severity\",\"code\",\"line\",\"feature\",\"field\",\"text_en\",\"text_zh\",\"fix_en\",\"fix_zh\"",
  "\"severity\":{\"enum\":[\"error\",\"warning\"]},\"code\":" STRING ",\"line\":" INTEGER ",\"feature\":" STRING
    ",\"field\":" STRING ",\"text_en\":" STRING
  ",\"text_zh\":" STRING ",\"fix_en\":" STRING ",\"fix_zh\":" STRING))
S(PlanPut, CLOSED("\"version\",\"findings\"", "\"version\":" INTEGER ",\"findings\":" LIST(REF("Finding"))))
S(PlanCheck, CLOSED("\"findings\",\"measures\"", "\"findings\":" LIST(REF("Finding")) ",\"measures\":{\"anyOf\":["
  REF("Measures") ",{\"type\":\"null\"}]}"))
S(Capacity, OPEN("\"ppl\",\"rule\",\"source\",\"how\"", "\"ppl\":" NUMBER_OR_NULL ",\"rule\":" STRING ",\"source\":"
  STRING ",\"source_zh\":" STRING ",\"how\":" STRING
  ",\"how_zh\":" STRING))
S(Measures, OPEN("\"rules\",\"holding\",\"entry\",\"exit\",\"evacuation\",\"safe_ppl\",\"lowest\"", "\"rules\":" STRING
  ",\"holding\":" REF("Capacity") ",\"entry\":"
  REF("Capacity") ",\"exit\":" REF("Capacity") ",\"evacuation\":" REF("Capacity") ",\"safe_ppl\":" NUMBER_OR_NULL
    ",\"lowest\":" STRING ",\"area_m2\":" NUMBER
  ",\"usable_m2\":" NUMBER ",\"zones\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"))
S(Passage, CLOSED("\"device\",\"seq\",\"at\"", "\"device\":" STRING
  ",\"boot\":{\"type\":\"integer\",\"minimum\":0,\"default\":0},\"seq\":{\"type\":\"integer\",\"minimum\":0},"
  "\"at\":" TIME ",\"checkpoint\":" STRING
    ",\"in\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000,\"default\":0},"
  "\"out\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000,\"default\":0},"
  "\"in_total\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295},"
  "\"out_total\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295}"))
S(Receipt, CLOSED("\"accepted\",\"duplicate\",\"rejected\"", "\"accepted\":" INTEGER ",\"duplicate\":" INTEGER
  ",\"rejected\":{\"type\":\"array\",\"maxItems\":1000,\"description\":\"lines that were not kept. With the code `server.clock` it is"
  " the server that is wrong: keep the line and send it again later. With any other it would be refused again\",\"items\":"
    CLOSED("\"line\",\"code\",\"reason\"", "\"line\":" INTEGER ",\"code\":" STRING ",\"reason\":" STRING)
  "},\"rejected_count\":{\"type\":\"integer\",\"description\":\"only when there are more than are listed\"}"))
S(Recount, CLOSED("\"zone\",\"ppl\",\"sigma_ppl\",\"reason\"", "\"zone\":" STRING
  ",\"ppl\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":10000000},"
  "\"sigma_ppl\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1000000},\"at\":" TIME ",\"reason\":" REASON))
S(Lanes, CLOSED("\"checkpoint\",\"lanes\"", "\"checkpoint\":" STRING
  ",\"lanes\":{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":" BOOLEAN "}"))
S(State, OPEN("\"type\",\"session\",\"seq\",\"records\",\"at\",\"books\",\"inside\",\"zones\",\"checkpoints\",\"devices\"",
  "\"type\":{\"enum\":[\"state\",\"delta\",\"beat\"]},\"session\":" SESSION_ID ",\"seq\":" INTEGER ",\"records\":"
    INTEGER ",\"at\":" TIME ",\"exercise\":" BOOLEAN
  ",\"speed\":" NUMBER ",\"closed\":" BOOLEAN ",\"plan_version\":" INTEGER
    ",\"books\":{\"type\":\"object\"},\"inside\":{\"type\":\"object\"},"
  "\"zones\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
  "\"checkpoints\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
  "\"devices\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
  "\"stages\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
  "\"all_in\":{\"type\":[\"object\",\"null\"]},\"sources\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"))
S(Flow, OPEN("\"from\",\"step_s\",\"checkpoints\"", "\"from\":" TIME_OR_NULL ",\"step_s\":" INTEGER ",\"checkpoints\":"
  LIST(OPEN("\"id\",\"in\",\"out\"",
  "\"id\":" STRING ",\"in\":" LIST(INTEGER) ",\"out\":" LIST(INTEGER) ",\"final_count\":" INTEGER ",\"revision\":"
    LIST(INTEGER)))
  ",\"inside\":" LIST(INTEGER)))
#define TOLD "\"at\":" TIME ",\"recorded_at\":" TIME ",\"device\":" STRING ",\"checkpoint\":" STRING \
  ",\"boot\":" INTEGER ",\"seq\":" INTEGER ",\"in\":" INTEGER ",\"out\":" INTEGER ",\"in_total\":" INTEGER ",\"out_total\":" INTEGER
S(RecordedPassage, CLOSED("\"device\",\"checkpoint\",\"boot\",\"seq\",\"at\",\"recorded_at\"", TOLD))
S(Conflicts, CLOSED("\"count\",\"conflicts\"", "\"count\":" INTEGER ",\"conflicts\":{\"type\":\"array\",\"maxItems\":256,"
  "\"description\":\"the newest, oldest of them first: what came later and was kept aside; `first` is what counts, null when it lies"
  " more than a million records back\",\"items\":" CLOSED("\"device\",\"checkpoint\",\"boot\",\"seq\",\"at\",\"recorded_at\",\"first\"",
  TOLD ",\"first\":{\"anyOf\":[" REF("RecordedPassage") ",{\"type\":\"null\"}]}") "}"))
S(Anything, "{\"description\":\"records as they are\"}")
S(Account, CLOSED("\"name\",\"role\",\"disabled\",\"signed_in_at\"", "\"name\":" STRING ",\"role\":" ROLE
  ",\"disabled\":" BOOLEAN ",\"signed_in_at\":" TIME_OR_NULL))
S(NewAccount, CLOSED("\"name\",\"role\",\"password\"", "\"name\":{\"type\":\"string\",\"minLength\":1},\"role\":" ROLE
  ",\"password\":{\"type\":\"string\",\"minLength\":10}"))
S(MadeAccount, CLOSED("\"name\",\"role\"", "\"name\":" STRING ",\"role\":" ROLE))
S(AccountChange, CLOSED("", "\"role\":" ROLE ",\"disabled\":" BOOLEAN
  ",\"password\":{\"type\":\"string\",\"minLength\":10}"))
S(Token, CLOSED("\"id\",\"session\",\"devices\",\"note\",\"made_at\",\"used_at\"", "\"id\":" STRING ",\"session\":"
  STRING ",\"devices\":" LIST(STRING) ",\"note\":" STRING
  ",\"made_at\":" TIME_OR_NULL ",\"used_at\":" TIME_OR_NULL))
S(NewToken, CLOSED("\"devices\"", "\"session\":" STRING ",\"devices\":" LIST(STRING) ",\"note\":" STRING))
S(MadeToken, CLOSED("\"id\",\"secret\"", "\"id\":" STRING ",\"secret\":" STRING))
S(Audit, CLOSED("\"entries\",\"intact\"", "\"entries\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"intact\":"
  BOOLEAN))
S(Rehearsal, CLOSED("\"id\",\"state\",\"by\",\"at\",\"ended\",\"plan_version\",\"level\",\"phase\",\"done\",\"of\","
  "\"compares\",\"find_lanes\","
  "\"result\",\"problem\"",
  "\"id\":" STRING ",\"state\":{\"enum\":[\"waiting\",\"running\",\"done\",\"stopped\",\"failed\",\"interrupted\"],"
    "\"description\":\"interrupted: the server ended first\"},\"by\":" STRING ",\"at\":" TIME_OR_NULL ",\"ended\":" TIME_OR_NULL
  ",\"plan_version\":{\"type\":[\"integer\",\"null\"],\"description\":\"of the plan in force; null: the asker's own\"}"
  ",\"level\":{\"enum\":[\"meso\",\"micro\"]},\"phase\":{\"enum\":[\"ingress\",\"egress\",\"evacuation\"]}"
  ",\"done\":" INTEGER ",\"of\":{\"type\":\"integer\",\"description\":\"runs; 0: not known yet\"},\"compares\":" BOOLEAN
  ",\"find_lanes\":" BOOLEAN ",\"result\":" BOOLEAN ",\"problem\":{\"anyOf\":[" REF("Problem") ",{\"type\":\"null\"}]}"))
S(NewRehearsal, CLOSED("", "\"plan\":" REF("Plan") ",\"against\":" REF("Plan") ",\"level\":{\"enum\":[\"meso\",\"micro\"]}"
  ",\"phase\":{\"enum\":[\"ingress\",\"egress\",\"evacuation\"]},\"arrivals_ppl\":{\"type\":\"integer\",\"minimum\":0,"
  "\"maximum\":1000000},\"curve\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":" NUMBER "},\"description\":"
  "\"[minutes from the start, share]\"},\"shift_min\":" NUMBER ",\"seed\":" INTEGER ",\"replications\":{\"type\":\"integer\","
  "\"minimum\":0,\"maximum\":1000},\"changes\":" LIST(CLOSED("\"kind\",\"id\"", "\"kind\":{\"enum\":[\"lanes\",\"rate\",\"block\"]}"
  ",\"id\":" STRING ",\"value\":" NUMBER ",\"from_min\":" NUMBER ",\"to_min\":" NUMBER)) ",\"find_lanes\":"
  CLOSED("", "\"staff\":" INTEGER ",\"wait_p95_s\":" NUMBER)))

B(health, "", "Health", "")
B(openapi, "", "Anything", "")
B(sign_in, "SignIn", "Me", "")
B(sign_out, "", "", "")
B(me, "", "Me", "")
B(my_password, "PasswordChange", "", "")
B(sessions, "", "Session[]", "")
B(session_new, "NewSession", "Session", "")
B(session, "", "Session", "")
B(session_close, "Reason", "Session", "")
B(plan, "", "Plan", "")
B(plan_put, "Plan", "PlanPut", "")
B(base_map, "", "BaseMap", "")
B(base_map_put, "BaseMap", "", "")
B(measures, "", "Measures", "rules")
B(plan_check, "Plan", "PlanCheck", "")
B(passages, "Passage", "Receipt", "")
B(passages_csv, "Anything", "Receipt", "columns")
B(recount, "Recount", "Done", "")
B(empty, "Reason", "Done", "")
B(lanes, "Lanes", "Done", "")
B(state, "", "State", "at")
B(flow, "", "Flow", "checkpoint from to at")
B(live, "", "", "since")
B(conflicts, "", "Conflicts", "")
B(journal, "", "Anything", "from count")
B(rehearsals, "", "Rehearsal[]", "")
B(rehearsal_new, "NewRehearsal", "Rehearsal", "")
B(rehearsal, "", "Rehearsal", "")
B(rehearsal_result, "", "Anything", "")
B(rehearsal_stop, "", "", "")
B(rehearsal_end, "", "", "")
B(accounts, "", "Account[]", "")
B(account_new, "NewAccount", "MadeAccount", "")
B(account_change, "AccountChange", "Account", "")
B(tokens, "", "Token[]", "")
B(token_new, "NewToken", "MadeToken", "")
B(token_end, "", "", "")
B(audit, "", "Audit", "from count")
