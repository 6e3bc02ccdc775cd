/* The price of one symbol: one query by santokit.call. */
#include "../santokit.h"

int main(void) {
    char *symbol = santokit_text_param(santokit_params(), "symbol");
    char *input;
    asprintf(&input,
             "{\"alias\":\"main\",\"sql\":\"select symbol, price from quotes where symbol = $1\","
             "\"values\":[\"%s\"]}",
             symbol);
    bool failed;
    char *rows = santokit_call("db.query", input, &failed);
    if (failed) santokit_refuse(rows);
    if (strcmp(rows, "[]") == 0)
        santokit_refuse("{\"status\":404,\"code\":\"unknown_symbol\",\"detail\":\"there is no such symbol\"}");
    /* The symbol is the key, so that there is one row: the array without its brackets. */
    printf("%.*s", (int)strlen(rows) - 2, rows + 1);
    return 0;
}
