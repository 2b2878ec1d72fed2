/* test_config_to.c - whom a limit applies to. */
#include "config_rows.h"

static void check_list(int line, const char *list, const char *expected)
{
    char spec[8192];
    snprintf(spec, sizeof spec, "out 1/s to=%s", list);
    check_text(line, list, add(spec) ? show_rules(&config.limits[0]) : error.text, expected);
}

static void check_bad_list(int line, const char *list, unsigned position, const char *under,
                           const char *part)
{
    char spec[8192];
    snprintf(spec, sizeof spec, "out 1/s to=%s", list);
    check_bad_spec(line, spec, position + (unsigned)strlen("out 1/s to="), under, part);
}

#define TO(list, expected)                  check_list(__LINE__, list, expected)
#define BAD_TO(list, position, under, part) check_bad_list(__LINE__, list, position, under, part)

static void names(void)
{
    TO("example.com", "example.com");
    TO("Example.COM.", "example.com");
    TO("*.example.com", "*.example.com");
    TO("my_host-1", "my_host-1");
    TO("AZaz09.z", "azaz09.z");
    TO("1.example", "1.example");
    TO("LocalHost.", "localhost, which is loopback");
    TO("a.b.localhost:80", "a.b.localhost, which is loopback port 80");
    TO("*.localhost", "*.localhost, which is loopback");
    TO("localhost.example", "localhost.example");
    TO("alocalhost", "alocalhost");
    TO("example.com:443", "example.com port 443");
    TO("!example.com:443", "!example.com port 443");
    TO("a,b,!c", "a, b, !c");
    TO("*", "*");
    TO("!*", "!*");
    TO("*:80", "* port 80");
    TO(":80", "* port 80");
    TO("!:80", "!* port 80");
    TO(":1,:65535", "* port 1, * port 65535");

    BAD_TO("a..b", 1, "a..b", "'a..b' is neither a host name nor an address");
    BAD_TO("x,.b", 3, ".b", "is neither");
    BAD_TO("b..", 1, "b..", "is neither");
    BAD_TO(".", 1, ".", "is neither");
    BAD_TO("*.", 1, "*.", "is neither");
    BAD_TO("*example.com", 1, "*example.com", "is neither");
    BAD_TO("a.*.com", 1, "a.*.com", "is neither");
    BAD_TO("!!a", 2, "!a", "is neither");
    BAD_TO("b\xc3\xbc"
           "cher.de",
           1, "b\\xc3\\xbccher.de", "is neither");
    BAD_TO("http://a", 6, "//a", "'//a' is not a port");
    BAD_TO(",a", 1, ",", "a host, an address or a port is missing");
    BAD_TO("a,,b", 3, ",", "is missing");
    BAD_TO("a,!", 4, "", "is missing");
}

static void ports(void)
{
    BAD_TO("a:", 3, "", "'' is not a port; they are numbers from 1 to 65535");
    BAD_TO(":", 2, "", "is not a port");
    BAD_TO("a:0", 3, "0", "'0' is not a port");
    BAD_TO("a:65536", 3, "65536", "is not a port");
    BAD_TO("a:18446744073709551617", 3, "18446744073709551617", "is not a port");
    BAD_TO("a:https", 3, "https", "is not a port");
    BAD_TO("a:+8", 3, "+8", "is not a port");
}

static void ipv4(void)
{
    TO("192.0.2.1", "::ffff:192.0.2.1/128");
    TO("192.0.2.1:80", "::ffff:192.0.2.1/128 port 80");
    TO("10.0.0.0/8", "::ffff:10.0.0.0/104");
    TO("!10.0.0.0/8:80", "!::ffff:10.0.0.0/104 port 80");
    TO("10.255.255.255/8", "::ffff:10.0.0.0/104");
    TO("192.0.2.255/31", "::ffff:192.0.2.254/127");
    TO("192.0.2.255/32", "::ffff:192.0.2.255/128");
    TO("1.2.3.4/0", "::ffff:0.0.0.0/96");
    TO("0.0.0.0", "::ffff:127.0.0.1/128");
    TO("0.0.0.0/32", "::ffff:127.0.0.1/128");
    TO("0.0.0.0/0", "::ffff:0.0.0.0/96");

    BAD_TO("10.0.0.256", 1, "10.0.0.256", "'10.0.0.256' is not an IPv4 address");
    BAD_TO("10.1", 1, "10.1", "is not an IPv4 address");
    BAD_TO("1.2.3.4.5", 1, "1.2.3.4.5", "is not an IPv4 address");
    BAD_TO("443", 1, "443", "is not an IPv4 address");
    BAD_TO("1.2.3.4.", 1, "1.2.3.4.", "is neither a host name nor an address");
    BAD_TO("10.0.0.0/33", 10, "33", "'33' is not a prefix length; they are numbers from 0 to 32");
    BAD_TO("10.0.0.0/", 10, "", "is not a prefix length");
    BAD_TO("10.0.0.0/-1", 10, "-1", "is not a prefix length");
    BAD_TO("10.0.0.0/8/8", 10, "8/8", "is not a prefix length");
    BAD_TO("10.0.0.0/255.0.0.0", 10, "255.0.0.0", "is not a prefix length");
    BAD_TO("example.com/8", 1, "example.com", "is not an IPv4 address");
}

