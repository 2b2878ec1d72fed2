/*
 * to.c - the `to` list: whom a limit applies to.
 *
 *   example.com  *.example.com  192.0.2.1  192.0.2.0/24  2001:db8::1  2001:db8::/32  *
 *
 * each with `!` before it, and with `:port` after it; an IPv6 address is then in brackets. A port
 * may stand alone.
 */
#include <arpa/inet.h>
#include <string.h>

#include "parse.h"

enum {
    MOST_PORT = 65535,
    MOST_LABEL = 63,  /* RFC 1035, 2.3.4 */
    IPV4_PREFIX = 96, /* of ::ffff:0:0/96 */
};

/* Digits and nothing else. */
static bool parse_number(struct piece text, unsigned most, unsigned *number)
{
    *number = 0;
    for (const char *c = text.at; c < text.end; c++) {
        if (!is_digit(*c) || *number > most)
            return false;
        *number = *number * 10 + (unsigned)(*c - '0');
    }
    return length(text) && *number <= most;
}

static bool parse_port(struct piece text, uint16_t *port)
{
    unsigned number;
    if (!parse_number(text, MOST_PORT, &number) || number == 0)
        return complain(text, "%s is not a port; they are numbers from 1 to %d", quote(text).text,
                        MOST_PORT);
    *port = (uint16_t)number;
    return true;
}

static bool is_address(int family, struct piece text, unsigned char *address)
{
    char terminated[INET6_ADDRSTRLEN] = "";
    if (length(text) >= sizeof terminated)
        return false;
    memcpy(terminated, text.at, length(text));
    return inet_pton(family, terminated, address) == 1;
}

