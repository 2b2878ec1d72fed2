/* test_traffic_prompt.c - what requests of each format ask for, however they are cut. */
#include "cuts.h"
#include "prompt.h"

static struct prompt_reader reader;
static struct prompt prompt;

static void begin(void)
{
    prompt_begin(&reader, &prompt, 0);
}

static void take(struct span piece)
{
    prompt_take(&reader, &prompt, piece);
}

/* text, media, tokens; and what there is else. */
static void end(void)
{
    tell("%llu %llu %llu", (unsigned long long)prompt.text, (unsigned long long)prompt.media,
         (unsigned long long)prompt.tokens);
    if (prompt.has_bound)
        tell(" <%llu", (unsigned long long)prompt.bound);
    if (prompt.answers != 1)
        tell(" x%llu", (unsigned long long)prompt.answers);
    tell("%s%s%s", prompt.stream ? " stream" : "", prompt.include_usage ? " usage" : "",
         prompt.lost ? " lost" : "");
}

static const struct scanner scanner = {begin, take, end};

static bool told_of(const char *text, const char *expected)
{
    return told_however_cut(&scanner, text_span(text), expected);
}

static void openai_chat(void)
{
    CHECK(told_of("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
                  "brief.\"},{\"role\":\"user\",\"content\":\"Hello!\"}],\"max_tokens\":100}",
                  "15 0 0 <100"));
    CHECK(
        told_of("{\"model\":\"gpt-4o\",\"max_completion_tokens\":300,\"max_tokens\":200,\"n\":3,"
                "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                "\"messages\":[{\"role\":\"user\",\"content\":\"\\u4e2d\\u6587\\ud83d\\ude00\"}]}",
                "10 0 0 <300 x3 stream usage"));
    CHECK(told_of(
        "{\"model\":\"m\",\"stream\":false,\"stream_options\":null,\"n\":0,\"messages\":[]}",
        "0 0 0"));
    CHECK(told_of("{\"store\":true,\"stream\":1,\"x\":{\"stream\":true,\"include_usage\":true,"
                  "\"max_tokens\":5,\"n\":5},\"include_usage\":true}",
                  "0 0 0"));
    CHECK(told_of("{\"model\":\"davinci\",\"prompt\":[\"ab\",\"c\"],\"n\":2,\"best_of\":5,"
                  "\"max_tokens\":16}",
                  "3 0 0 <16 x5"));
}

static void openai_media(void)
{
    CHECK(
        told_of("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
                "\"What?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
                "\"data:image/png;base64,iVBORw0KGgo=\",\"detail\":\"x\"}},"
                "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/a.png\"}},"
                "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"UklGRg==\",\"format\":"
                "\"wav\"}},{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}},"
                "{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,AA==\"}}"
                "]}]}",
                "9 5 0"));
    CHECK(told_of("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":"
                  "\"input_text\",\"text\":\"Hi\"},{\"type\":\"input_image\",\"image_url\":"
                  "\"data:image/jpeg;base64,/9j/\"},{\"type\":\"input_file\",\"file_url\":"
                  "\"https://h/a.pdf\"}]}],\"instructions\":\"Be.\",\"max_output_tokens\":50}",
                  "5 2 0 <50"));
}

static void what_begins_like_data(void)
{
    CHECK(told_of("{\"input\":\"data: 1, 2\"}", "10 0 0"));
    CHECK(told_of("{\"input\":\"data\"}", "4 0 0"));
    CHECK(told_of("{\"input\":\"data:text/plain,hello\"}", "21 0 0"));
    CHECK(told_of("{\"input\":\"data:a;base6;base64,\"}", "0 1 0"));
    CHECK(told_of("{\"input\":\"dat\\u0061:image/png;charset=x;base64,AAAA\"}", "0 1 0"));
    CHECK(told_of("{\"input\":\"xdata:image/png;base64,AA\"}", "25 0 0"));
    CHECK(told_of("{\"input\":\"data:image png;base64,AA\"}", "24 0 0"));
}

static void tools_are_text_with_their_names(void)
{
    CHECK(told_of("{\"messages\":[],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                  "\"parameters\":{\"properties\":{\"city\":{\"type\":\"string\"}}}}}]}",
                  "59 0 0"));
}

static void embeddings(void)
{
    CHECK(told_of("{\"model\":\"e\",\"input\":[[1,2,3],[4,5]]}", "0 0 5"));
    CHECK(told_of("{\"model\":\"e\",\"input\":[1,2,3]}", "0 0 3"));
    CHECK(told_of("{\"model\":\"e\",\"input\":[\"ab\",\"cd\"],\"dimensions\":256}", "4 0 0"));
    CHECK(told_of("{\"model\":\"e\",\"other\":[1,2,3],\"input\":7}", "0 0 0"));
}