static void ipv6(void)
{
    TO("2001:db8::1", "2001:db8::1/128");
    TO("[2001:DB8::1]", "2001:db8::1/128");
    TO("[2001:db8::1]:443", "2001:db8::1/128 port 443");
    TO("2001:db8::ffff/32", "2001:db8::/32");
    TO("![2001:db8::/33]:443", "!2001:db8::/33 port 443");
    TO("2001:db8:ffff::/33", "2001:db8:8000::/33");
    TO("::1/128", "::1/128");
    TO("::1/127", "::/127");
    TO("::/0", "::/0");
    TO("::", "::1/128");
    TO("::/127", "::/127");
    TO("::ffff:0.0.0.0", "::ffff:127.0.0.1/128");
    TO("::ffff:192.0.2.1", "::ffff:192.0.2.1/128");

    BAD_TO("2001:db8::g", 1, "2001:db8::g", "'2001:db8::g' is not an IPv6 address");
    BAD_TO("a:80:90", 1, "a:80:90", "is not an IPv6 address");
    BAD_TO("fe80::1%eth0", 1, "fe80::1%eth0", "is not an IPv6 address");
    BAD_TO("2001:db8::/129", 12, "129", "they are numbers from 0 to 128");
    BAD_TO("2001:db8::/32:80", 12, "32:80", "is not a prefix length");
    BAD_TO("[::1", 1, "[::1", "the closing ']' is missing");
    BAD_TO("[]:80", 2, "]", "is not an IPv6 address");
    BAD_TO("[::1]80", 6, "80", "only ':' and a port may follow the ']'");
    BAD_TO("[::1]:", 7, "", "is not a port");
    BAD_TO("[1.2.3.4]:80", 2, "1.2.3.4", "is not an IPv6 address");
    BAD_TO("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", 1,
           "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", "is not an IPv6 address");
}

/* RFC 1035: 63 characters in a label, 253 in a name. */
static void long_names(void)
{
    char name[300], shown[300];
    memset(name, 'A', sizeof name);
    memset(shown, 'a', sizeof shown);
    name[63] = shown[63] = '\0';
    TO(name, shown);
    name[63] = 'A';
    name[64] = '\0';
    BAD_TO(name, 1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "is neither");

    memset(name, 'A', sizeof name);
    memset(shown, 'a', sizeof shown);
    for (int dot = 50; dot < 253; dot += 51)
        name[dot] = shown[dot] = '.';
    name[253] = shown[253] = '\0';
    TO(name, shown);
    name[253] = 'A';
    name[254] = '\0';
    BAD_TO(name, 1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "is neither");
}

static void room_for_rules(void)
{
    char spec[1024] = "out 1/s to=:1";
    for (int i = 1; i < MAX_RULES; i++)
        strcat(spec, ",:1");
    CHECK(add(spec));
    CHECK_EQ(config.limits[0].rules, MAX_RULES);
    CHECK(config_add_limit(&config, "-l", "out 1/s", &error));
    CHECK(!config_add_limit(&config, "-l", "out 1/s to=a", &error));
    check_error(__LINE__, spec, "-l: character 12: ", "a",
                "more than 128 hosts, addresses and ports");
}

static void each_limit_has_its_own_rules(void)
{
    CHECK(add("out 1/s to=a,b"));
    CHECK(config_add_limit(&config, "-l", "out 1/s", &error));
    CHECK(config_add_limit(&config, "-l", "out 1/s to=c", &error));
    check_text(__LINE__, "first", show_rules(&config.limits[0]), "a, b");
    check_text(__LINE__, "second", show_rules(&config.limits[1]), "");
    check_text(__LINE__, "third", show_rules(&config.limits[2]), "c");
}

static void room_for_names(void)
{
    char spec[300] = "out 1/s to=";
    unsigned added = 0;
    for (int i = 0; i < 5; i++)
        strcat(spec, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.");
    size_t name = strlen(spec) - strlen("out 1/s to=.");

    memset(&config, 0, sizeof config);
    while (config_add_limit(&config, "-l", spec, &error)) {
        added++;
        config.count = 0;
    }
    CHECK_EQ(added, NAME_SPACE / (name + 1));
    check_error(__LINE__, spec,
                "-l: character 12: ", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
                "the names are too long: together more than 8192 bytes");
}

int main(void)
{
    RUN(names);
    RUN(ports);
    RUN(ipv4);
    RUN(ipv6);
    RUN(long_names);
    RUN(room_for_rules);
    RUN(each_limit_has_its_own_rules);
    RUN(room_for_names);
    return check_status();
}
