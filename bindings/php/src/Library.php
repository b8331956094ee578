<?php

declare(strict_types=1);

namespace Wotnot;

/**
 * The functions of the C library, by FFI: text in, text out, every string given back once.
 *
 * @internal
 */
final class Library
{
    private const DECLARATIONS = <<<'C'
        const char *wotnot_version(void);
        const char *wotnot_status_name(int32_t status);
        int32_t wotnot_client_new(const char *config_json, uint64_t *out_client, char **out_json);
        int32_t wotnot_client_close(uint64_t client);
        int32_t wotnot_call(uint64_t client, const char *method, const char *params_json, char **out_json);
        int32_t wotnot_interrupt(uint64_t client);
        void wotnot_string_free(char *string);
        size_t wotnot_live_strings(void);
        size_t wotnot_live_clients(void);
        C;

    private static ?\FFI $functions = null;

    /** The functions; `WOTNOT_LIBRARY` names the file where the loader does not find it by itself. */
    private static function functions(): \FFI
    {
        return self::$functions ??= \FFI::cdef(self::DECLARATIONS, getenv('WOTNOT_LIBRARY') ?: match (PHP_OS_FAMILY) {
            'Windows' => 'wotnot.dll',
            'Darwin' => 'libwotnot.1.dylib',
            default => 'libwotnot.so.1',
        });
    }

    /** The version that the library was built with. */
    public static function version(): string
    {
        return self::functions()->wotnot_version();
    }

    /** Makes a client and gives its id. */
    public static function open(#[\SensitiveParameter] string $config): int
    {
        $id = \FFI::new('uint64_t');
        self::outcome('client_new', fn (\FFI\CData $out): int => self::functions()->wotnot_client_new(
            self::text($config),
            \FFI::addr($id),
            $out,
        ));
        return $id->cdata;
    }

    /** Blocks until the call is over, and gives its value. */
    public static function call(int $id, string $method, #[\SensitiveParameter] string $params): mixed
    {
        return self::outcome($method, fn (\FFI\CData $out): int => self::functions()->wotnot_call(
            $id,
            self::text($method),
            self::text($params),
            $out,
        ));
    }

    public static function interrupt(int $id): void
    {
        self::outcome('interrupt', fn (): int => self::functions()->wotnot_interrupt($id));
    }

    public static function close(int $id): void
    {
        self::outcome('close', fn (): int => self::functions()->wotnot_client_close($id));
    }

    /**
     * Strings and clients that are not given back yet, for leak tests.
     *
     * @return array{int, int}
     */
    public static function leaks(): array
    {
        return [self::functions()->wotnot_live_strings(), self::functions()->wotnot_live_clients()];
    }

    /** JSON of a value; `field` names what it is in the error of one that JSON cannot hold. */
    public static function encode(string $field, #[\SensitiveParameter] mixed $value): string
    {
        try {
            return json_encode($value, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
        } catch (\JsonException $error) {
            throw WotnotException::of([
                'code' => 'invalid_argument',
                'status' => 13,
                'message' => "$field: expected values that JSON can hold; {$error->getMessage()}",
                'delivery' => 'not_sent',
            ]);
        }
    }

    /** @param callable(\FFI\CData): int $function */
    private static function outcome(string $method, #[\SensitiveParameter] callable $function): mixed
    {
        $out = \FFI::new('char *');
        $status = $function(\FFI::addr($out));
        $envelope = null;
        if (!\FFI::isNull($out)) {
            try {
                $envelope = json_decode(\FFI::string($out), false, 1024, JSON_BIGINT_AS_STRING);
            } finally {
                self::functions()->wotnot_string_free($out);
            }
        }
        if ($status === 0) {
            return $envelope->value ?? null;
        }
        throw WotnotException::of((array) ($envelope->error ?? null) + [
            'code' => self::functions()->wotnot_status_name($status),
            'status' => $status,
            'message' => 'the library gave no reason',
            'method' => $method,
        ]);
    }

    /** A NUL would cut the text; what stands in its place is held by neither JSON nor the name of a method. */
    private static function text(#[\SensitiveParameter] string $text): string
    {
        return strtr($text, "\0", "\1");
    }
}
