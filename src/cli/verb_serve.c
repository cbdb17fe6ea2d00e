/* cli/verb_serve.c: `cordon serve`: the server. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/verbs.h"
#include "server/server.h"

static const char help_en[] =
	"cordon serve --data DIR --listen ADDR:PORT [options]\n"
	"\n"
	"Runs the server: HTTPS and WebSocket for browsers and devices, MQTT for devices.\n"
	"At the first start it makes a certificate and an administrator, and prints the\n"
	"administrator's password once.\n"
	"\n"
	"  --data DIR          where everything is kept; made if it is not there\n"
	"  --listen ADDR:PORT  e.g. 0.0.0.0:8443; port 0 takes any free one\n"
	"  --mqtt ADDR:PORT    listens for MQTT 3.1.1 too, with the same certificate\n"
	"  --web DIR           the built page (default: beside the program)\n"
	"  --cert FILE         your own certificate chain, PEM\n"
	"  --key FILE          and its key\n"
	"  --plain             no TLS; only on 127.0.0.1, [::1] or localhost\n"
	"  --ready FILE        is written when the server is ready: {\"url\":..,\"mqtt_port\":..}\n"
	"\n"
	"SIGTERM or Ctrl-C: stops listening, answers what waits, then ends. A second one ends at once.\n"
	"Exit codes: 0 ended in order, 1 could not start, 2 the command line is not understood.\n";

static const char help_zh[] =
	"cordon serve --data 目录 --listen 地址:端口 [选项]\n"
	"\n"
	"运行服务：面向浏览器和设备的 HTTPS 与 WebSocket，面向设备的 MQTT。\n"
	"首次启动时生成证书和管理员账户，管理员密码只显示一次。\n"
	"\n"
	"  --data 目录         全部数据所在目录，不存在时自动创建\n"
	"  --listen 地址:端口  例如 0.0.0.0:8443；端口 0 表示任选空闲端口\n"
	"  --mqtt 地址:端口    同时监听 MQTT 3.1.1，使用同一证书\n"
	"  --web 目录          已构建的网页（默认在程序旁边查找）\n"
	"  --cert 文件         自备证书链（PEM）\n"
	"  --key 文件          及其私钥\n"
	"  --plain             不使用 TLS，仅限 127.0.0.1、[::1] 或 localhost\n"
	"  --ready 文件        服务就绪时写入：{\"url\":..,\"mqtt_port\":..}\n"
	"\n"
	"SIGTERM 或 Ctrl-C：停止监听，处理完在途请求后退出；再次发送则立即退出。\n"
	"退出码：0 正常结束，1 无法启动，2 命令行有误。\n";

static bool has_page(const char *dir)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/index.html", dir);
	return access(path, R_OK) == 0;
}

/* build/release/cordon -> web/dist; PREFIX/bin/cordon -> PREFIX/share/cordon/web */
static void find_page(char out[PATH_MAX])
{
	static const char *const places[] = {"/../../web/dist", "/../share/cordon/web"};
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	out[0] = '\0';
	if (size <= 0)
		return;
	self[size] = '\0';
	char *slash = strrchr(self, '/');
	if (slash == NULL)
		return;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(out, PATH_MAX, "%s%s", self, places[i]) < PATH_MAX && has_page(out))
			return;
	}
}

int verb_serve(int argc, char **argv)
{
	struct server_settings s = {0};
	const struct say_option options[] = {{"--data", &s.data_dir}, {"--listen", &s.listen}, {"--mqtt", &s.listen_mqtt},
			{"--web", &s.web_dir},
		{"--cert", &s.cert_path}, {"--key", &s.key_path}, {"--ready", &s.ready_file}, {NULL, NULL}};
	char page[PATH_MAX];
	int words = 0;
	bool help = false, chinese = say_in_chinese();
	s.plain = say_take_flag(&argc, argv, "--plain");
	int code = say_read_options(argc, argv, options, NULL, 0, &words, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(chinese ? help_zh : help_en, stdout);
		return 0;
	}
	if (s.data_dir == NULL)
		return say_usage("serve", chinese ? "请指定数据目录" : "name the data folder", "--data DIR");
	if (s.listen == NULL)
		return say_usage("serve", chinese ? "请指定监听地址" : "name the address to listen on", "--listen ADDR:PORT");
	find_page(page);
	if (s.web_dir == NULL && page[0] != '\0')
		s.web_dir = page;
	s.program = "/proc/self/exe"; /* by this name also when the file was replaced meanwhile */
	return server_run(&s);
}
