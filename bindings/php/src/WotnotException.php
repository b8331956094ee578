<?php

declare(strict_types=1);

namespace Wotnot;

/**
 * What a call throws instead of giving its value: one class for each family of codes. A code that this version does
 * not know is this class itself. `getMessage()` has the code and the reason, `getCode()` the number of the code.
 */
class WotnotException extends \RuntimeException
{
    /** The code's name, such as `rate_limited`. */
    public readonly string $errorCode;

    /** What was wrong, what was expected and what to do. Never a secret. */
    public readonly string $reason;

    /** Whether the same call may succeed later without a change. */
    public readonly bool $retryable;

    /** How many milliseconds the service asked to wait. */
    public readonly ?int $retryAfterMs;

    /** What became of the message: `not_sent`, `rejected`, or `unknown` when it may have been taken; null for calls that send nothing. */
    public readonly ?string $delivery;

    /** The HTTP status of the last answer. */
    public readonly ?int $httpStatus;

    /** The service's own word, such as `JWT_SIGNATURE_EXCEPTION`. */
    public readonly ?string $apiCode;

    /** How many requests were tried. */
    public readonly int $attempts;

    /** The method that was called. */
    public readonly ?string $method;

    /** What your own web server must answer; on webhook errors alone. */
    public readonly ?Reply $reply;

    /** @param array<string, mixed> $document the library's error */
    final private function __construct(array $document)
    {
        $this->errorCode = $document['code'] ?? 'internal';
        $this->reason = $document['message'] ?? '';
        $this->retryable = $document['retryable'] ?? false;
        $this->retryAfterMs = $document['retry_after_ms'] ?? null;
        $this->delivery = $document['delivery'] ?? null;
        $this->httpStatus = $document['http_status'] ?? null;
        $this->apiCode = $document['api_code'] ?? null;
        $this->attempts = $document['attempts'] ?? 0;
        $this->method = $document['method'] ?? null;
        $this->reply = isset($document['reply']) ? Reply::of($document['reply']) : null;
        parent::__construct("$this->errorCode: $this->reason", $document['status'] ?? 0);
    }

    /**
     * @internal
     * @param array<string, mixed> $document the library's error
     */
    final public static function of(array $document): self
    {
        $class = self::CLASSES[$document['code'] ?? ''] ?? self::class;
        return new $class($document);
    }

    private const CLASSES = [
        // generated: table, by `cargo xtask generate`
        'interrupted' => InterruptedException::class,
        'closed' => ClosedException::class,
        'null_argument' => InvalidArgumentException::class,
        'invalid_utf8' => InvalidArgumentException::class,
        'invalid_json' => InvalidArgumentException::class,
        'invalid_argument' => InvalidArgumentException::class,
        'invalid_client' => ClosedException::class,
        'forked' => ForkedException::class,
        'unknown_method' => InvalidArgumentException::class,
        'network' => NetworkException::class,
        'tls' => TlsException::class,
        'proxy' => ProxyException::class,
        'request_timeout' => RequestTimeoutException::class,
        'unauthorized' => UnauthorizedException::class,
        'channel_not_enabled' => ChannelNotEnabledException::class,
        'conversation_not_created' => ConversationNotCreatedException::class,
        'invalid_request' => InvalidRequestException::class,
        'not_found' => NotFoundException::class,
        'rate_limited' => RateLimitedException::class,
        'rejected' => RejectedException::class,
        'server_error' => ServerErrorException::class,
        'protocol_error' => ProtocolErrorException::class,
        'webhook_rejected' => WebhookRejectedException::class,
        'overloaded' => OverloadedException::class,
        'internal' => InternalException::class,
        'panic' => InternalException::class,
        // generated: end
    ];
}

// generated: classes, by `cargo xtask generate`
/** `interrupt` or a cancellation woke the call. */
final class InterruptedException extends WotnotException
{
}

/** The client was closed, now or before. */
final class ClosedException extends WotnotException
{
}

/** A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent. */
final class InvalidArgumentException extends WotnotException
{
}

/** The client was made before a fork; make a new one in the child. */
final class ForkedException extends WotnotException
{
}

/** Resolving, connecting, reading or writing failed. */
class NetworkException extends WotnotException
{
}

/** The TLS handshake or the certificate was refused. */
final class TlsException extends NetworkException
{
}

/** The proxy refused or could not be reached. */
final class ProxyException extends NetworkException
{
}

/** The overall deadline passed. */
final class RequestTimeoutException extends WotnotException
{
}

/** The service refused the token. */
final class UnauthorizedException extends WotnotException
{
}

/** The API channel is not enabled in the account. */
final class ChannelNotEnabledException extends WotnotException
{
}

/** The service made no conversation; try again later. */
final class ConversationNotCreatedException extends WotnotException
{
}

/** The service called the request invalid. */
final class InvalidRequestException extends WotnotException
{
}

/** The service knows no such path or conversation. */
final class NotFoundException extends WotnotException
{
}

/** The service asked to slow down. See `$retryAfterMs`. */
final class RateLimitedException extends WotnotException
{
}

/** The service refused in another way: any other 4xx. */
final class RejectedException extends WotnotException
{
}

/** The service failed: any 5xx. */
final class ServerErrorException extends WotnotException
{
}

/** The answer is not what the API promises. */
final class ProtocolErrorException extends WotnotException
{
}

/** The webhook token is missing or wrong. For a post: answer it with `$reply`. */
final class WebhookRejectedException extends WotnotException
{
}

/** A queue of this library is full, or the system gives no thread. For a post: answer it with `$reply`. */
final class OverloadedException extends WotnotException
{
}

/** A fault of this library. Please report it. */
final class InternalException extends WotnotException
{
}

// generated: end
