/* cli/verb_cert.c: `cordon cert`: what certificate the server speaks with, a new one, your own; how phones come to trust it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/account.h"
#include "base/log.h"
#include "cli/say.h"
#include "cli/verbs.h"

static const char help_en[] =
	"cordon cert --data DIR [show] [--url https://HOST:PORT]\n"
	"cordon cert --data DIR new [--names NAME,ADDRESS,...]\n"
	"cordon cert --data DIR bring --cert FILE --key FILE\n"
	"\n"
	"Shows the certificate that the server speaks TLS with, and the QR code by which\n"
	"phones come to trust it.\n"
	"\n"
	"  show   subject, names, end, SHA-256; makes the certificate if there is none yet\n"
	"  new    makes a new one (the root that phones trust stays the same)\n"
	"  bring  takes your own pair, after checking that key and certificate belong\n"
	"         together and are in date; the file may hold the chain\n"
	"\n"
	"  --data DIR    the data folder\n"
	"  --url URL     where phones reach the server (default: this machine's first\n"
	"                address, port 8443)\n"
	"  --names LIST  further host names and addresses, separated by commas\n"
	"  --cert FILE   certificate, PEM\n"
	"  --key FILE    private key, PEM, without a passphrase\n"
	"\n"
	"A running server takes a new certificate when it is started again.\n"
	"Exit status: 0 done, 1 it did not work, 2 the command line is not understood.\n";
static const char help_zh[] =
	"cordon cert --data 目录 [show] [--url https://主机:端口]\n"
	"cordon cert --data 目录 new [--names 名称,地址,...]\n"
	"cordon cert --data 目录 bring --cert 文件 --key 文件\n"
	"\n"
	"显示服务器使用的 TLS 证书，以及供手机扫码安装信任的二维码。\n"
	"\n"
	"  show   显示主体、名称、有效期和 SHA-256；尚无证书时自动生成\n"
	"  new    重新签发证书（手机已信任的根证书不变）\n"
	"  bring  导入自有证书：先核对私钥与证书是否匹配、是否在有效期内；\n"
	"         证书文件可包含完整证书链\n"
	"\n"
	"  --data 目录   数据目录\n"
	"  --url 地址    手机访问服务器的地址（默认：本机首个地址，端口 8443）\n"
	"  --names 列表  追加的主机名和地址，以逗号分隔\n"
	"  --cert 文件   证书（PEM）\n"
	"  --key 文件    私钥（PEM，不带口令）\n"
	"\n"
	"正在运行的服务器重启后才会换用新证书。\n"
	"退出码：0 完成，1 未完成，2 命令行有误。\n";

struct options { const char *data, *url, *names, *cert, *key; };

static at_ms now(void)
{
	struct clock clock = clock_system();
	return clock.now(clock.self);
}

static bool is_loopback(struct text name)
{
	return text_is(name, "localhost") || text_starts(name, "127.") || text_is(name, "::1") || text_is(name, "0:0:0:0:0:0:0:1");
}

/* The first of the certificate's names that a phone can reach: an address before a host name, which may be known here only. */
static struct text reachable(const struct certificate *c)
{
	struct text best = TEXT("localhost");
	bool best_is_address = false;
	for (const char *at = c->names; *at != '\0';) {
		size_t size = strcspn(at, ",");
		struct text name = {at, size};
		bool is_address = size > 0 && strspn(at, "0123456789.") >= size;
		if (!is_loopback(name) && (text_is(best, "localhost") || (is_address && !best_is_address))) {
			best = name;
			best_is_address = is_address;
		}
		at += size;
		at += strspn(at, ", ");
	}
	return best;
}

/* In black and white of its own, so that it can be read on a terminal of any colours. */
static void print_code(const char *text)
{
	struct buf code;
	buf_init(&code, 1u << 20);
	bool coloured = isatty(STDOUT_FILENO) == 1;
	if (certificate_qr(text, &code) == ERR_NONE) {
		for (const char *line = code.at; *line != '\0';) {
			size_t size = strcspn(line, "\n");
			printf(coloured ? "  \x1b[97;40m%.*s\x1b[0m\n" : "  %.*s\n", (int)size, line);
			line += size + (line[size] == '\n' ? 1 : 0);
		}
	}
	buf_free(&code);
}