static void clear_host_bits(unsigned char address[16], unsigned prefix)
{
    for (unsigned bit = prefix; bit < 128; bit++)
        address[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

/* As a destination, 0.0.0.0 is 127.0.0.1, and :: is ::1: calls are told apart by that. */
static void resolve_unspecified(unsigned char address[16])
{
    static const unsigned char nobody[16], mapped[12] = {[10] = 0xff, 0xff};
    static const unsigned char loopback[4] = {127, 0, 0, 1};
    if (memcmp(address, nobody, 16) == 0)
        address[15] = 1;
    else if (memcmp(address, mapped, 12) == 0 && memcmp(address + 12, nobody, 4) == 0)
        memcpy(address + 12, loopback, 4);
}

/* ADDRESS[/BITS] of the family. */
static bool parse_address(int family, struct piece text, struct to_rule *rule)
{
    bool is_ipv4 = family == AF_INET;
    unsigned most = is_ipv4 ? 32 : 128, bits = most;
    unsigned char *address = rule->address + (is_ipv4 ? IPV4_PREFIX / 8 : 0);
    struct piece rest = text, before;
    bool has_bits = cut(&rest, '/', &before);

    if (!is_address(family, before, address))
        return complain(before, "%s is not an %s address", quote(before).text,
                        is_ipv4 ? "IPv4" : "IPv6");
    if (has_bits && !parse_number(rest, most, &bits))
        return complain(rest, "%s is not a prefix length; they are numbers from 0 to %u",
                        quote(rest).text, most);
    if (is_ipv4) {
        memset(rule->address + 10, 0xff, 2);
        bits += IPV4_PREFIX;
    }
    clear_host_bits(rule->address, bits);
    if (bits == 128)
        resolve_unspecified(rule->address);
    rule->kind = TO_ADDRESS;
    rule->prefix = (uint8_t)bits;
    return true;
}

static bool is_name_character(char c)
{
    return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static bool is_name(struct piece name)
{
    struct piece label;
    bool more;

    if (length(name) >= MAX_HOST_NAME)
        return false;
    if (starts_with(name, "*."))
        name.at += strlen("*.");
    do {
        more = cut(&name, '.', &label);
        if (length(label) == 0 || length(label) > MOST_LABEL)
            return false;
        for (const char *c = label.at; c < label.end; c++)
            if (!is_name_character(*c))
                return false;
    } while (more);
    return true;
}

/* No top-level domain is a number (RFC 3696, 2): 10.1 and 10.0.0.256 are slips, not names. */
static bool ends_with_number(struct piece host)
{
    const char *label = host.end;
    while (label > host.at && label[-1] != '.')
        label--;
    unsigned ignored;
    return parse_number((struct piece){host.source, label, host.end}, UINT16_MAX, &ignored);
}

/* That and all below it are loopback addresses by definition (RFC 6761, 6.3): many programs do not
 * look them up. */
static bool is_localhost(const char *name)
{
    static const char localhost[] = "localhost";
    size_t whole = strlen(name), end = sizeof localhost - 1;
    return whole >= end && strcmp(name + whole - end, localhost) == 0 &&
           (whole == end || name[whole - end - 1] == '.');
}

static bool parse_name(struct config *config, struct piece text, struct to_rule *rule)
{
    struct piece name = text;
    if (length(name) && name.end[-1] == '.')
        name.end--;
    if (!is_name(name) || ends_with_number(name))
        return complain(text, "%s is neither a host name nor an address", quote(text).text);

    char *kept = config->names + config->names_used;
    if (!keep_text(config, name, &rule->name))
        return false;
    for (; *kept; kept++)
        *kept = lower_case(*kept);
    rule->kind = TO_NAME;
    rule->loopback = is_localhost(rule->name);
    return true;
}

/* Several colons belong to an IPv6 address, a single one comes before a port. */
static unsigned colons(struct piece item)
{
    unsigned count = 0;
    for (; item.at < item.end; item.at++)
        count += *item.at == ':';
    return count;
}

static bool parse_bracketed(struct piece item, struct to_rule *rule)
{
    struct piece address, rest = item;
    rest.at++;
    if (!cut(&rest, ']', &address))
        return complain(item, "the closing ']' is missing");
    if (!parse_address(AF_INET6, address, rule))
        return false;
    if (length(rest) == 0)
        return true;
    if (*rest.at != ':')
        return complain(rest, "only ':' and a port may follow the ']'");
    rest.at++;
    return parse_port(rest, &rule->port);
}

static bool parse_host(struct config *config, struct piece item, struct to_rule *rule)
{
    struct piece host, port = item;

    if (colons(item) > 1)
        return parse_address(AF_INET6, item, rule);
    if (cut(&port, ':', &host)) {
        if (!parse_port(port, &rule->port))
            return false;
        if (length(host) == 0)
            return true;
    }
    if (equals(host, "*"))
        return true;
    if (memchr(host.at, '/', length(host)) || ends_with_number(host))
        return parse_address(AF_INET, host, rule);
    return parse_name(config, host, rule);
}

static bool parse_item(struct config *config, struct piece item, struct to_rule *rule)
{
    *rule = (struct to_rule){.kind = TO_ANYONE};
    item = trimmed(item);
    if (starts_with(item, "!")) {
        rule->exclude = true;
        item.at++;
    }
    if (length(item) == 0)
        return complain(item, "a host, an address or a port is missing");
    return starts_with(item, "[") ? parse_bracketed(item, rule) : parse_host(config, item, rule);
}

/* Its rules are the last ones then. */
static bool parse_list(struct config *config, struct piece list, bool names)
{
    struct piece item;
    bool more;

    do {
        more = cut(&list, ',', &item);
        if (config->rule_count == MAX_RULES)
            return complain(item, "more than %d hosts, addresses and ports", MAX_RULES);
        const struct to_rule *rule = &config->rules[config->rule_count];
        if (!parse_item(config, item, &config->rules[config->rule_count]))
            return false;
        if (rule->kind == TO_NAME && !names)
            return complain(item, "%s is a name; the near end has an address and a port",
                            quote(item).text);
        config->rule_count++;
    } while (more);
    return true;
}

bool parse_to(struct config *config, struct limit *limit, struct piece list)
{
    limit->first_rule = config->rule_count;
    bool good = parse_list(config, list, true);
    limit->rules = config->rule_count - limit->first_rule;
    return good;
}

bool parse_local(struct config *config, struct limit *limit, struct piece list)
{
    limit->first_local = config->rule_count;
    bool good = parse_list(config, list, false);
    limit->locals = config->rule_count - limit->first_local;
    return good;
}
