/* Greets by name: params on stdin, the result on stdout. */
#include "santokit.h"

int main(void) {
    char *name = santokit_text_param(santokit_params(), "name");
    printf("{\"greeting\":\"Hello, %s!\"}", name);
    return 0;
}
