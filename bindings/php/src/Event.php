<?php

declare(strict_types=1);

namespace Wotnot;

/** What the service says through the webhook. What a type does not have is null. */
final class Event implements \JsonSerializable
{
    /** `message`, `conversation_created`, `status`, `assignee`, `variables`, `label`, `note`, `sla_breached`, `message_status`, `evicted`; through a gateway also `delivery`, `reset`, `identity_wanted`, `upload`; `unknown` for what this version does not know. */
    public readonly string $type;

    /** Counts the events of one client; null from `parseWebhook`. */
    public readonly ?int $seq;

    /** The same for every delivery of the same event. */
    public readonly ?string $eventId;

    /** {@see Conversation::$id} */
    public readonly ?string $conversationId;

    public readonly ?string $visitorKey;

    /** Whether it came before the message of the turn that it is part of. */
    public readonly bool $late;

    /** `bot`, `agent` or `visitor`, on messages. */
    public readonly ?string $by;

    /** The message as plain text. */
    public readonly ?string $text;

    /** The message as it was sent. */
    public readonly ?string $html;

    /** The answer that the bot waits for; null when it waits for none. */
    public readonly ?Prompt $prompt;

    /** Of a status: whether the conversation is closed now. */
    public readonly ?bool $closed;

    /** Through a gateway: the visitor's own id of a message of theirs. */
    public readonly ?string $clientId;

    /** What became of it: `queued`, `sending`, `accepted`, `rejected`, `unconfirmed`, `resent` or `discarded`. */
    public readonly ?string $state;

    /** Of a `delivery` and a `reset`: why. */
    public readonly ?string $reason;

    /** @param \stdClass $document the whole event as the library gave it (docs/events.md), the service's own element as `raw` */
    public function __construct(public readonly \stdClass $document)
    {
        $this->type = $document->type ?? 'unknown';
        $this->seq = $document->seq ?? null;
        $this->eventId = $document->event_id ?? null;
        $this->conversationId = $document->conversation_id ?? null;
        $this->visitorKey = $document->visitor_key ?? null;
        $this->late = $document->late ?? false;
        $this->by = $document->by ?? null;
        $this->text = $document->text ?? null;
        $this->html = $document->html ?? null;
        $this->prompt = isset($document->prompt) ? new Prompt($document->prompt) : null;
        $this->closed = $document->closed ?? null;
        $this->clientId = $document->client_id ?? null;
        $this->state = $document->state ?? null;
        $this->reason = $document->reason ?? null;
    }

    /**
     * What a browser may see: what a chat window needs, and nothing that is the account's alone. Neither the service's
     * own element nor the visitor's key is in it. What is not known is null.
     */
    public function jsonSerialize(): mixed
    {
        $names = ['type', 'seq', 'event_id', 'conversation_id', 'received_at', 'occurred_at', ...match ($this->type) {
            'message' => ['by', 'text', 'html', 'prompt'],
            'status' => ['closed'],
            'assignee' => ['handover'],
            default => [],
        }];
        return array_combine($names, array_map(fn (string $name) => $this->document->$name ?? null, $names));
    }

    /** @return array<string, mixed> type and ids, and never what was said */
    public function __debugInfo(): array
    {
        return ['type' => $this->type, 'seq' => $this->seq, 'conversationId' => $this->conversationId];
    }
}
