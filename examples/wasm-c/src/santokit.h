/* What a command in C needs to be a logic: params, operations, and a little JSON text. */
#ifndef SANTOKIT_H
#define SANTOKIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((import_module("santokit"), import_name("call"))) int32_t santokit_import_call(
    const char *name, size_t name_length, const char *input, size_t input_length);
__attribute__((import_module("santokit"), import_name("read"))) int32_t santokit_import_read(
    char *buffer, size_t length);

/* Performs an operation. Its answer is JSON; where `*failed`, a problem. */
static inline char *santokit_call(const char *name, const char *input, bool *failed) {
    int32_t length = santokit_import_call(name, strlen(name), input, strlen(input));
    *failed = length < 0;
    size_t size = (size_t)(*failed ? -length : length);
    char *answer = malloc(size + 1);
    santokit_import_read(answer, size);
    answer[size] = '\0';
    return answer;
}

/* Ends the call with a problem. One with a status of 4xx is the caller's answer. */
static inline _Noreturn void santokit_refuse(const char *problem) {
    fputs(problem, stdout);
    fflush(stdout);
    exit(1);
}

/* All of stdin: the params, a JSON object. */
static inline char *santokit_params(void) {
    size_t size = 4096, length = 0;
    char *text = malloc(size);
    for (size_t read; (read = fread(text + length, 1, size - 1 - length, stdin)) > 0;) {
        length += read;
        if (length == size - 1) text = realloc(text, size *= 2);
    }
    text[length] = '\0';
    return text;
}

/* The end of the string literal that starts at `at`. */
static inline const char *santokit_end_of_string(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

/* The string param of this name as JSON text, its quotes left out, or NULL. Escapes stay as they are, so that the text
 * can go into other JSON. */
static inline char *santokit_text_param(const char *params, const char *name) {
    int depth = 0;
    for (const char *at = params; *at;) {
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        if (*at != '"') {
            at++;
            continue;
        }
        const char *end = santokit_end_of_string(at);
        size_t length = (size_t)(end - at) - 2;
        bool is_key = depth == 1 && *end == ':';
        if (is_key && length == strlen(name) && memcmp(at + 1, name, length) == 0 && end[1] == '"') {
            const char *value = end + 1;
            return strndup(value + 1, (size_t)(santokit_end_of_string(value) - value) - 2);
        }
        at = end;
    }
    return NULL;
}

#endif
