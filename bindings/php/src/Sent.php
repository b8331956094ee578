<?php

declare(strict_types=1);

namespace Wotnot;

/** A message that was taken. */
final class Sent
{
    /** The service's id of it; null where it gives none. */
    public readonly ?string $messageId;

    /** Through a gateway: your own id of it, or the one that was made. */
    public readonly ?string $clientId;

    /** Through a gateway: its entry in the gateway's log. */
    public readonly ?int $seq;

    /** Through a gateway: what becomes of it, as of {@see Event::$state}, or `kept` while it waits here for a network. */
    public readonly ?string $state;

    /**
     * @internal
     * @param \stdClass $raw the document that it was read from
     */
    public function __construct(public readonly \stdClass $raw)
    {
        $this->messageId = $raw->message_id ?? null;
        $this->clientId = $raw->client_id ?? null;
        $this->seq = $raw->seq ?? null;
        $this->state = $raw->state ?? null;
    }
}
