<?php

declare(strict_types=1);

namespace Wotnot;

/** What your own web server must answer to a post of the service. */
final class Reply
{
    public function __construct(
        /** The HTTP status. */
        public readonly int $status,
        /** JSON; holds the webhook's token in answer to the service's test of the endpoint. */
        public readonly string $body,
    ) {
    }

    /** @internal */
    public static function of(\stdClass $document): self
    {
        return new self($document->status ?? 500, $document->body ?? '{}');
    }

    /** @return array<string, mixed> without the body, which may hold the token */
    public function __debugInfo(): array
    {
        return ['status' => $this->status, 'body' => strlen($this->body) . ' bytes'];
    }
}