static void print_trust(const struct certificate *c, const struct options *o)
{
	bool chinese = say_in_chinese();
	char url[512];
	struct text name = reachable(c);
	bool is_ipv6 = memchr(name.at, ':', name.size) != NULL;
	if (o->url != NULL)
		snprintf(url, sizeof(url), "%s%s", o->url, o->url[0] != '\0' && o->url[strlen(o->url) - 1] == '/' ? "ca.crt" : "/ca.crt");
	else
		snprintf(url, sizeof(url), is_ipv6 ? "https://[%.*s]:8443/ca.crt" : "https://%.*s:8443/ca.crt", (int)name.size, name.at);
	printf(chinese ? "根证书文件：  %s\n根证书 SHA-256：\n  %s\n\n" : "Root file:     %s\nRoot SHA-256:\n  %s\n\n", c->ca_path, c->ca_sha256);
	printf(chinese ? "手机扫码下载根证书 %s\n安装前请核对手机显示的指纹与上面的根证书 SHA-256 一致，再设为信任。\n\n"
	               : "Phones: scan, which fetches the root from %s\n"
	                 "Before it is installed, compare the fingerprint that the phone shows with the root's SHA-256 above.\n\n", url);
	print_code(url);
}

static void print_certificate(const struct certificate *c, const struct options *o)
{
	bool chinese = say_in_chinese();
	char end[WHEN_SIZE];
	when_format(c->at_end, 0, end);
	printf(chinese ? "主体：        %s\n名称：        %s\n有效期至：    %s\n证书文件：    %s\n证书 SHA-256：\n  %s\n"
	               : "Subject:       %s\nNames:         %s\nValid until:   %s\nFile:          %s\nSHA-256:\n  %s\n",
	       c->subject, c->names, end, c->cert_path, c->sha256);
	if (c->own)
		print_trust(c, o);
	else
		puts(chinese ? "\n这是导入的证书，由其签发机构担保，手机无需另行安装。"
		             : "\nThis pair was brought: whoever signed it vouches for it; phones need nothing from here.");
}

static int run(const char *what, const struct options *o)
{
	struct problem problem = {0};
	struct certificate c;
	bool is_new = strcmp(what, "new") == 0, is_bring = strcmp(what, "bring") == 0;
	err_t error = ERR_NONE;
	if (is_bring)
		error = certificate_bring(o->data, o->cert, o->key, now(), &problem);
	if (error == ERR_NONE && is_new)
		error = certificate_new(o->data, o->names, now(), &c, &problem);
	else if (error == ERR_NONE)
		error = certificate_ready(o->data, NULL, now(), &c, &problem);
	if (error != ERR_NONE)
		return say_error(error, &problem);
	print_certificate(&c, o);
	if (is_new || is_bring)
		puts(say_in_chinese() ? "\n请重启正在运行的服务器以启用新证书。" : "\nA running server must be started again to use it.");
	return 0;
}

int verb_cert(int argc, char **argv)
{
	struct options o = {NULL, NULL, NULL, NULL, NULL};
	const struct say_option options[] = {{"--data", &o.data}, {"--url", &o.url}, {"--names", &o.names}, {"--cert", &o.cert},
		{"--key", &o.key}, {NULL, NULL}};
	const char *word = "show";
	int word_count = 0;
	bool help = false, chinese = say_in_chinese();
	int code = say_read_options(argc, argv, options, &word, 1, &word_count, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(chinese ? help_zh : help_en, stdout);
		return 0;
	}
	bool is_new = strcmp(word, "new") == 0, is_bring = strcmp(word, "bring") == 0;
	if (!is_new && !is_bring && strcmp(word, "show") != 0)
		return say_usage(argv[0], chinese ? "未知操作" : "unknown word", word);
	if (o.data == NULL)
		return say_usage(argv[0], chinese ? "请指定数据目录" : "name the data folder", "--data DIR");
	if (is_bring && (o.cert == NULL || o.key == NULL))
		return say_usage(argv[0], chinese ? "请指定证书和私钥文件" : "name both files", "--cert FILE --key FILE");
	if ((o.names != NULL && !is_new) || ((o.cert != NULL || o.key != NULL) && !is_bring))
		return say_usage(argv[0], chinese ? "该选项不适用于此操作" : "the option does not go with the word", word);
	log_set_level(LOG_LEVEL_WARN);
	return run(word, &o);
}