static void anthropic(void)
{
    CHECK(told_of("{\"model\":\"claude\",\"max_tokens\":1024,\"stream\":true,\"system\":\"Be.\","
                  "\"metadata\":{\"user_id\":\"0123456789\"},"
                  "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":"
                  "{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}},"
                  "{\"type\":\"document\",\"source\":{\"data\":\"Twelve bytes\",\"media_type\":"
                  "\"text/plain\",\"type\":\"text\"}},"
                  "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://h/a\"}},"
                  "{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":"
                  "\"text\",\"text\":\"abc\"}]}},"
                  "{\"type\":\"text\",\"text\":\"Hi\"}]},"
                  "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
                  "\"signature\":\"EqQBCgIYAhIM\"}]}]}",
                  "22 2 0 <1024 stream"));
    /* One after the other does not mix. */
    CHECK(told_of("{\"messages\":[{\"source\":{\"type\":\"text\",\"data\":\"ab\"}},"
                  "{\"source\":{\"type\":\"texts\",\"data\":\"ab\"}},"
                  "{\"source\":{\"data\":\"ab\"}},{\"source\":\"ab\"}]}",
                  "4 2 0"));
    CHECK(told_of("{\"messages\":[{\"source\":{\"type\":\"\",\"data\":\"ab\"}},{\"source\":"
                  "{\"type\":\"tex\",\"data\":\"ab\"}}]}",
                  "0 2 0"));
}

static void gemini(void)
{
    CHECK(told_of("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Hello\"},"
                  "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}},"
                  "{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}},"
                  "{\"fileData\":{\"mimeType\":\"video/mp4\",\"fileUri\":\"https://h/v\"}}]}],"
                  "\"systemInstruction\":{\"parts\":[{\"text\":\"Be.\"}]},"
                  "\"generationConfig\":{\"maxOutputTokens\":400,\"candidateCount\":2}}",
                  "8 3 0 <400 x2"));
    CHECK(told_of("{\"contents\":[],\"generation_config\":{\"max_output_tokens\":4,"
                  "\"candidate_count\":2}}",
                  "0 0 0 <4 x2"));
    CHECK(told_of("{\"content\":{\"parts\":[{\"text\":\"Hello\"}]}}", "5 0 0"));
}

static void cohere_and_mistral(void)
{
    CHECK(
        told_of("{\"model\":\"command-a\",\"stream\":true,\"max_tokens\":7,\"messages\":[{\"role\":"
                "\"user\",\"content\":\"Hello\"}],\"documents\":[{\"data\":{\"text\":\"abc\"}}]}",
                "8 0 0 <7 stream"));
    CHECK(told_of("{\"model\":\"mistral\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
                  "\"n\":2}",
                  "5 0 0 x2"));
}

static void ollama(void)
{
    CHECK(
        told_of("{\"model\":\"llama3\",\"prompt\":\"Why?\",\"images\":[\"iVBORw0KGgo=\",\"AAAA\"],"
                "\"context\":[1,2,3],\"options\":{\"num_predict\":64,\"seed\":1}}",
                "4 2 3 <64"));
    CHECK(told_of("{\"model\":\"llama3\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\","
                  "\"images\":[\"AAAA\"]}],\"options\":{\"num_predict\":-1}}",
                  "2 1 0"));
}

static void models(void)
{
    told_in_pieces(&scanner, text_span("{\"model\":\"gpt-4o\",\"x\":{\"model\":\"y\"}}"), 1, NULL);
    CHECK_EQ(prompt.model, span_hash(0, text_span("gpt-4o")));
    prompt_begin(&reader, &prompt, 5);
    take(text_span("{\"model\":\"\\u0067pt\"}"));
    CHECK_EQ(prompt.model, span_hash(5, text_span("gpt")));
    prompt_begin(&reader, &prompt, 5);
    take(text_span("{\"contents\":[]}"));
    CHECK_EQ(prompt.model, 5);
}

static void what_is_no_json(void)
{
    CHECK(told_of("{\"input\":\"abc\", oops", "3 0 0 lost"));
    CHECK(told_of("\x1F\x8B\x08", "0 0 0 lost"));
}

/* It must not count as text, and is looked at once. */
static void a_large_image_is_one_item(void)
{
    enum { SIZE = 2 << 20 };
    static const char head[] = "{\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":"
                               "{\"url\":\"data:image/png;base64,",
                      tail[] =
                          "\"}},{\"type\":\"text\",\"text\":\"What is it?\"}]}],\"max_tokens\":9}";
    char *text = malloc(SIZE + sizeof head + sizeof tail);
    struct random random = {1};
    memcpy(text, head, sizeof head - 1);
    memset(text + sizeof head - 1, 'A', SIZE);
    memcpy(text + sizeof head - 1 + SIZE, tail, sizeof tail);
    struct span span = text_span(text);
    CHECK(strcmp(told_in_pieces(&scanner, span, span.length, NULL), "11 1 0 <9") == 0);
    CHECK(strcmp(told_in_pieces(&scanner, span, 0, &random), "11 1 0 <9") == 0);
    CHECK(strcmp(told_in_pieces(&scanner, span, 1448, NULL), "11 1 0 <9") == 0);
    free(text);
}

int main(void)
{
    RUN(openai_chat);
    RUN(openai_media);
    RUN(what_begins_like_data);
    RUN(tools_are_text_with_their_names);
    RUN(embeddings);
    RUN(anthropic);
    RUN(gemini);
    RUN(cohere_and_mistral);
    RUN(ollama);
    RUN(models);
    RUN(what_is_no_json);
    RUN(a_large_image_is_one_item);
    return check_status();
}
